"""What judges are asked anew after one thing has changed, and how near judging comes to its ideal speed.
Knows nothing about how verdicts are stored: it counts what a server is asked.

    python -m benchmarks.judging      about two minutes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from tests.protocol_server import ProtocolServer, Stall, answer_from_passages
from workbench.api import ExperimentResult, prepare_experiment, resume_experiment
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import Settings, load_settings
from workbench.space.experiment import ExperimentFile

LATENCY_SECONDS = 0.5  # few judges are quicker
CONCURRENCY = 8
MANNER = "Answer in another manner."
SCORES = ["correctness", "faithfulness", "context_recall", "factual_correctness"]


class Counting:
    """Runs experiments on one home, and tells what each asked anew."""

    def __init__(self, settings: Settings, *servers: ProtocolServer) -> None:
        self._settings, self._servers = settings, servers
        self._store = open_workbench(settings)
        self._seen = [0 for _ in servers]
        self._known: set[str] = set()

    def run(self, content: dict[str, Any]) -> tuple[ExperimentResult, int, int, int]:
        """(result, generations, judge calls, of both those that were sent before)."""
        written = ExperimentFile.model_validate(content)
        prepared = prepare_experiment(written, self._settings, self._store, corpus=written.corpus)
        experiment_id, _ = find_or_create(self._store, prepared)
        result = resume_experiment(self._store, self._settings, experiment_id)
        if result.state != "done" or result.status["failed_answers"]:
            raise RuntimeError(f"{content['name']}: {result.status}")
        judged = generated = repeated = 0
        for i, server in enumerate(self._servers):
            new, self._seen[i] = server.posts[self._seen[i] :], len(server.posts)
            asked = sum(b in server.judged for b in new)
            judged, generated = judged + asked, generated + len(new) - asked
            keys = [f"{i} {json.dumps(body)}" for body in new]
            repeated += sum(key in self._known for key in keys) + len(keys) - len(set(keys))
            self._known.update(keys)
        say(f"{content['name']}: {generated} generations, {judged} judge calls, {repeated} sent before")
        return result, generated, judged, repeated


def model(server: ProtocolServer, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name, "base_url": server.base_url, "model": "test-chat",
        "price": {"input_per_million": 0.1, "output_per_million": 0.4},
        "limits": {"concurrency": CONCURRENCY, "timeout_seconds": 60}, **fields,
    }  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder) / "home")
        corpus = Path(folder) / "corpus"
        shutil.copytree(settings.corpora / "first-steps", corpus)
        return [
            *count_reuse(settings, corpus, options.quick),
            *time_judging(settings, corpus, options.quick),
        ]


def answer(messages: list[dict[str, str]]) -> str:
    """Another prompt, another answer: else its verdicts would be shared, and nothing measured."""
    said = answer_from_passages(messages)
    return f"{said} That is all." if MANNER in messages[-1]["content"] else said


def experiment(corpus: Path, chat: ProtocolServer, judge: ProtocolServer, limit: int) -> dict[str, Any]:
    return {
        "name": "first", "corpus": str(corpus), "prompts": ["concise"], "models": [model(chat, "chat")],
        "retrieval": {"retriever": ["keyword"], "chunk_tokens": [64, 96], "top_k": [2]},
        "scores": SCORES, "judge": model(judge, "judge"), "questions": {"limit": limit}, "holdout": 0.0,
    }  # fmt: skip


def count_reuse(settings: Settings, corpus: Path, quick: bool) -> list[Figure]:
    with ProtocolServer(reply=answer) as chat, ProtocolServer() as judge, ProtocolServer() as other:
        count = Counting(settings, chat, judge, other)
        first = experiment(corpus, chat, judge, 6 if quick else 16)
        whole = count.run(first)[2]
        _, generated, judged, _ = count.run(first | {"name": "a again"})
        figures = [_needless("a: calls, the same experiment again", generated + judged)]

        manner = {"name": "manner", "template": f"{MANNER}\n{{passages}}\nQuestion: {{question}}"}
        _, _, judged, repeated = count.run(first | {"name": "b a prompt", "prompts": ["concise", manner]})
        figures.append(_needless("b: calls sent before, with a new prompt", repeated, f"{judged} asked"))

        scores = [*SCORES, {"name": "tone", "rubric": "1 when it is polite."}]
        _, generated, judged, repeated = count.run(first | {"name": "d a score", "scores": scores})
        note = f"{judged} asked"
        figures.append(
            _needless("d: generations, calls sent before, with a rubric", generated + repeated, note)
        )

        dearer = model(judge, "judge", price={"free": True})
        _, generated, judged, _ = count.run(first | {"name": "e a price", "judge": dearer})
        figures.append(_needless("e: calls, after the judge's price was edited", generated + judged))

        changed = {"name": "another judge", "judge": model(other, "other")}
        _, generated, judged, _ = count.run(first | changed)
        note = f"{judged} judge calls of {whole}"
        figures.append(_needless("generations with another judge", generated, note))
        figures.append(Figure("share of verdicts that another judge gives anew", judged / whole, bar=1.0))

        longest = max((corpus / "documents").iterdir(), key=lambda file: file.stat().st_size)
        text = longest.read_text(encoding="utf-8")
        (corpus / "documents" / "again.md").write_text(f"# Said again\n\n{text}", encoding="utf-8")
        _, generated, judged, repeated = count.run(first | {"name": "c a document"})
        note = f"{generated} generations and {judged} judge calls changed"
        figures.append(_needless("c: calls sent before, with a new document", repeated, note))
    return figures


def _needless(name: str, value: int, note: str = "") -> Figure:
    return Figure(name, value, bar=0, at_most=True, digits=0, note=note)


def time_judging(settings: Settings, corpus: Path, quick: bool) -> list[Figure]:
    """From the first judge call to the last, against a bare loop of the openai SDK that sends the same bodies
    at the same concurrency. ragas is loaded by now; answers come from the embedded model."""
    fresh = replace(settings, home=settings.home / "timed")
    moments: list[float] = []

    def stall(number: int, path: str, body: dict[str, Any]) -> Stall:
        moments.append(time.perf_counter())
        return Stall(LATENCY_SECONDS)

    with ProtocolServer(plan=stall) as judge:
        content = experiment(corpus, judge, judge, 6 if quick else 16) | {
            "name": "timed", "models": ["embedded/extractive", "embedded/extractive-tuned"],
            "prompts": ["concise", "short", "cited"],
        }  # fmt: skip
        Counting(fresh, judge).run(content)
        seconds = moments[-1] + LATENCY_SECONDS - moments[0]
        bodies, most = judge.judged, judge.most_in_flight
        started = time.perf_counter()
        asyncio.run(_bare_loop(judge.base_url, bodies))
        bare = time.perf_counter() - started
    ideal = len(bodies) * LATENCY_SECONDS / CONCURRENCY
    note = f"{len(bodies)} calls, {most} at once: {seconds:.1f} s, loop {bare:.1f} s, ideal {ideal:.1f} s"
    return [Figure("judging time, over a bare loop's", seconds / bare, digits=2, note=note)]


async def _bare_loop(base_url: str, bodies: list[dict[str, Any]]) -> None:
    from openai import AsyncOpenAI

    places = asyncio.Semaphore(CONCURRENCY)
    async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def one(body: dict[str, Any]) -> None:
            async with places:
                await client.chat.completions.create(**body)

        await asyncio.gather(*(one(body) for body in bodies))


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
