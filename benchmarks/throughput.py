"""How much of a model server's speed an experiment gets, beside a bare loop and a plain LlamaIndex loop.
Knows nothing about how the engine works: it runs experiments through workbench.api.

    python -m benchmarks.throughput      about two minutes
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import (
    CORPUS,
    experiment,
    mean,
    prompts,
    retrieval,
    run_here,
    served_model,
    workplace,
)

LATENCY_SECONDS = 0.2
CONCURRENCY = 32
ROUNDS = 2
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


def bare_seconds(base_url: str, bodies: list[dict[str, Any]]) -> float:
    """Wall seconds of the openai SDK alone, making these calls at the same concurrency."""
    started = time.perf_counter()
    asyncio.run(_ask_all(base_url, bodies))
    return time.perf_counter() - started


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
    ratios, ideals, ours_per_answer = [], [], []
    with LatencyServer(latency_seconds=LATENCY_SECONDS, keep_bodies=True) as server, workplace() as place:
        models = [served_model(server.base_url, served) for served in ("stub-a", "stub-b")]
        # Chunks, vectors and indexes are there before the clock runs, as the bar has it; no answer is.
        warm = {"prompts": ["short"], "models": ["embedded/extractive"], "questions": {"limit": 1}}
        run_here(place, experiment(name="warm", retrieval=RETRIEVALS, **warm))
        for number in range(rounds):
            server.behave(latency_seconds=LATENCY_SECONDS, keep_bodies=True)
            content = experiment(
                name=f"round-{number}", prompts=prompts(4, f"r{number}-"), retrieval=RETRIEVALS,
                models=models, questions={"limit": questions},
            )  # fmt: skip
            at = time.process_time()
            status, ours = run_here(place, content)
            spent = time.process_time() - at
            bodies = server.bodies()
            at = time.process_time()
            bare = bare_seconds(server.base_url, bodies)
            work = (spent / len(bodies) * 1000, (time.process_time() - at) / len(bodies) * 1000)
            ideal = len(bodies) * LATENCY_SECONDS / CONCURRENCY
            say(
                f"{status['answers']} answers, {len(bodies)} distinct calls: ours {ours:.1f} s, "
                f"bare loop {bare:.1f} s, ideal {ideal:.1f} s; "
                f"processor {work[0]:.1f} and {work[1]:.1f} ms a call"
            )
            ratios.append(ours / bare)
            ideals.append(ours / ideal)
            ours_per_answer.append(ours / status["answers"])
        theirs = llamaindex_seconds(server.base_url, 2, _questions(4 if options.quick else 20))
    say(f"LlamaIndex: {theirs * 1000:.0f} ms an answer, ours {mean(ours_per_answer) * 1000:.1f} ms")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    note = (
        f"rounds {each}; ours is {mean(ideals):.2f} of the ideal {ideal:.1f} s; "
        f"processor {work[0]:.1f} and {work[1]:.1f} ms a call"
    )
    times = f"{theirs * 1000:.0f} ms against {mean(ours_per_answer) * 1000:.1f} ms"
    faster = theirs / mean(ours_per_answer)
    return [
        Figure("wall time, of a bare openai loop's", mean(ratios), bar=1.35, at_most=True, note=note),
        Figure("times faster an answer than LlamaIndex's loop", faster, bar=15, digits=1, note=times),
    ]


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
