"""What is done anew when an experiment is run again, or after one thing in it has changed: counts.
Knows nothing about how results are stored: it counts what a server is asked.

    python -m benchmarks.reuse      about one minute
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import (
    CORPUS,
    Workplace,
    experiment,
    prompts,
    retrieval,
    served_model,
    workplace,
)

NEW_DOCUMENT = "# Parcel lockers\n\n" + "\n\n".join(
    f"## Locker {n}\n\nA shopper in the Netherlands may bring item {n} to locker {n} within {n + 3} days."
    for n in range(8)
)  # fmt: skip
JUDGE = "stub-judge"  # the served name that scores by a judge will ask


@dataclass(frozen=True, slots=True)
class Work:
    """What one run did anew. embedded: texts, as sent.  generated, judged: bodies of chat requests.
    retrievals, scores: as the run itself counts them.  repeated: requests that were sent before."""

    embedded: tuple[str, ...]
    generated: tuple[dict[str, Any], ...]
    judged: tuple[dict[str, Any], ...]
    retrievals: int
    scores: int
    answers: int
    repeated: int

    def __str__(self) -> str:
        return (
            f"{len(self.embedded)} texts embedded, {self.retrievals} retrievals, {len(self.generated)} "
            f"generations, {len(self.judged)} judge calls, {self.scores} scores of {self.answers} answers"
        )


class Counting:
    """Runs experiments on one home against one server, and tells what each did anew."""

    def __init__(self, server: LatencyServer, place: Workplace) -> None:
        self._server, self._place = server, place
        self._seen = 0

    def run(self, content: dict[str, Any]) -> Work:
        outcome = self._place.run(content)
        if outcome.exit_code or outcome.status["failed_answers"]:
            raise RuntimeError(f"{content['name']}: {outcome.status}\n{outcome.errors[-2000:]}")
        requests, bodies = self._server.log(path=None), self._server.bodies()
        before, new = requests[: self._seen], requests[self._seen :]
        self._seen = len(requests)
        sent = Counter(r.body for r in new)
        known = {r.body for r in before}
        asked = [(r.path, bodies[r.body]) for r in new]
        stages = outcome.status["stages"]
        return Work(
            embedded=tuple(text for path, b in asked if path.endswith("/embeddings") for text in b["input"]),
            generated=tuple(b for path, b in asked if path.endswith("/completions") and b["model"] != JUDGE),
            judged=tuple(b for path, b in asked if b["model"] == JUDGE),
            retrievals=_anew(stages["retrieve"]),
            scores=_anew(stages["score"]),
            answers=outcome.status["answers"],
            repeated=sum(n for body, n in sent.items() if body in known)
            + sum(n - 1 for body, n in sent.items() if body not in known),
        )


def _anew(stage: dict[str, int]) -> int:
    return stage["done"] - stage["reused"]


def _figure(name: str, needless: int, work: Work) -> Figure:
    say(f"{name}: {work}")
    return Figure(name, needless, bar=0, at_most=True, digits=0, note=str(work))


def measure(options: argparse.Namespace) -> list[Figure]:
    with LatencyServer(latency_seconds=0.005, keep_bodies=True) as server, workplace() as place:
        corpus = place.folder / "corpus"
        shutil.copytree(CORPUS, corpus)
        count = Counting(server, place)
        embedding = {
            "name": "served-embedding", "kind": "embedding", "base_url": server.base_url,
            "model": "stub-embed", "price": {"input_per_million": 0.1},
        }  # fmt: skip
        first = experiment(
            corpus=str(corpus), prompts=prompts(2), models=[served_model(server.base_url)],
            retrieval=retrieval(embedding=[embedding], retriever=["dense", "hybrid"], top_k=[2, 4]),
            questions={"limit": 20 if options.quick else 100},
        )  # fmt: skip
        say(f"first: {count.run(first)}")

        again = count.run(first)
        everything = len(again.embedded) + again.retrievals + len(again.generated) + len(again.judged)
        figures = [_figure("a: anything, the same experiment again", everything + again.scores, again)]

        added = count.run(first | {"name": "prompt", "prompts": prompts(3)})
        others = [b for b in added.generated if "manner 2." not in b["messages"][-1]["content"]]
        too_many = added.scores - added.answers // 3 * 5
        needless = len(added.embedded) + added.retrievals + len(others) + added.repeated + max(0, too_many)
        figures.append(_figure("b: beyond the new prompt's own calls and scores", needless, added))

        (corpus / "documents" / "parcel-lockers.md").write_text(NEW_DOCUMENT, encoding="utf-8")
        grown = count.run(first | {"name": "document"})
        flat = " ".join(NEW_DOCUMENT.split())
        foreign = [text for text in grown.embedded if not _is_part(text, flat)]
        needless = len(foreign) + grown.repeated + (not grown.embedded) + (not grown.generated)
        figures.append(_figure("c: beyond the new document's chunks and changed requests", needless, grown))

        scored = count.run(first | {"name": "score", "scores": ["retrieval", "refusal", "grounding"]})
        needless = len(scored.embedded) + scored.retrievals + len(scored.generated)
        needless += max(0, scored.scores - scored.answers)
        figures.append(_figure("d: calls and retrievals for a new score", needless, scored))

        dearer = served_model(server.base_url, price={"input_per_million": 9.0, "output_per_million": 9.0})
        priced = count.run(first | {"name": "price", "models": [dearer]})
        needless = len(priced.embedded) + priced.retrievals + len(priced.generated) + priced.scores
        figures.append(_figure("e: anything, after a price was edited", needless, priced))
    return figures


def _is_part(text: str, flat: str) -> bool:
    """Whether a chunk's words are some of the document's, whatever became of its line breaks."""
    return " ".join(text.split()) in flat


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
