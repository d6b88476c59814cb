"""An edited draft is checked again as far as that needs neither model nor search.
Knows nothing about pages."""

from __future__ import annotations

from dataclasses import replace

from workbench.corpus.conversation import as_line
from workbench.corpus.draft_types import Draft, Quote
from workbench.corpus.types import AskedQuestion, Document, Turn
from workbench.drafting.recheck import recheck

DOCUMENT = Document("a.md", "A", "# A\n\nThe label costs 5 euros.\n", "markdown")
QUOTE = Quote("a.md", "The label costs 5 euros.")
CHECKS = dict.fromkeys(["quote", "answer", "context", "duplicate", "wording", "round trip"], "ok")
DRAFT = Draft(
    "q", "What does the label cost?", ("5 euros",), (QUOTE,), (QUOTE,), True, "price", checks=CHECKS
)


def check(draft: Draft, *others: str) -> dict[str, str]:
    verdicts = recheck(draft, {"a.md": DOCUMENT}, others)
    return {name: verdict for name, verdict in verdicts.items() if verdict != "ok"}


def test_what_passes_still_passes_and_what_needs_a_model_is_not_known_any_more() -> None:
    assert recheck(DRAFT, {"a.md": DOCUMENT}, ["Where is it?"]) == dict.fromkeys(
        ["quote", "answer", "context", "duplicate", "wording"], "ok"
    )


def test_each_check_that_is_run_again_can_fail() -> None:
    assert set(check(replace(DRAFT, answers=("6 euros",)))) == {"answer"}
    assert set(check(replace(DRAFT, quotes=(Quote("b.md", "5 euros"),)))) == {"quote"}
    assert set(check(replace(DRAFT, question="What does this label cost?"))) == {"context"}
    assert set(check(DRAFT, "What does the label cost?")) == {"duplicate"}


def test_a_follow_up_question_may_be_asked_after_another_conversation() -> None:
    draft = replace(DRAFT, history=(Turn("user", "What does a parcel cost?"),))
    asked_after_another = as_line(AskedQuestion(draft.question, (Turn("user", "How is it returned?"),)))
    assert check(draft, "What does the label cost?", asked_after_another) == {}
    assert set(check(draft, as_line(draft.asked))) == {"duplicate"}


def test_a_check_that_the_draft_never_had_is_not_added() -> None:
    assert recheck(replace(DRAFT, checks={"quote": "ok"}), {"a.md": DOCUMENT}, []) == {"quote": "ok"}
