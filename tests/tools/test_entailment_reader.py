"""Tests of the windows that a claim is judged against, and of what the entailment model reads.
Knows nothing about how good the model is: benchmarks/entailment.py measures that."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.entailment.reader import LONGEST, EntailmentModel, join_tokens
from tools.entailment.windows import MOST_SENTENCES, MOST_WORDS, choose_windows
from workbench.errors import WorkbenchError
from workbench.scoring.grounding_evidence import read_evidence

FACTS = "Penguins eat krill. Goods can be returned within 30 days. The buyer pays. Filters are excluded."
OTHERS = "The head office is in Aarhus. Shipping takes three days. A parcel needs a return number."


def test_a_window_has_the_sentence_that_the_claim_repeats() -> None:
    windows = choose_windows("Goods can be returned within 30 days.", read_evidence([OTHERS, FACTS]))
    assert all("Goods can be returned within 30 days." in window for window in windows)


def test_a_claim_over_two_sentences_gets_both_in_one_window() -> None:
    windows = choose_windows("The head office in Aarhus excludes filters.", read_evidence([FACTS, OTHERS]))
    assert "Filters are excluded. The head office is in Aarhus." in windows


def test_another_window_has_the_neighbours_of_the_nearest_sentence() -> None:
    windows = choose_windows("Goods can be returned.", read_evidence([FACTS]))
    assert "Penguins eat krill. Goods can be returned within 30 days. The buyer pays." in windows


def test_a_claim_that_shares_no_word_gets_no_window() -> None:
    assert choose_windows("Quartz melts.", read_evidence([FACTS])) == ()


@given(st.text(max_size=300), st.lists(st.text(max_size=600), max_size=4))
@settings(max_examples=80, deadline=None)
def test_windows_are_short_and_different(claim: str, passages: list[str]) -> None:
    windows = choose_windows(claim, read_evidence(passages))
    assert len(set(windows)) == len(windows) <= 2
    sentences = [s.text for s in read_evidence(passages).sentences]
    longest = max((len(s.split()) for s in sentences), default=0)
    assert all(len(w.split()) <= max(MOST_WORDS, longest) for w in windows)
    assert MOST_SENTENCES == 3


@given(st.permutations([FACTS, OTHERS, "Rome is old. It was founded in 753 BC."]))
@settings(deadline=None)
def test_the_order_of_passages_changes_no_window_around_the_nearest_sentence(passages: list[str]) -> None:
    windows = choose_windows("Rome was founded in 753 BC.", read_evidence(passages))
    assert windows == choose_windows("Rome was founded in 753 BC.", read_evidence(sorted(passages)))


@given(st.lists(st.integers(3, 99), max_size=300), st.lists(st.integers(3, 99), max_size=300))
def test_claim_and_evidence_share_the_places_and_the_claim_comes_first(
    claim: list[int], evidence: list[int]
) -> None:
    ids, types = join_tokens([1, *claim, 2], [1, *evidence, 2])
    assert len(ids) == len(types) <= LONGEST
    assert ids[0] == 1
    assert ids[-1] == 2
    assert types == sorted(types)
    head = types.count(0)
    assert ids[1 : head - 1] == claim[: LONGEST // 2 - 1]
    assert ids[head:-1] == evidence[: LONGEST - head - 1]


def test_without_its_file_the_model_says_how_to_make_it(tmp_path: Path) -> None:
    model = EntailmentModel(tmp_path / "entailment.onnx")
    with pytest.raises(WorkbenchError, match="entailment.onnx is not there") as raised:
        model.judge("a", "b")
    assert "tools.entailment" in raised.value.hint


def test_no_window_no_judgement(tmp_path: Path) -> None:
    assert EntailmentModel(tmp_path / "entailment.onnx").judge_windows("a", ()) is None
