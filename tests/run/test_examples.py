"""Examples in prompts, in whole runs: chosen, asked, resumed, exported, planned.
Knows nothing about how prompts are rendered otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import QUESTIONS, Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.corpus.types import Question, place_of_question
from workbench.pipeline.examples import Example, ExamplePool
from workbench.pipeline.prompt_rendering import EXAMPLES_HEADING, format_examples, render_prompt
from workbench.planning.plan import make_plan
from workbench.providers.embedded.prompt_reading import read_prompt
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.experiment import ExperimentFile
from workbench.space.prompt import Prompt
from workbench.store.experiments import get_experiment, spec_hash
from workbench.store.questions import get_questions
from workbench.store.tables import ExperimentRow

TEMPLATE = "{examples}\n\nPassages:\n\n{passages}\n\nQuestion: {question}\n\nAnswer in one sentence."
SHOWING = {"name": "showing", "template": TEMPLATE}
PLAIN = {"name": "plain", "template": TEMPLATE.removeprefix("{examples}\n\n")}
AXES = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
TRAINING = [("How long may goods be kept?", "30 days"), ("What costs five euros?", "The label")]


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def runner(runner: Runner) -> Runner:
    """One with three training questions instead of one."""
    file = runner.settings.corpora / "tiny" / "questions.jsonl"
    rows = []
    for text, answer in TRAINING:
        ids = (f"t{n}" for n in range(len(rows) * 1000, 10_000))
        row = {"id": next(i for i in ids if place_of_question(i) < 0.2), "question": text, "answer": answer}
        rows.append(json.dumps(row))
    file.write_text(file.read_text() + "\n".join(rows) + "\n")
    return runner


def written(server: ProtocolServer, *numbers: int, **more: Any) -> ExperimentFile:
    given = {"prompts": [SHOWING], "models": [local_model(server)]} | more
    return experiment(retrieval=AXES | {"examples": list(numbers)}, **given)


def prompts_of(server: ProtocolServer) -> list[str]:
    return [body["messages"][-1]["content"] for body in server.posts if "messages" in body]


def test_prompts_hold_the_nearest_training_questions_and_without_any_no_heading(
    runner: Runner, server: ProtocolServer
) -> None:
    done = runner.run(written(server, 0, 2))
    assert done.state == "done"
    prompts = [text for text in prompts_of(server) if "Question:" in text]
    with_examples = [text for text in prompts if EXAMPLES_HEADING in text]
    assert len(with_examples) == len(prompts) / 2
    assert all(text.count("\nQ: ") == 2 for text in with_examples)
    assert all(text.startswith("Passages:\n\n") for text in prompts if text not in with_examples)
    allowed = {text for text, _ in TRAINING} | {QUESTIONS[0][0]}
    for text in with_examples:
        assert {line[3:] for line in text.splitlines() if line.startswith("Q: ")} <= allowed
    [label] = [text for text in with_examples if "Question: What does the label cost?" in text]
    assert "Q: What costs five euros?\nA: The label" in label
    again = len(prompts_of(server))
    assert runner.run(written(server, 0, 2)).state == "done" and len(prompts_of(server)) == again


def change_an_example(runner: Runner) -> None:
    file = runner.settings.corpora / "tiny" / "questions.jsonl"
    file.write_text(file.read_text().replace('"30 days"', '"31 days"'))


def test_changed_examples_bring_new_answers_where_they_are_shown_and_nothing_else(
    runner: Runner, server: ProtocolServer
) -> None:
    first = runner.run(written(server, 1))
    before = prompts_of(server)
    change_an_example(runner)
    assert runner.run(written(server, 1)).id != first.id
    new = prompts_of(server)[len(before) :]
    showing = [text for text in before if "A: 30 days" in text]
    assert 0 < len(new) == len(showing) < len(before)
    assert sorted(new) == sorted(text.replace("A: 30 days", "A: 31 days") for text in showing)
    assert runner.run(written(server, 1)).state == "done" and len(prompts_of(server)) == len(before) + len(
        new
    )


def test_an_unfinished_experiment_never_mixes_examples(runner: Runner, server: ProtocolServer) -> None:
    begun = runner.create(written(server, 1))
    others = runner.create(written(server, 1, prompts=[PLAIN]))
    assert runner.create(written(server, 1)) == begun  # nothing has changed: it is the same experiment
    change_an_example(runner)
    assert runner.create(written(server, 1)) != begun
    assert runner.create(written(server, 1, prompts=[PLAIN])) == others  # its prompt shows none
    refused = runner.run(begun)
    assert refused.state == "paused" and "as examples have changed" in refused.status["message"]
    assert not prompts_of(server)


def test_one_begun_before_examples_were_part_of_the_content_goes_on(
    runner: Runner, server: ProtocolServer
) -> None:
    begun = runner.create(written(server, 1))
    record = get_experiment(runner.store, begun)
    without = spec_hash(record.experiment, record.corpus_version, get_questions(runner.store, begun))
    with runner.store.write() as session:
        session.execute(update(ExperimentRow).values(spec_hash=without))
    assert runner.create(written(server, 1)) == begun


def test_a_prompt_without_a_place_for_examples_counts_once(runner: Runner, server: ProtocolServer) -> None:
    prepared = prepare_experiment(
        written(server, 0, 1, 2, prompts=[SHOWING, PLAIN]), runner.settings, runner.store
    )
    assert len(prepared.space.configs) == 4
    assert any("plain has no {examples}" in text for text in prepared.warnings)
    plain = [c for c in prepared.space.configs if c.prompt.name == "plain"]
    assert [c.retrieval.examples for c in plain] == [0]
    left = make_plan(prepared, runner.settings, runner.store).stages
    assert left["retrieve"].distinct == 7  # all share their rankings


def test_advice_when_there_are_too_few_and_when_none_is_wanted(
    runner: Runner, server: ProtocolServer
) -> None:
    def warnings(experiment: ExperimentFile) -> str:
        return "\n".join(prepare_experiment(experiment, runner.settings, runner.store).warnings)

    assert "3 questions with a reference answer, and 9 is asked for" in warnings(written(server, 2, 9))
    assert "showing has a place for {examples}, and examples is 0" in warnings(written(server, 0))


def test_an_exported_winner_holds_the_examples_and_shows_the_same(
    runner: Runner, server: ProtocolServer, tmp_path: Path
) -> None:
    done = runner.run(written(server, 2))
    asked = next(text for text in prompts_of(server) if "Question: What does the label cost?" in text)
    file = export_winner(runner.store, done.id, out=tmp_path / "winner.yaml")
    assert "The label" in file.read_text()
    corpus = runner.settings.corpora / "tiny"
    (corpus / "questions.jsonl").unlink()
    loaded = load_winner(file, corpus, settings=runner.settings)
    loaded.answer("What does the label cost?")
    assert [e.question for e in loaded.winner.examples] == sorted(
        [*(t for t, _ in TRAINING), QUESTIONS[0][0]]
    )
    later = [text for text in prompts_of(server) if "Question: What does the label cost?" in text]
    assert set(later) == {asked}


def test_the_embedded_answerer_takes_examples_for_no_passage_no_question_and_no_instruction() -> None:
    examples = [Example("Is [1] a number?", "Answer in three sentences. I don't know.")]
    rest = "Passages:\n\n[1] T\nThe sky is blue.\n\nQuestion: Which colour?\n\nAnswer in one sentence."
    for template in (f"{{examples}}\n\n{rest}", rest.replace("\n\nAnswer", "\n\n{examples}\n\nAnswer")):
        template = template.replace("[1] T\nThe sky is blue.", "{passages}").replace(
            "Which colour?", "{question}"
        )
        with_them = render_prompt(
            Prompt(name="p", template=template), "Which colour?", (), "2026-01-01", examples=examples
        )
        without = render_prompt(Prompt(name="p", template=template), "Which colour?", (), "2026-01-01")
        assert EXAMPLES_HEADING in with_them.messages[-1].content
        read, plain = read_prompt(with_them.messages), read_prompt(without.messages)
        assert (read.question, read.passages, read.directives) == (
            plain.question, plain.passages, plain.directives,
        )  # fmt: skip


def test_examples_are_dropped_before_passages_and_the_least_near_first() -> None:
    examples = [Example(f"Question {n}?", "word " * 30) for n in range(4)]
    made = render_prompt(
        Prompt(name="p", template=TEMPLATE), "Why?", (), "2026-01-01", examples=examples,
        context_window=200, max_tokens=50, count_tokens=lambda text: len(text.split()),
    )  # fmt: skip
    assert 0 < made.examples < 4 and made.flags == ("examples_dropped",)
    assert "Question 0?" in made.messages[-1].content and "Question 3?" not in made.messages[-1].content


def test_a_question_is_no_example_of_itself_nor_of_its_group() -> None:
    ids = [i for i in (f"q{n}" for n in range(1000)) if place_of_question(i) < 0.2][:4]
    group = next(g for g in (f"g{n}" for n in range(1000)) if place_of_question(g) < 0.2)
    pool = ExamplePool.of_questions(
        [
            Question(ids[0], "Who pays?", ("We do",), group=group),
            Question(ids[1], "Who is it that pays?", ("We do",), group=group),
            Question(ids[2], "When is it open?", ("Nine",)),
            Question(ids[3], "Nobody knows?", ()),
        ]
    )
    assert [e.question for e in pool.nearest("who pays?", 5)] == ["When is it open?"]
    assert [e.question for e in pool.nearest("Who is paying?", 2)] == [
        e.question for e in pool.nearest("Who is paying?", 5)[:2]
    ]
    assert format_examples(()) == ""
