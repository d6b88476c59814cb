"""Drafting with a chat model over real HTTP: what it makes, plans, pays, and how it goes on after an end.
Knows nothing about pages and the command line."""

from __future__ import annotations

import pytest

from tests.drafting.conftest import Desk
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_file import keep_drafts, read_drafts
from workbench.corpus.draft_types import MODEL_KINDS
from workbench.corpus.quotes import find_quotes
from workbench.drafting.draft_corpus import drafting_alone
from workbench.errors import InputError, ModelError, QuestionError
from workbench.store.ledger import get_spend


def test_drafts_have_answers_found_quotes_evidence_and_a_source(desk: Desk) -> None:
    drafted = desk.draft(16)
    assert drafted.state == "done" and drafted.added == 16
    texts = {d.name: d.text for d in load_corpus("own", desk.settings.corpora).documents}
    waiting = [row for row in desk.rows if "review" not in row]
    assert len(waiting) == 16
    for row in waiting:
        assert row["kind"] in MODEL_KINDS
        assert row["source"]["by"] == "model" and row["source"]["name"] == "test-chat"
        assert row["source"]["prompt"] == "1" and len(row["source"]["date"]) == 10
        assert set(row["checks"]) >= {"context", "language", "wording", "duplicate"}
        if not row["answerable"]:
            assert "evidence" not in row and row["checks"]["nothing answers it"] == "ok"
            continue
        for quote, evidence in zip(row["quotes"], row["evidence"], strict=False):
            assert find_quotes(texts[quote["document"]], quote["quote"])
            assert find_quotes(evidence["quote"], quote["quote"])  # the section or paragraph around it


def test_drafts_come_evenly_and_the_coverage_says_so(desk: Desk) -> None:
    document = desk.draft(24).to_json()
    assert document["documents"] == {"touched": 8, "all": 8}
    after = [row["after"] for row in document["coverage"]]
    assert min(after) >= 2 and max(after) <= 5
    assert [row["before"] for row in document["coverage"]] == [0] * 8
    assert [row["before"] for row in desk.draft(30).to_json()["coverage"]] == after
    assert document["drafts"] == document["kept"] + sum(document["dropped"].values())


def test_the_plan_says_calls_price_and_coverage_and_sends_nothing(desk: Desk) -> None:
    plan = desk.plan(16).to_json()
    assert desk.calls == 0
    assert 16 < plan["calls"] < 80 and 0 < plan["usd"]["low"] < plan["usd"]["high"]
    assert plan["seconds"]["high"] > plan["seconds"]["low"] > 0
    assert sum(row["after"] for row in plan["coverage"]) >= 16
    desk.draft(16)
    assert desk.plan(16).calls == 0
    desk.register(price=None)
    assert desk.plan(20).to_json()["usd"] is None


def test_what_was_spent_is_what_the_ledger_says(desk: Desk) -> None:
    spent = desk.draft(10).spent_usd
    ledger = get_spend(desk.store)
    assert (ledger.calls, ledger.failed) == (desk.calls, 0)
    assert spent == pytest.approx(ledger.spent_usd) and spent > 0


def test_the_same_again_asks_nothing_and_adds_nothing(desk: Desk) -> None:
    desk.draft(12)
    calls, rows = desk.calls, desk.rows
    again = desk.draft(12)
    assert (desk.calls, desk.rows, again.added, again.spent_usd) == (calls, rows, 0, 0.0)
    assert "exist already" in " ".join(again.notes)
    assert desk.draft(16).added == 4


def test_a_budget_that_ends_midway_keeps_what_was_paid_for_and_the_next_run_goes_on(desk: Desk) -> None:
    stopped = desk.draft(20, budget_usd=0.008)
    assert stopped.state == "stopped: budget" and 0 < stopped.spent_usd <= 0.008
    assert "budget" in stopped.message
    made = {row["id"] for row in desk.rows}
    assert made and len(made) < 20
    went_on = desk.draft(20)
    assert went_on.state == "done" and made < {row["id"] for row in desk.rows}
    bodies = [str(sorted(body.items(), key=str)) for body in desk.server.posts]
    assert len(set(bodies)) == len(bodies), "nothing was asked twice"
    assert stopped.spent_usd + went_on.spent_usd == pytest.approx(get_spend(desk.store).spent_usd)


