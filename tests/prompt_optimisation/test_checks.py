"""Which proposals are refused: copies of the train part, lost placeholders, the same text, too long.
Knows nothing about models."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prompt_optimisation.checks import (
    COPIED_WORDS,
    COPIES,
    LENGTH,
    NO_PROMPT,
    PLACEHOLDERS,
    SAME,
    Refused,
    TrainTexts,
    check_proposal,
)
from workbench.space.prompt import Prompt

FIRST = Prompt(name="first", system="You answer.", template="{passages}\n\nQ: {question}\nBe brief.\n")
WORDS = st.lists(st.sampled_from("the of heater tank label cost two day never cover salt probe".split()))


def refusal(template: str, system: str | None = "You answer.", *, tokens: int = 20) -> Refused | None:
    texts = TrainTexts(
        FIRST, ["What does the label cost today?"], ["It costs 5 euros within the whole of Europe."]
    )
    texts.add_passages(["The tank holds two litres and the probe is confused by salt softeners."])
    known = {(FIRST.system, FIRST.template): 0}
    try:
        check_proposal(
            system, template, first=FIRST, texts=texts, tokens=tokens, first_tokens=20, known=known
        )
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize(
    ("template", "kind", "said"),
    [
        ("Q: {question}", PLACEHOLDERS, "lacks {passages}"),
        ("{passages}", PLACEHOLDERS, "lacks {question}"),
        ("{passages} {question} {answer}", PLACEHOLDERS, "{answer} is not a variable"),
        ("{passages} {question} as JSON: {", PLACEHOLDERS, "lone brace"),
        ("{passages}{question}", NO_PROMPT, "no instructions"),
        (FIRST.template, SAME, "number 0"),
        ("{passages} {question} it costs 5 EUROS, within the whole of Europe", COPIES, "costs 5 euros"),
        ("{passages} {question} such as: what does the label cost today", COPIES, "label cost today"),
        ("{passages} {question} Two litres and the probe is confused by salt.", COPIES, "two litres"),
    ],
)  # fmt: skip
def test_a_proposal_that_cannot_be_used_is_refused_with_its_kind_and_why(
    template: str, kind: str, said: str
) -> None:
    refused = refusal(template)
    assert refused is not None and refused.kind == kind and said in refused.why


def test_a_proposal_of_its_own_words_is_used() -> None:
    assert refusal("{passages}\nQ: {question}\nAnswer in one sentence.") is None


def test_placeholders_may_move_to_the_system_part_but_the_question_stays() -> None:
    assert refusal("Q: {question}. Be exact.", system="Use these: {passages}") is None
    refused = refusal("Be exact.", system="{passages} {question}")
    assert refused is not None and refused.kind == PLACEHOLDERS


def test_a_proposal_that_is_far_longer_is_refused() -> None:
    refused = refusal("{passages} {question} Be exact.", tokens=1_100)
    assert refused is not None and refused.kind == LENGTH


def test_what_the_first_prompt_says_already_is_no_copy() -> None:
    said = "Always answer in one short sentence and name the passage."
    first = Prompt(name="f", template=f"{{passages}} {{question}} {said}")
    assert TrainTexts(first, [said + " Why?"], []).find_copy(f"New. {said}") is None


@given(before=WORDS, copied=st.lists(WORDS, min_size=1), after=WORDS)
def test_eight_words_in_a_row_of_a_passage_are_always_found(
    before: list[str], copied: list[list[str]], after: list[str]
) -> None:
    texts = TrainTexts(FIRST, [], [])
    passage = [f"{word}{n}" for n, word in enumerate(w for words in copied for w in words)]
    texts.add_passages([" ".join(passage)])
    found = texts.find_copy(" ".join([*before, *passage[:COPIED_WORDS], *after]).upper())
    assert (found is not None) == (len(passage) >= COPIED_WORDS)
