"""The Playground's answers. Knows nothing about how questions are answered: the replies are written by hand."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from workbench.scoring.grounding import claim_details, score_grounding


def _column(answer: dict[str, object]) -> None:
    from workbench.ui.playground.answer_column import show_answer

    show_answer(answer)


def test_a_weak_claim_is_marked_with_its_reason_and_the_closest_sentence() -> None:
    text, passage = "The office opens at 7 am.", "The office opens at 9 am on working days."
    grounding = score_grounding(text, [passage])
    assert grounding.value is not None and grounding.value < 0.5
    answer: dict[str, object] = {
        "answer": text, "claims": claim_details(grounding.claims), "grounding": grounding.value,
        "refused": False, "cost_usd": 0.0, "tokens": {"input": 9, "output": 7}, "seconds": 0.1, "stored": False,
        "passages": [{"document": "a.md", "page": None, "score": 1.0, "title": "A", "text": passage}],
    }  # fmt: skip
    app = AppTest.from_function(_column, args=(answer,)).run()
    assert not app.exception
    assert any("<mark" in h.value and "Support 0." in h.value for h in app.html)
    [weak] = [e for e in app.expander if e.label.startswith("Weak claims: 1")]
    assert any("9 am" in h.value for h in weak.get("html"))


def test_an_unsupported_claim_is_shown_whatever_was_stored_of_its_reasons() -> None:
    """Claims that were stored before they had several reasons have one, or none."""
    claim = {"start": 0, "end": 5, "support": 0.1, "passage": 0, "sentence": "Closed.", "sentence_start": 0}
    for reasons in ({"reason": "Numbers differ."}, {"reasons": ["Numbers differ."]}, {}):
        answer: dict[str, object] = {
            "answer": "Nine.", "claims": [claim | reasons], "grounding": 0.1, "refused": False, "cost_usd": 0.0,
            "tokens": {"input": 9, "output": 7}, "seconds": 0.1, "stored": False, "passages": [],
        }  # fmt: skip
        assert not AppTest.from_function(_column, args=(answer,)).run().exception


def test_thinking_is_folded_away_and_flags_are_said_in_words() -> None:
    answer: dict[str, object] = {
        "answer": "Nine.", "thinking": "The user asks *when*.", "claims": [], "grounding": None, "refused": False,
        "cost_usd": 0.0, "tokens": {"input": 9, "output": 1207, "thinking": 1200}, "seconds": 0.1,
        "stored": False, "passages": [], "flags": ["cut_at_max_tokens", "repeats_itself"],
    }  # fmt: skip
    app = AppTest.from_function(_column, args=(answer,)).run()
    assert not app.exception
    [thinking] = [e for e in app.expander if e.label.startswith("Thinking")]
    assert thinking.label == "Thinking · 1,200 tokens" and not thinking.proto.expanded
    assert any("The user asks *when*." in h.value for h in thinking.get("html"))
    assert any("cut off at max" in c.value and "repeats itself" in c.value for c in app.caption)
