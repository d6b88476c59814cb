"""What prompts get of rankings, in whole runs: stored, resumed, served, exported, cleaned, planned.
Knows nothing about how it is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import DOCUMENTS, Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.calls.stop_signal import StopSignal
from workbench.errors import ExperimentError
from workbench.garbage_collection import clean
from workbench.planning.plan import make_plan
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.experiment import ExperimentFile
from workbench.store.answers import AnswerFilter, find_answers
from workbench.store.records import AnswerRecord

AXES = {
    "splitter": ["markdown"], "chunk_tokens": [16], "chunk_overlap": [0], "retriever": ["keyword"], "top_k": [1],
}  # fmt: skip
SELECTING: dict[str, Any] = {
    "window": {"returns": ["window:1"]},
    "parent": {"returns": ["parent:64"]},
    "section": {"returns": ["section"]},
    "merged": {"returns": ["merged"], "top_k": [2]},
    "least": {"min_score": [0.5], "top_k": [2]},
    "near": {"near_duplicates": ["drop"], "top_k": [2]},
    "budget": {"passage_tokens": [20], "top_k": [3]},
}


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


def varied(**axes: Any) -> ExperimentFile:
    return experiment(retrieval=AXES | axes)


def answers_of(runner: Runner, experiment_id: str) -> list[AnswerRecord]:
    return find_answers(runner.store, experiment_id, limit=None)


def spans(answer: AnswerRecord) -> list[tuple[str, int, int]]:
    return [(p.document, p.start, p.end) for p in answer.passages]


def stages_left(runner: Runner, written: ExperimentFile) -> dict[str, int]:
    plan = make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )
    return {stage: count.left for stage, count in plan.stages.items()}


def test_one_ranking_serves_every_way_to_return_and_each_answer_shows_what_its_prompt_had(
    runner: Runner,
) -> None:
    done = runner.run(varied(splitter=["token"], returns=["chunk", "window:5", "parent:64"]))
    assert done.state == "done"
    by_returns: dict[str, list[AnswerRecord]] = {}
    for answer in answers_of(runner, done.id):
        by_returns.setdefault(answer.trial_name.partition(" · ")[0], []).append(answer)
    left = stages_left(runner, varied(splitter=["token"], returns=["window:2"], top_k=[3]))
    assert left["retrieve"] == 0 < left["generate"]
    [chunk, window, parent] = (
        next(rows for name, rows in by_returns.items() if word in name)
        for word in ("chunk", "window", "parent")
    )
    whole = [a for a in window if a.passages]
    assert whole and all(p.text == DOCUMENTS[p.document].strip() for a in whole for p in a.passages)
    for small, large in zip(chunk, window, strict=True):
        assert small.question.id == large.question.id
        for passage in small.passages:
            assert any(p.document == passage.document and passage.text in p.text for p in large.passages)
    recall = {
        name: sum(s.value or 0 for a in rows for s in a.scores if s.name == "retrieval_recall")
        for name, rows in (("chunk", chunk), ("window", window), ("parent", parent))
    }
    assert recall["window"] == recall["parent"] > recall["chunk"]  # evidence is scored on what is returned
    assert {a.seen for a in window} & {a.seen for a in parent}  # the same passages are seen as the same


@pytest.mark.parametrize("name", SELECTING)
def test_a_run_a_winner_and_the_two_parts_of_llamaindex_give_the_same_passages(
    runner: Runner, tmp_path: Path, name: str
) -> None:
    done = runner.run(varied(**SELECTING[name]))
    path = export_winner(runner.store, done.id, out=tmp_path / "winner.yaml")
    winner = load_winner(path, settings=runner.settings)
    asked = [a for a in answers_of(runner, done.id) if a.part == "search"]
    assert asked
    for answer in asked:
        served = winner.retrieve(answer.question.text)
        assert [(p.document, p.start, p.end) for p in served] == spans(answer)
        assert [round(p.score, 6) for p in served] == list(answer.passage_scores)
    answer = next(a for a in asked if a.passages)
    again = winner.answer(answer.question.text)
    assert again.answer == answer.text and [(p.document, p.start, p.end) for p in again.passages] == spans(
        answer
    )
    if name == "parent":
        nodes = winner.as_llama_retriever().retrieve(answer.question.text)
        assert [(n.node.start_char_idx, n.node.end_char_idx) for n in nodes] == [s[1:] for s in spans(answer)]
        reply = winner.as_llama_query_engine().query(answer.question.text)
        assert str(reply) == answer.text and [n.node.text for n in reply.source_nodes] == [
            n.node.text for n in nodes
        ]


def test_a_stopped_run_goes_on_and_asks_nothing_twice(runner: Runner, server: ProtocolServer) -> None:
    written = experiment(retrieval=AXES | {"returns": ["chunk", "parent:64"]}, models=[local_model(server)])
    signal = StopSignal()
    server.plan = lambda n, path, body: signal.set("stopped", "Enough.") if n == 4 else None
    stopped = runner.run(written, make_stop_signal=lambda: signal)
    assert stopped.state == "stopped" and stopped.status["answers"] > 0
    server.plan = lambda n, path, body: None
    done = runner.run(stopped.id)
    assert done.state == "done"
    prompts = Counter(str(body["messages"]) for body in server.posts if "messages" in body)
    assert set(prompts.values()) == {1}
    answers = answers_of(runner, done.id)
    assert len(answers) == len({(a.trial_id, a.question.id) for a in answers}) == done.status["answers"]
    assert not any(stages_left(runner, written)[stage] for stage in ("retrieve", "generate", "score"))


def test_a_stored_ranking_is_selected_from_and_a_plan_counts_what_is_left(runner: Runner) -> None:
    runner.run(varied())
    more = varied(returns=["chunk", "window:1"])
    left = stages_left(runner, more)
    assert left["retrieve"] == 0 and 0 < left["generate"] <= 7
    runner.run(more)
    assert stages_left(runner, more)["generate"] == 0
    assert stages_left(runner, varied(returns=["window:2"]))["generate"] > 0


def test_bias_and_injection_vary_what_is_returned(runner: Runner, server: ProtocolServer) -> None:
    written = experiment(
        retrieval=AXES | {"returns": ["parent:64"]},
        models=[local_model(server)],
        scores=["refusal", "injection"],
    )
    done = runner.run(written)
    probes = find_answers(runner.store, done.id, AnswerFilter(part="probe"), limit=None)
    assert done.state == "done" and probes
    assert all(a.passages and any(len(p.text) > 40 for p in a.passages) for a in probes)
    assert stages_left(runner, written)["generate"] == 0


def test_cleaning_keeps_what_is_shown_and_what_it_was_selected_from(runner: Runner) -> None:
    written = varied(returns=["window:1", "parent:64"])
    done = runner.run(written)
    before = answers_of(runner, done.id)
    found = clean(runner.store, runner.settings)
    assert found.freed["rankings"].count == found.freed["passages"].count == found.freed["chunks"].count == 0
    assert answers_of(runner, done.id) == before
    left = stages_left(runner, varied(returns=["window:2"]))
    assert left["retrieve"] == 0 and left["chunk"] == 0


def test_nothing_with_the_least_score_is_said_with_the_answer(runner: Runner) -> None:
    done = runner.run(varied(min_score=[99.0]))
    answers = answers_of(runner, done.id)
    assert answers and not any(a.passages for a in answers)
    flagged = [a.question.text for a in answers if "none_above_min_score" in a.flags]
    assert "How much does the tank hold?" in flagged and "Who founded the company?" not in flagged


def test_a_longer_prompt_is_cut_to_the_models_context(runner: Runner, server: ProtocolServer) -> None:
    small = local_model(server, context_window=130, max_tokens=20)
    done = runner.run(
        experiment(
            retrieval=AXES | {"returns": ["window:5"], "retriever": ["dense"], "top_k": [9]}, models=[small]
        )
    )
    flags = [flag for a in answers_of(runner, done.id) for flag in a.flags]
    assert done.state == "done" and "passages_dropped" in flags


def test_a_near_duplicate_that_is_the_evidence_counts_where_its_copy_is_given(runner: Runner) -> None:
    corpus = runner.settings.corpora / "tiny" / "documents"
    (corpus / "probe-of-the-tank.md").write_text(DOCUMENTS["water.md"])
    recalls = []
    for near in ("keep", "drop"):
        done = runner.run(varied(near_duplicates=[near], chunk_tokens=[64], top_k=[2]))
        of_water = [
            a for a in answers_of(runner, done.id)
            if any(e.document == "water.md" for e in a.question.evidence) and a.part == "search"
        ]  # fmt: skip
        documents = {p.document for a in of_water for p in a.passages}
        assert ("water.md" in documents) is (near == "keep")
        recalls.append([s.value for a in of_water for s in a.scores if s.name == "retrieval_recall"])
    assert recalls[0] == recalls[1] == [1.0] * len(recalls[0]) and recalls[0]


@pytest.mark.parametrize(
    ("axes", "setting", "words"),
    [
        ({"returns": ["window:0"]}, "returns", "greater than or equal to 1"),
        ({"returns": ["window:-1"]}, "returns", "greater than or equal to 1"),
        ({"returns": ["window:1.5"]}, "returns", "whole number"),
        ({"returns": ["parent:5"]}, "returns", "greater than or equal to 16"),
        ({"returns": ["chunk:3"]}, "returns", "takes no number"),
        ({"query": ["several:2"]}, "query", "Write {several: {queries: …}}"),
        ({"returns": ["paragraph"]}, "returns", "is not a returned text"),
        ({"returns": [{"merged": {"share": 2}}]}, "returns", "less than or equal to 1"),
        ({"returns": ["mine:PART"]}, "returns", "cannot be imported"),
        ({"min_score": ["abc"]}, "min_score", "number"),
        ({"min_score": [float("nan")]}, "min_score", "finite"),
        ({"near_duplicates": ["maybe"]}, "near_duplicates", "'keep' or 'drop'"),
        ({"passage_tokens": [3]}, "passage_tokens", "greater than or equal to 16"),
    ],
)
def test_what_cannot_be_is_named_with_its_setting(
    runner: Runner, axes: dict[str, Any], setting: str, words: str
) -> None:
    from workbench.space.file_writing import to_yaml
    from workbench.space.files import parse_experiment

    text = to_yaml({"name": "t", "corpus": "tiny", "prompts": ["concise"], "models": ["embedded/extractive"],
                    "retrieval": axes})  # fmt: skip
    with pytest.raises(ExperimentError) as error:
        prepare_experiment(parse_experiment(text, "t.yaml"), runner.settings, runner.store)
    said = f"{error.value} {error.value.hint or ''}"
    assert f"retrieval.{setting}" in said and words in said
