"""Opens the metrics of ragas, and passes their calls to given functions. Only this module imports ragas.
Knows nothing about servers, prices and storage: its callers pass functions that ask and embed."""

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

# (prompt, model of the reply, how often this prompt was sent before) → the reply.
Ask = Callable[[str, type[BaseModel], int], Awaitable[BaseModel]]
# Texts → their vectors, [texts, dimensions].
Embed = Callable[[Sequence[str]], Awaitable[Any]]
# Input of a metric → the name of ragas's argument.
ARGUMENTS = {
    "question": "user_input",
    "answer": "response",
    "passages": "retrieved_contexts",
    "reference": "reference",
}


def ragas_version() -> str:
    """Return the version of the installed ragas. Raises PackageNotFoundError when it is not installed."""
    return version("ragas")


def open_string_metric(name: str) -> Any:
    """Return one of ragas's metrics that need no model, by its class name."""
    import ragas.metrics.collections as metrics

    rouge = {"rouge_type": "rougeL", "mode": "fmeasure"} if name == "RougeScore" else {}
    return getattr(metrics, name)(**rouge)


@dataclass(frozen=True)
class _Library:
    """Classes of ragas, extended to call the functions that they are given."""

    llm: Any
    """Takes an Ask."""
    embeddings: Any
    """Takes an Embed."""


@cache
def load() -> _Library:
    """Import ragas. The first call takes seconds; make it in a thread."""
    from workbench.settings import quieten_libraries

    quieten_libraries()
    from ragas.embeddings.base import BaseRagasEmbedding
    from ragas.llms.base import InstructorBaseRagasLLM

    class CallbackLLM(InstructorBaseRagasLLM):  # type: ignore[misc]
        """A model in the interface of ragas. It has no client, no cache and no retries; it calls `ask`."""

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

    class CallbackEmbeddings(BaseRagasEmbedding):  # type: ignore[misc]
        """An embedding model in the interface of ragas; it calls `embed`."""

        def __init__(self, embed: Embed) -> None:
            super().__init__()
            self._embed = embed

        def embed_text(self, text: str, **_: Any) -> list[float]:
            raise TypeError("asked in an event loop only")

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            return (await self.aembed_texts([text]))[0]

        async def aembed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
            return [[float(x) for x in row] for row in await self._embed(texts)]

    return _Library(CallbackLLM, CallbackEmbeddings)


def _open(metric: JudgedMetric, ask: Ask, embed: Embed, samples: int) -> Any:
    """The metric of ragas; `samples` is used by metrics that take samples."""
    library = load()
    llm = library.llm(ask)
    if metric.samples:
        return metric.load()(llm=llm, embeddings=library.embeddings(embed), strictness=samples)
    return metric.load()(llm=llm)


async def _never(*_: Any) -> Any:
    raise TypeError("not to be asked")


@cache
def prompts_hash(metric: JudgedMetric) -> str:
    """Return the fingerprint of ragas's version and the texts of all prompts of the metric."""
    prompts: dict[str, Any] = {}
    for key, value in sorted(vars(_open(metric, _never, _never, 1)).items()):
        shape = getattr(value, "input_model", None)
        if shape is not None:
            prompts[key] = value.to_string(shape.model_construct(**_samples(shape)))
    return fingerprint(ragas_version(), prompts)


def _samples(shape: type[BaseModel]) -> dict[str, Any]:
    """A fixed input for a prompt: the value of a field is its name, or a level or a list where required."""
    levels = {"atomicity": "low", "coverage": "low"}
    return {f: levels.get(f, [f] if f == "statements" else f) for f in shape.model_fields}


def _arguments(metric: JudgedMetric, context: AnswerContext) -> dict[str, Any]:
    """The metric's inputs under ragas's names; of the references the first."""
    inputs = {
        "question": context.conversation,
        "answer": context.answer,
        "passages": context.shown,
        "reference": context.references[0] if context.references else None,
    }
    return {ARGUMENTS[part]: inputs[part] for part in metric.looks_at}


@dataclass(frozen=True)
class Measured:
    """A metric's value for one answer."""

    value: float
    """The value as ragas computed it; it may be NaN."""
    replies: tuple[BaseModel, ...]
    """The judge's replies, in order."""


async def measure(
    metric: JudgedMetric, context: AnswerContext, ask: Ask, embed: Embed, *, samples: int
) -> Measured:
    """Compute one of ragas's judged metrics for one answer.

    samples: how often a metric with samples sends its prompt.
    Exceptions of `ask` and `embed` are passed on.
    """
    opened = _open(metric, ask, embed, samples)
    result = await opened.ascore(**_arguments(metric, context))
    return Measured(float(result.value), tuple(opened.llm.replies))
