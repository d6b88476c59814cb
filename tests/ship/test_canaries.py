"""What an exported winner keeps of its experiment's questions.
Knows nothing about asking them again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_experiment import Runner, experiment, runner, tiny  # noqa: F401  (fixtures)
from workbench.corpus.types import Question
from workbench.errors import InputError
from workbench.ship.canary_choice import choose_questions
from workbench.ship.export import export_winner
from workbench.ship.winner import read_winner
from workbench.store.records import ExperimentQuestion

QUESTIONS = st.lists(
    st.tuples(st.sampled_from(["", "c1", "c2", "c3"]), st.sampled_from([(), ("a",), ("b",), ("b", "c")])),
    max_size=40,
)


def items(drawn: list[tuple[str, tuple[str, ...]]]) -> list[ExperimentQuestion]:
    return [
        ExperimentQuestion(Question(f"q{n}", f"Question {n}?", tags=tags), "holdout", n, cluster)
        for n, (cluster, tags) in enumerate(drawn)
    ]


@given(QUESTIONS, st.integers(0, 20), st.randoms())
def test_the_choice_is_the_same_in_any_order_and_takes_every_cluster_before_a_second_of_one(
    drawn: list[tuple[str, tuple[str, ...]]], count: int, random: object
) -> None:
    given_items = items(drawn)
    chosen = choose_questions(given_items, count)
    shuffled = list(given_items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose_questions(shuffled, count) == chosen
    assert len(chosen) == min(count, len(given_items))
    assert [c.position for c in chosen] == sorted(c.position for c in chosen)
    clusters = [c.cluster or c.question.id for c in chosen]
    if len(set(clusters)) < len(clusters):
        assert set(clusters) == {c.cluster or c.question.id for c in given_items}


def test_fewer_canaries_are_spread_over_the_tags() -> None:
    drawn = [("", ("a",))] * 20 + [("", ("b",))] * 3 + [("", ("c",))] * 3
    tags = [c.question.tags[0] for c in choose_questions(items(drawn), 6)]
    assert sorted(tags) == ["a", "a", "b", "b", "c", "c"]


def test_a_winner_keeps_held_out_questions_with_what_they_got(runner: Runner, tmp_path: Path) -> None:  # noqa: F811
    done = runner.run(experiment())
    winner = read_winner(export_winner(runner.store, done.id, out=tmp_path / "w.yaml"))
    canaries = winner.canaries
    assert canaries is not None and canaries.part == "holdout" and len(canaries.questions) == 2
    assert {c.question["question"] for c in canaries.questions} == {
        "Who founded the company?", "What colour is the moon base?",
    }  # fmt: skip
    for canary in canaries.questions:
        [then] = canary.then
        assert then.request and then.scores["refusal"] in (0.0, 1.0)
        assert canary.question["answerable"] is False
    assert set(winner.corpus.documents) == {"returns.md", "heaters.md", "water.md"}
    known = winner.questions
    assert known is not None and known.all == 7 and all(q.text and not q.vector for q in known.questions)


def test_without_held_out_questions_the_selection_questions_are_kept_with_their_evidence(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    done = runner.run(experiment(holdout=0.0))
    canaries = read_winner(export_winner(runner.store, done.id, out=tmp_path / "w.yaml", canaries=3)).canaries
    assert canaries is not None and canaries.part == "search" and len(canaries.questions) == 3
    quoted = [c for c in canaries.questions if c.question.get("evidence")]
    assert quoted and all("quote" in c.question["evidence"][0] for c in quoted)


def test_where_canaries_are_left_out_no_text_of_a_question_is_in_the_file(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    done = runner.run(experiment())
    path = export_winner(runner.store, done.id, out=tmp_path / "w.yaml", canaries=0)
    winner = read_winner(path)
    assert winner.canaries is None and winner.questions is not None
    assert all(q.vector and not q.text for q in winner.questions.questions)
    assert "?" not in path.read_text().split("\nquestions:")[-1]
    for number in (-1, 51):
        with pytest.raises(InputError, match="0 to 50 canaries"):
            export_winner(runner.store, done.id, out=tmp_path / "w.yaml", canaries=number)


def test_a_quote_of_a_document_that_changed_since_the_experiment_is_looked_up_anew(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    done = runner.run(experiment(holdout=0.0))
    document = runner.settings.corpora / "tiny" / "documents" / "water.md"
    document.write_text("# New beginning\n\n" + document.read_text().replace("two litres", "nine litres"))
    winner = read_winner(export_winner(runner.store, done.id, out=tmp_path / "w.yaml"))
    assert winner.canaries is not None and not winner.corpus.documents
    rows = {c.question["question"]: c.question for c in winner.canaries.questions}
    assert "evidence" not in rows["How much does the tank hold?"]
    [kept] = rows["What confuses the probe?"]["evidence"]
    assert kept["quote"] == "Salt softeners confuse the probe of the tank."


def test_a_file_of_an_earlier_version_is_read(runner: Runner, tmp_path: Path) -> None:  # noqa: F811
    done = runner.run(experiment())
    path = export_winner(runner.store, done.id, out=tmp_path / "w.yaml")
    winner = read_winner(path)
    older = winner.model_copy(update={"canaries": None, "questions": None})
    older = older.model_copy(update={"corpus": older.corpus.model_copy(update={"documents": {}})})
    assert "\ncanaries:" not in older.to_yaml() and "\n  documents:" not in older.to_yaml()
    path.write_text(older.to_yaml())
    assert read_winner(path) == older
    assert read_winner(path).to_config() == winner.to_config()