def test_a_tiny_budget_asks_nothing_and_says_so(desk: Desk) -> None:
    drafted = desk.draft(12, budget_usd=0.0001)
    assert (drafted.state, drafted.spent_usd, desk.calls, desk.rows) == ("stopped: budget", 0.0, 0, [])
    assert "0.0001" in drafted.message


def test_wordings_share_a_group_and_count(desk: Desk) -> None:
    desk.draft(12, kinds=("direct", "numeric"), wordings=3)
    groups: dict[str, list[str]] = {}
    for row in desk.rows:
        if "review" not in row:
            groups.setdefault(row["group"], []).append(row["id"])
    assert sum(map(len, groups.values())) >= 12 and len(groups) <= 6
    assert all(group == ids[0] and len(ids) <= 3 for group, ids in groups.items())
    assert max(map(len, groups.values())) == 3


def test_follow_ups_have_their_conversation_and_are_kept_with_it(desk: Desk) -> None:
    desk.draft(3, kinds=("follow-up",))
    row = desk.rows[0]
    assert [turn["role"] for turn in row["history"]] == ["user", "assistant"]
    documents = load_corpus("own", desk.settings.corpora).documents
    keep_drafts(desk.corpus, [row["id"]], documents)
    kept = next(q for q in load_corpus("own", desk.settings.corpora).questions if q.id == row["id"])
    assert len(kept.history) == 2 and kept.source is not None and kept.source.prompt == "1"


def test_two_documents_need_both_pieces_of_evidence(desk: Desk) -> None:
    desk.draft(2, kinds=("two documents",))
    row = next(row for row in desk.rows if row["kind"] == "two documents")
    assert len({piece["document"] for piece in row["evidence"]}) == 2 and "any" not in row
    assert read_drafts(desk.corpus)[0].draft.needs_all


def test_another_passage_that_answers_it_becomes_evidence(desk: Desk) -> None:
    documents = desk.corpus / "documents"
    for file in documents.iterdir():
        file.unlink()
    for name in ("lockers.md", "cellar.md"):
        (documents / name).write_text(
            "# Lockers\n\nThe lockers in the cellar are opened with the blue card of the members.\n"
        )
    desk.draft(1, kinds=("direct",))
    (row,) = desk.rows
    assert {piece["document"] for piece in row["evidence"]} == {"lockers.md", "cellar.md"} and row["any"]


def test_two_runs_at_once_lose_nothing_and_the_second_is_told(desk: Desk) -> None:
    with drafting_alone(desk.corpus), pytest.raises(QuestionError, match="already"):
        desk.draft(4)
    assert desk.draft(4).added == 4


def test_wrong_requests_are_told_before_anything_is_sent(desk: Desk) -> None:
    desk.register(name="vectors", kind="embedding", model="test-embed", max_tokens=None)
    with pytest.raises(ModelError, match="not registered.*local"):
        desk.draft(model="locla")
    with pytest.raises(ModelError, match="embedding model"):
        desk.draft(model="vectors")
    with pytest.raises(ModelError, match="cannot write questions"):
        desk.draft(model="embedded/extractive")
    with pytest.raises(QuestionError, match="rules draft it"):
        desk.draft(kinds=("table",))
    with pytest.raises(QuestionError, match="numeric"):
        desk.draft(kinds=("numerc",))
    with pytest.raises(InputError, match="more than 0"):
        desk.draft(budget_usd=-1.0)
    desk.register(price=None)
    with pytest.raises(InputError, match="needs a price"):
        desk.draft(budget_usd=1.0)
    with pytest.raises(InputError, match="wordings"):
        desk.draft(wordings=99)
    assert desk.calls == 0 and desk.draft(2, kinds=("search-words", "DIRECT")).added == 2
