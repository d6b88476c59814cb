"""The files of labelled answers in benchmarks/labelled fit together. Knows nothing about scores."""

from collections import Counter

import pytest

from benchmarks.labelled.files import ANSWERS, PASSAGES, labels_file, read_lines
from benchmarks.labelled.load import load_labelled
from benchmarks.labelled.readings import CODES, CORRECT, ReadingError, faithful_of, kappa, parse_line

ANSWER_ROWS = read_lines(ANSWERS)


def test_each_answer_has_an_id_of_its_own_and_both_models_answer_the_same_questions():
    assert len({row["id"] for row in ANSWER_ROWS}) == len(ANSWER_ROWS) >= 300
    assert len(set(Counter(row["model"] for row in ANSWER_ROWS).values())) == 1
    assert len({row["corpus"] for row in ANSWER_ROWS}) == 3


def test_sentences_lie_in_order_inside_their_answer_and_leave_only_white_space_out():
    for row in ANSWER_ROWS:
        rest, last = row["answer"], 0
        for start, end in row["sentences"]:
            assert last <= start < end <= len(rest), row["id"]
            assert not rest[last:start].strip(), row["id"]
            last = end
        assert not rest[last:].strip(), row["id"]


def test_each_passage_of_an_answer_is_stored_once():
    keys = [row["key"] for row in read_lines(PASSAGES)]
    assert len(set(keys)) == len(keys)
    assert {key for row in ANSWER_ROWS for key in row["passages"]} == set(keys)


@pytest.mark.parametrize("reader", [1, 2])
def test_each_reading_labels_every_sentence_of_every_answer(reader):
    sentences = {row["id"]: len(row["sentences"]) for row in ANSWER_ROWS}
    codes = {label: code for code, label in CODES.items()}
    labels = read_lines(labels_file(reader))
    assert {row["id"] for row in labels} == set(sentences)
    for row in labels:
        assert len(row["sentences"]) == sentences[row["id"]]
        assert row["correct"] in CORRECT
        assert row["faithful"] == faithful_of("".join(codes[label] for label in row["sentences"]))


def test_what_both_readings_agree_on_is_loaded():
    loaded = load_labelled()
    assert len(loaded) == len(ANSWER_ROWS)
    assert {answer.correct for answer in loaded} == {*CORRECT, None}
    assert all(sentence.label in {*CODES.values(), None} for a in loaded for sentence in a.sentences)


def test_a_filled_line_that_does_not_fit_its_answer_is_an_error():
    answers = {"1": {"id": "a", "sentences": [[0, 5], [6, 9]]}}
    assert parse_line("1 wrong no SU", answers) == {
        "id": "a", "correct": "wrong", "faithful": "no", "sentences": ["supported", "unsupported"],
    }  # fmt: skip
    for line in (
        "2 wrong no SU",
        "1 so-so no SU",
        "1 wrong no S",
        "1 wrong no S?",
        "1 wrong yes SU",
        "1 wrong",
    ):
        with pytest.raises(ReadingError):
            parse_line(line, answers)


def test_kappa_is_agreement_beyond_chance():
    assert kappa([("a", "a"), ("b", "b")]) == 1
    assert kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == 0
    # Cohen's own kind of table: 20 and 15 agreed, 5 and 10 not.
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa(pairs) == pytest.approx(0.4)
