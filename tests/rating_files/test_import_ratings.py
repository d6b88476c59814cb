"""Ratings from elsewhere find what shows their texts; an export is read back exactly.
Knows nothing about pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401
from workbench.corpus.types import AskedQuestion, Turn
from workbench.errors import InputError
from workbench.feedback.ratings import LONGEST_RATER, rate_seen
from workbench.feedback.reasons import REASONS, value_of_stars
from workbench.feedback.review_queue import prefer
from workbench.pipeline.passages import passage_key
from workbench.rating_files.exporting import as_csv, as_jsonl, export_lines
from workbench.rating_files.import_ratings import ImportedRatings, import_ratings
from workbench.rating_files.reading import read_ratings, read_ratings_bytes
from workbench.results.rated_texts import attach_ratings, find_loose
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import add_rankings, find_answers, find_passages
from workbench.store.database import Store, open_store
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings, put_rating, put_ratings, seen_key
from workbench.store.records import AnswerRecord, PassageRecord, Rating
from workbench.store.summaries import count_ratings

Lines = Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("ratings"), experiment(prompts=["concise", "short"]))


@pytest.fixture
def store(runner: Runner, ran: tuple[str, Path]) -> Store:  # noqa: F811
    take_over(runner, ran[1])
    return runner.store


@pytest.fixture
def answers(store: Store, ran: tuple[str, Path]) -> list[AnswerRecord]:
    return [a for a in find_answers(store, ran[0], AnswerFilter(state="ok")) if a.text]


def take(store: Store, lines: Lines, **options: Any) -> ImportedRatings:
    read = read_ratings_bytes("mine.jsonl", "\n".join(map(json.dumps, lines)).encode())
    return import_ratings(store, read.ratings, hash_user=lambda key: f"{key}-hash", now=2_000.0, **options)


def line(of: AnswerRecord, /, **fields: Any) -> dict[str, Any]:
    return {"question": of.question.text, "answer": of.text, "value": 1, "rater": "ann"} | fields


def test_a_rating_counts_for_every_trial_that_shows_its_text(
    store: Store, answers: list[AnswerRecord], ran: tuple[str, Path]
) -> None:
    one = answers[0]
    spaced = line(one, question=f"  {one.question.text}\n", answer=one.text.replace(" ", "  "))
    done = take(store, [spaced], dry_run=True)
    assert (done.matched, done.new, done.kept) == (1, 1, 0) and not list_ratings(store)
    assert take(store, [spaced]) == done
    showing = {a.trial_id for a in answers if (a.question.id, a.text) == (one.question.id, one.text)}
    assert count_ratings(store, ran[0]) == dict.fromkeys(showing, (1, 0))
    assert done.places == len(
        {a.seen for a in answers if (a.question.id, a.text) == (one.question.id, one.text)}
    )


def test_what_is_imported_again_is_already_there_and_the_newer_thumb_counts(
    store: Store, answers: list[AnswerRecord]
) -> None:
    first = line(answers[0], time=1_000.0, comment="good", tags=["too long"])
    take(store, [first])
    again = take(store, [first])
    assert (again.already, again.new, again.changed) == (1, 0, 0)
    assert take(store, [first | {"value": -1, "time": 900.0}]).older == 1
    assert take(store, [first | {"value": -1, "time": 1_100.0}]).changed == 1
    ratings = list_ratings(store)
    assert {r.value for r in ratings} == {-1} and {r.tags for r in ratings} == {("too-long",)}
    assert {(r.rater, r.source, r.updated_at) for r in ratings} == {("ann", "jsonl", 1_100.0)}


def test_a_text_that_nothing_shows_is_kept_until_a_run_shows_it(
    store: Store, answers: list[AnswerRecord], ran: tuple[str, Path]
) -> None:
    done = take(store, [line(answers[0], answer="Nobody ever said this.")])
    assert (done.matched, done.kept, done.new) == (0, 1, 1)
    assert attach_ratings(store, ran[0]) == 0 and len(find_loose(store)) == 1
    put_ratings(store, [
        Rating(seen_key("Q", answers[0].text, []), "bob", 1, "", answers[0].question.text, answers[0].text,
               (), 5.0, source="open-webui"),
    ])  # fmt: skip
    assert attach_ratings(store, ran[0]) == 1 and len(find_loose(store)) == 1
    assert any(up for up, _ in count_ratings(store, ran[0]).values())


def test_a_run_attaches_what_was_imported_before_it(runner: Runner) -> None:  # noqa: F811
    take(runner.store, [
        {"question": "What does the label cost?", "answer": "The label costs 5 euros. [1]", "stars": 5,
         "rater": "ann"},
        {"question": "What does the label cost?", "answer": "The label costs 5 euros.", "stars": 5,
         "rater": "ann"},
    ])  # fmt: skip
    assert len(find_loose(runner.store)) == 2
    result = runner.run(experiment())
    assert count_ratings(runner.store, result.id) and len(find_loose(runner.store)) == 1


def test_users_are_stored_as_hashes_unless_a_name_is_given(store: Store, answers: list[AnswerRecord]) -> None:
    row = line(answers[0], user="jo@example.com", rater="")
    take(store, [row])
    assert {r.rater for r in list_ratings(store)} == {"user:jo@example.c"}  # 12 characters of the hash
    take(store, [row], rater="support team")
    assert {r.rater for r in list_ratings(store)} == {"user:jo@example.c", "support team"}


def test_a_raters_name_is_cut_where_it_is_a_text(store: Store, answers: list[AnswerRecord]) -> None:
    take(store, [line(answers[0], rater="r" * 100_000)])
    assert {rating.rater for rating in list_ratings(store)} == {"r" * LONGEST_RATER}


def test_a_bad_line_is_named_and_the_others_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [{"question": "Q?", "answer": "A.", "value": 1}, {"question": "Q?", "value": 1},
            {"question": "Q?", "answer": "A.", "value": 7}, {"question": "Q?", "answer": "A.", "stars": 9},
            {"question": "Q?", "answer": "A.", "value": 1, "tags": ["rong"]},
            {"question": "Q?", "answer": "A.", "value": -1, "stars": 5}]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, rows)) + '\n{"question": "Q?"\n[]\n')
    read = read_ratings(file)
    assert len(read.ratings) == 1
    said = {problem.row: problem.what for problem in read.problems}
    assert set(said) == {2, 3, 4, 5, 6, 7, 8}
    assert "no answer" in said[2] and "neither up nor down" in said[3] and "1 to 5" in said[4]
    assert "no tag 'rong'" in said[5] and "thumb is down, but it has 5 stars" in said[6]


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "empty"), ("hello", "is not JSON"), ('{"a": 1}', "It has a"), ("[1, 2]", "expected an object"),
     ('[{"question": "Q?"', "Nothing is imported")],
)  # fmt: skip
def test_a_file_without_ratings_says_what_it_has(tmp_path: Path, content: str, expected: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(content)
    with pytest.raises(InputError, match=expected):
        read_ratings(file)


TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=30
).filter(str.strip)
PASSAGE = st.builds(
    lambda document, text, start, page, header: PassageRecord(
        passage_key(document, "T", start, start + len(text), text, header),
        document, "T", start, start + len(text), page, 3, text, header,
    ),
    TEXT, TEXT, st.integers(0, 99), st.none() | st.integers(1, 9), st.just("") | TEXT,
)  # fmt: skip


@st.composite
def ratings(draw: st.DrawFn) -> tuple[Rating, list[PassageRecord]]:
    passages = draw(st.lists(PASSAGE, max_size=2, unique_by=lambda p: p.key))
    history = tuple(Turn(role, draw(TEXT)) for role in ("user", "assistant")[: draw(st.integers(0, 2))])
    question, answer, keys = draw(TEXT), draw(TEXT), tuple(p.key for p in passages)
    stars = draw(st.none() | st.integers(1, 5))
    rating = Rating(
        seen=seen_key(AskedQuestion(question, history), answer, keys),
        rater=draw(st.sampled_from(["ann", "bob", "user:0123456789ab"])),
        value=draw(st.sampled_from([1, -1])) if stars is None else value_of_stars(stars),
        comment=draw(st.just("") | TEXT),
        question=question,
        answer=answer,
        passages=keys,
        updated_at=draw(st.floats(1, 4e9)),
        history=history,
        better_answer=draw(st.just("") | TEXT),
        stars=stars,
        tags=tuple(name for name in REASONS if draw(st.booleans())),
        source=draw(st.sampled_from(["open-webui", "jsonl"])),
    )
    return rating, passages


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(ratings(), max_size=4, unique_by=lambda m: (m[0].seen, m[0].rater)))
def test_an_export_is_read_back_exactly(
    made: list[tuple[Rating, list[PassageRecord]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    one, other = (open_store(tmp_path_factory.mktemp("home") / "workbench.db") for _ in range(2))
    with one.write() as session:
        add_rankings(session, [], [p for _, passages in made for p in passages])
    put_ratings(one, [rating for rating, _ in made])
    exported = as_jsonl(export_lines(one))
    if not made:
        assert exported == ""
        return
    read = read_ratings_bytes("ratings.jsonl", exported.encode())
    assert not read.problems
    for target, expected in ((one, "already"), (other, "new")):
        done = import_ratings(target, read.ratings, hash_user=str, now=0.0)
        assert getattr(done, expected) == len(made)
    assert sorted(list_ratings(other), key=repr) == sorted((r for r, _ in made), key=repr)
    keys = [key for rating, _ in made for key in rating.passages]
    assert find_passages(other, keys) == find_passages(one, keys)
    assert as_jsonl(sorted(export_lines(other), key=repr)) == as_jsonl(sorted(export_lines(one), key=repr))


def test_an_export_tells_everything_seen_and_where_it_is_shown(
    store: Store, answers: list[AnswerRecord], ran: tuple[str, Path]
) -> None:
    one = next(a for a in answers if a.passages)
    rate_seen(store, one, -1, rater="ann", tags=["wrong"], comment="=no", better_answer="Yes.")
    put_rating(store, Rating("x", "bob", 1, "", "Q?", "A.", (), 5.0))
    assert len(export_lines(store)) == 2
    [found] = export_lines(store, ran[0])
    assert [p["text"] for p in found["passages"]] == [p.text for p in one.passages]
    assert {t["trial"] for t in found["shown_by"]} == {a.trial_id for a in answers if a.seen == one.seen}
    assert found["shown_by"][0]["experiment"] == ran[0] and found["counts"]
    sheet = as_csv([found])
    assert "'=no" in sheet and one.passages[0].document in sheet and one.trial_id in sheet


def test_choices_are_exported_with_both_answers_and_read_back_exactly(
    store: Store, answers: list[AnswerRecord], ran: tuple[str, Path], tmp_path: Path
) -> None:
    left = next(a for a in answers if a.passages)
    right = next(a for a in answers if a.question.id == left.question.id and a.seen != left.seen)
    prefer(store, left, right, "right", rater="ann", tags=["too long"], better_answer="Shorter.")
    prefer(store, left, right, "bad", rater="bob")
    made = sorted(list_preferences(store), key=lambda choice: choice.rater)
    lines = export_lines(store, ran[0])
    assert len(lines) == 2 and lines == export_lines(store)
    by_seen = {lines[0][f"{side}seen"]: lines[0][f"{side}passages"] for side in ("", "other_")}
    assert [p["text"] for p in by_seen[left.seen]] == [p.text for p in left.passages]
    assert left.trial_id in as_csv(lines) and right.trial_id in as_csv(lines)
    read = read_ratings_bytes("ratings.jsonl", as_jsonl(lines).encode())
    assert not read.problems and not read.ratings

    def take_choices(target: Store) -> tuple[int, int]:
        done = import_ratings(target, [], hash_user=str, now=0.0, choices=read.choices)
        return done.choices, done.choices_already

    other = open_store(tmp_path / "other" / "workbench.db")
    assert take_choices(store) == (0, 2) and take_choices(other) == (2, 0)
    assert sorted(list_preferences(other), key=lambda choice: choice.rater) == made
    prefer(other, left, right, "left", rater="ann")  # newer than the file
    assert take_choices(other) == (0, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"choice": "left"}, "must be one of first, second, good, bad"),
        ({"other_answer": "  "}, "a choice without other_answer"),
        ({"rater": ""}, "a choice without a rater"),
        ({"tags": ["sad"]}, "no tag 'sad'"),
    ],
)
def test_a_bad_choice_is_named_and_left_out(change: dict[str, Any], words: str) -> None:
    good = {
        "question": "Q?", "answer": "A.", "other_answer": "B.", "choice": "first", "rater": "ann", "seen": "a",
        "other_seen": "b",
    }  # fmt: skip
    read = read_ratings_bytes("mine.jsonl", "\n".join(map(json.dumps, [good, good | change])).encode())
    assert len(read.choices) == 1 and words in read.problems[0].what
