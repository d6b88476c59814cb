"""How much processor time and wall time an experiment takes, beside a bare loop and a plain LlamaIndex loop.
Knows nothing about how the engine works: it runs experiments through workbench.api.

    python -m benchmarks.throughput      about three minutes
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import (
    CORPUS,
    Workplace,
    experiment,
    prompts,
    retrieval,
    run_here,
    served_model,
    workplace,
)

LATENCY_SECONDS = 0.2
CONCURRENCY = 32
ROUNDS = 3
RETRIEVALS = retrieval(chunk_tokens=[64, 128], retriever=["dense", "keyword", "hybrid"])
QUESTIONS = 50


async def _ask_all(base_url: str, bodies: list[dict[str, Any]]) -> None:
    from openai import AsyncOpenAI

    places = asyncio.Semaphore(CONCURRENCY)
    async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with places:
                await client.chat.completions.create(**body)

        await asyncio.gather(*(ask(body) for body in bodies))


@dataclass(frozen=True, slots=True)
class Round:
    """The same calls made by an experiment and, right after it, by the openai SDK alone."""

    answers: int
    """Of the experiment; trials that make the same request share its call."""
    calls: int
    """Distinct requests, each made once by either."""
    ours: float
    """Wall seconds of the experiment, from its file to its leaderboard."""
    bare: float
    """Wall seconds of the SDK's loop at the same concurrency."""
    ours_ms: float
    """Processor time per call of the experiment's process, in milliseconds."""
    bare_ms: float
    """Processor time per call of the SDK's loop, in milliseconds."""
    statistics_ms: float
    """Processor time per call of the process that works out intervals and comparisons."""

    @property
    def processor_ratio(self) -> float:
        return self.ours_ms / self.bare_ms

    @property
    def wall_ratio(self) -> float:
        return self.ours / self.bare

    @property
    def ideal(self) -> float:
        """Wall seconds that no client can go below."""
        return self.calls * LATENCY_SECONDS / CONCURRENCY

    @property
    def in_words(self) -> str:
        return (
            f"{self.answers} answers, {self.calls} distinct calls: ours {self.ours:.1f} s, "
            f"bare loop {self.bare:.1f} s, ideal {self.ideal:.1f} s; processor {self.ours_ms:.2f} and "
            f"{self.bare_ms:.2f} ms per call, and {self.statistics_ms:.2f} ms for statistics"
        )


def _children_seconds() -> float:
    """Processor time of the processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_round(place: Workplace, server: LatencyServer, content: dict[str, Any]) -> Round:
    server.behave(latency_seconds=LATENCY_SECONDS, keep_bodies=True)
    processor, children = time.process_time(), _children_seconds()
    status, ours = run_here(place, content)
    processor, children = time.process_time() - processor, _children_seconds() - children
    bodies = server.bodies()
    calls = len(bodies)
    bare_processor, started = time.process_time(), time.perf_counter()
    asyncio.run(_ask_all(server.base_url, bodies))
    bare, bare_processor = time.perf_counter() - started, time.process_time() - bare_processor
    each_ms = [seconds / calls * 1000 for seconds in (processor, bare_processor, children)]
    return Round(status["answers"], calls, ours, bare, *each_ms)


def llamaindex_seconds(base_url: str, configurations: int, questions: list[str]) -> float:
    """Wall seconds an answer of the loop that LlamaIndex's documentation shows, its index built already.

    The same encoder, served model, passages a prompt and length of reply as the experiment's.
    """
    from llama_index.core import PromptTemplate, SimpleDirectoryReader, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.node_parser import MarkdownNodeParser
    from llama_index.llms.openai_like import OpenAILike

    from workbench.providers.embedded.embeddings import EmbeddedEmbeddings

    encoder = EmbeddedEmbeddings()

    class Encoder(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(x) for x in asyncio.run(encoder.embed([text])).vectors[0]]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return [float(x) for x in (await encoder.embed([query])).vectors[0]]

    documents = SimpleDirectoryReader(str(CORPUS / "documents"), required_exts=[".md"]).load_data()
    index = VectorStoreIndex.from_documents(
        documents, embed_model=Encoder(), transformations=[MarkdownNodeParser()]
    )
    llm = OpenAILike(
        model="stub-a", api_base=base_url, api_key="none", is_chat_model=True, context_window=8000,
        max_tokens=60, max_retries=0,
    )  # fmt: skip
    started = time.perf_counter()
    for number in range(configurations):
        template = PromptTemplate(
            f"Passages:\n\n{{context_str}}\n\nQuestion: {{query_str}}\n\nAnswer in the manner {number}."
        )
        engine = index.as_query_engine(llm=llm, similarity_top_k=4, text_qa_template=template)
        for question in questions:
            engine.query(question)
    return (time.perf_counter() - started) / (configurations * len(questions))


def _questions(count: int) -> list[str]:
    from workbench.corpus.corpus import load_corpus

    return [q.text for q in load_corpus(str(CORPUS), CORPUS.parent).questions[:count]]


def measure(options: argparse.Namespace) -> list[Figure]:
    os.environ["WORKBENCH_COMPUTE_USD_PER_HOUR"] = "0"
    questions, rounds = (10, 1) if options.quick else (QUESTIONS, ROUNDS)
    done = []
    with LatencyServer(latency_seconds=LATENCY_SECONDS, keep_bodies=True) as server, workplace() as place:
        models = [served_model(server.base_url, served) for served in ("stub-a", "stub-b")]
        # Chunks, vectors and indexes are there before the clock runs, as the bar has it; no answer is.
        warm = {"prompts": ["short"], "models": ["embedded/extractive"], "questions": {"limit": 1}}
        run_here(place, experiment(name="warm", retrieval=RETRIEVALS, **warm))
        for number in range(rounds):
            content = experiment(
                name=f"round-{number}", prompts=prompts(4, f"r{number}-"), retrieval=RETRIEVALS,
                models=models, questions={"limit": questions},
            )  # fmt: skip
            done.append(run_round(place, server, content))
            say(done[-1].in_words)
        theirs = llamaindex_seconds(server.base_url, 2, _questions(4 if options.quick else 20))
    return _figures(done, theirs)


def _figures(done: list[Round], theirs: float) -> list[Figure]:
    """theirs: seconds per answer of LlamaIndex's loop."""
    each = median(r.ours / r.answers for r in done)
    say(f"LlamaIndex: {theirs * 1000:.0f} ms per answer, ours {each * 1000:.1f} ms")
    processor = (
        f"rounds {', '.join(f'{r.processor_ratio:.2f}' for r in done)}; "
        f"{median(r.ours_ms for r in done):.2f} against {median(r.bare_ms for r in done):.2f} ms per call; "
        f"{median(r.statistics_ms for r in done):.2f} ms in the process for statistics"
    )
    wall = (
        f"rounds {', '.join(f'{r.wall_ratio:.2f}' for r in done)}; "
        f"ours is {median(r.ours / r.ideal for r in done):.2f} of the ideal {done[0].ideal:.1f} s"
    )
    return [
        Figure(
            "processor time per call, of a bare openai loop's", median(r.processor_ratio for r in done),
            bar=2.0, at_most=True, note=processor,
        ),
        Figure(
            "wall time, of a bare openai loop's", median(r.wall_ratio for r in done),
            bar=1.35, at_most=True, note=wall,
        ),
        Figure(
            "times faster an answer than LlamaIndex's loop", theirs / each, bar=15, digits=1,
            note=f"{theirs * 1000:.0f} ms against {each * 1000:.1f} ms",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
