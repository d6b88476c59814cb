"""The one importer of ragas: opens its metrics, and lets those that need a model ask through us.
Knows nothing about servers, money or storage: it is given functions that ask and embed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel

from workbench.fingerprint import fingerprint
from workbench.parts.part import JudgedMetric
from workbench.scoring.types import AnswerContext

# (prompt, shape of the reply, how often this prompt was asked before) → the reply in that shape.
Ask = Callable[[str, type[BaseModel], int], Awaitable[BaseModel]]
Embed = Callable[[Sequence[str]], Awaitable[Any]]
# What a metric looks at, under ragas's names.
ARGUMENTS = {
    "question": "user_input",
    "answer": "response",
    "passages": "retrieved_contexts",
    "reference": "reference",
}


def ragas_version() -> str:
    return version("ragas")


def open_string_metric(name: str) -> Any:
    """One of ragas's metrics that need no model, by its class name."""
    import ragas.metrics.collections as metrics

    rouge = {"rouge_type": "rougeL", "mode": "fmeasure"} if name == "RougeScore" else {}
    return getattr(metrics, name)(**rouge)


@dataclass(frozen=True)
class _Library:
    llm: Any
    embeddings: Any


@cache
def load() -> _Library:
    """Import ragas, which takes seconds: call it from a thread first."""
    from workbench.settings import quieten_libraries

    quieten_libraries()
    from ragas.embeddings.base import BaseRagasEmbedding
    from ragas.llms.base import InstructorBaseRagasLLM

    class AskingLLM(InstructorBaseRagasLLM):  # type: ignore[misc]
        """ragas's idea of a model, which sends nothing itself: no client, no cache, no retries of its own."""

        def __init__(self, ask: Ask) -> None:
            self._ask = ask
            self._times: dict[str, int] = {}
            self.replies: list[BaseModel] = []

        def generate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
            raise TypeError("asked in an event loop only")

        async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
            before = self._times.get(prompt, 0)
            self._times[prompt] = before + 1
            reply = await self._ask(prompt, response_model, before)
            self.replies.append(reply)
            return reply

    class OwnEmbeddings(BaseRagasEmbedding):  # type: ignore[misc]
        def __init__(self, embed: Embed) -> None:
            super().__init__()
            self._embed = embed

        def embed_text(self, text: str, **_: Any) -> list[float]:
            raise TypeError("asked in an event loop only")

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            return (await self.aembed_texts([text]))[0]

        async def aembed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
            return [[float(x) for x in row] for row in await self._embed(texts)]

    return _Library(AskingLLM, OwnEmbeddings)


def _open(metric: JudgedMetric, ask: Ask, embed: Embed, samples: int) -> Any:
    library = load()
    llm = library.llm(ask)
    if metric.samples:
        return metric.load()(llm=llm, embeddings=library.embeddings(embed), strictness=samples)
    return metric.load()(llm=llm)


async def _never(*_: Any) -> Any:
    raise TypeError("not to be asked")


@cache
def prompts_hash(metric: JudgedMetric) -> str:
    """Of every prompt the metric has, as its text stands in this version of ragas with these settings."""
    found: dict[str, Any] = {}
    for key, value in sorted(vars(_open(metric, _never, _never, 1)).items()):
        shape = getattr(value, "input_model", None)
        if shape is not None:
            found[key] = value.to_string(shape.model_construct(**_samples(shape)))
    return fingerprint(ragas_version(), found)


def _samples(shape: type[BaseModel]) -> dict[str, Any]:
    """A fixed input for a prompt: each field its own name, a level or a list where it must be one."""
    levels = {"atomicity": "low", "coverage": "low"}
    return {f: levels.get(f, [f] if f == "statements" else f) for f in shape.model_fields}


def _arguments(metric: JudgedMetric, context: AnswerContext) -> dict[str, Any]:
    given = {
        "question": context.question,
        "answer": context.answer,
        "passages": [p.text for p in context.passages],
        "reference": context.references[0] if context.references else None,
    }
    return {ARGUMENTS[part]: given[part] for part in metric.looks_at}


@dataclass(frozen=True)
class Measured:
    """value: as ragas has it, maybe NaN.  replies: what the judge said, in order."""

    value: float
    replies: tuple[BaseModel, ...]


async def measure(
    metric: JudgedMetric, context: AnswerContext, ask: Ask, embed: Embed, *, samples: int
) -> Measured:
    """One of ragas's judged metrics for one answer. What `ask` raises comes through."""
    opened = _open(metric, ask, embed, samples)
    result = await opened.ascore(**_arguments(metric, context))
    return Measured(float(result.value), tuple(opened.llm.replies))
