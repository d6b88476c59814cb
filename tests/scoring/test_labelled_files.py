"""The files of labelled answers in benchmarks/labelled fit together. Knows nothing about scores."""

from collections import Counter

import pytest

from benchmarks.labelled import files
from benchmarks.labelled.files import answers_file, labels_file, passages_file, read_lines, stored_batches
from benchmarks.labelled.generate import BATCHES
from benchmarks.labelled.load import load_labelled
from benchmarks.labelled.readings import CODES, CORRECT, ReadingError, faithful_of, kappa, parse_line

ANSWER_ROWS = {batch: read_lines(answers_file(batch)) for batch in stored_batches()}
ALL_ROWS = [row for rows in ANSWER_ROWS.values() for row in rows]
PASSAGE_ROWS, LABEL_ROWS = read_lines(passages_file(1)), read_lines(labels_file(1, 1))
READ = [(reader, batch) for batch in ANSWER_ROWS for reader in (1, 2) if labels_file(reader, batch).exists()]


def test_each_answer_has_an_id_of_its_own():
    assert {(1, 1), (2, 1)} <= set(READ)
    assert len({row["id"] for row in ALL_ROWS}) == len(ALL_ROWS)


@pytest.mark.parametrize("batch", ANSWER_ROWS)
def test_all_models_answer_the_same_questions_of_three_corpora(batch):
    rows = ANSWER_ROWS[batch]
    assert len(rows) >= 300
    assert len(set(Counter(row["model"] for row in rows).values())) == 1
    assert len({row["corpus"] for row in rows}) == 3
    assert len(rows) == len({row["model"] for row in rows}) * sum(g.questions for g in BATCHES[batch])


def test_no_question_is_asked_in_two_batches():
    asked = [{row["question_id"] for row in rows} for rows in ANSWER_ROWS.values()]
    assert len(set().union(*asked)) == sum(map(len, asked))


def test_sentences_lie_in_order_inside_their_answer_and_leave_only_white_space_out():
    for row in ALL_ROWS:
        rest, last = row["answer"], 0
        for start, end in row["sentences"]:
            assert last <= start < end <= len(rest), row["id"]
            assert not rest[last:start].strip(), row["id"]
            last = end
        assert not rest[last:].strip(), row["id"]


@pytest.mark.parametrize("batch", ANSWER_ROWS)
def test_each_passage_of_an_answer_is_stored_once(batch):
    keys = [row["key"] for row in read_lines(passages_file(batch))]
    assert len(set(keys)) == len(keys)
    assert {key for row in ANSWER_ROWS[batch] for key in row["passages"]} == set(keys)


@pytest.mark.parametrize(("reader", "batch"), READ)
def test_each_reading_labels_every_sentence_of_every_answer(reader, batch):
    sentences = {row["id"]: len(row["sentences"]) for row in ANSWER_ROWS[batch]}
    codes = {label: code for code, label in CODES.items()}
    labels = read_lines(labels_file(reader, batch))
    assert {row["id"] for row in labels} == set(sentences)
    for row in labels:
        assert len(row["sentences"]) == sentences[row["id"]]
        assert row["correct"] in CORRECT
        assert row["faithful"] == faithful_of("".join(codes[label] for label in row["sentences"]))


def test_what_both_readings_agree_on_is_loaded():
    loaded = load_labelled([1])
    assert len(loaded) == len(ANSWER_ROWS[1])
    assert {answer.correct for answer in loaded} == {*CORRECT, None}
    assert all(sentence.label in {*CODES.values(), None} for a in loaded for sentence in a.sentences)


def test_a_batch_counts_once_both_readers_have_read_it(tmp_path, monkeypatch):
    rows = ANSWER_ROWS[1][:2]
    with monkeypatch.context() as patched:
        patched.setattr(files, "FOLDER", tmp_path)
        files.write_lines(answers_file(2), rows)
        files.write_lines(passages_file(2), PASSAGE_ROWS)
        assert stored_batches() == [2]
        files.write_lines(labels_file(1, 2), LABEL_ROWS[:2])
        assert load_labelled() == []
        files.write_lines(labels_file(2, 2), LABEL_ROWS[1:2])
        assert [(answer.id, answer.batch) for answer in load_labelled()] == [(rows[1]["id"], 2)]


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
