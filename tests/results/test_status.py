"""The stored figures that pages read of a finished run equal those computed from its answers.
Knows nothing about pages."""

from __future__ import annotations

from dataclasses import asdict

from tests.judges.test_judging import judged, ladder
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment
from workbench.results.status import get_judging, get_status
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.experiments import get_experiment
from workbench.store.judge_summaries import get_judge_facts


def test_a_run_leaves_what_its_judges_said_summed_up(runner: Runner) -> None:
    with ProtocolServer() as server:
        result = runner.run(judged(server, ["faithfulness", ladder(0.0, 1.0)]))
    facts = get_judge_facts(runner.store, result.id, ["faithfulness", "grounding"])
    left = get_experiment(runner.store, result.id).progress["judging"]
    assert left == [asdict(f) | {"judges": list(f.judges)} for f in facts] and len(left) == 2
    told, _ = get_judging(runner.store, result.id)
    assert told["faithfulness"]["answers"] == facts[0].answers > 0


def test_a_status_counts_as_the_answers_do(runner: Runner) -> None:
    written = experiment(
        scores=["correctness", "injection"], retrieval={"retriever": ["keyword"], "top_k": [2]}
    )
    result = runner.run(written)
    status = get_status(runner.store, result.id)
    every = find_answers(runner.store, result.id, limit=None)
    probes = find_answers(runner.store, result.id, AnswerFilter(part="probe"), limit=None)
    assert status["answers"] == len(every) and status["probes"] == len(probes) > 0
    assert status["failed_answers"] == sum(a.state == "failed" for a in every)
    assert status["failed_probes"] == sum(a.state == "failed" for a in probes)
