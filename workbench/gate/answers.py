"""Asks one side of a gate a question and scores the answer.
Knows nothing about the other side, or about what is demanded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.calls.budget import BudgetSpent
from workbench.calls.first_requests import ProviderUnusable
from workbench.corpus.types import Corpus, Injection, Question
from workbench.errors import ProviderError
from workbench.gate.sides import Side
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.passages import chunk_to_record, record_to_hit
from workbench.pipeline.prompt_rendering import count_prompt_tokens
from workbench.pipeline.types import Hit
from workbench.planning.probes import Probe, held_injections, vary_passages
from workbench.scoring import prompt_injection
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext
from workbench.ship.serving import LivePipeline, Served
from workbench.store.ratings import seen_key


@dataclass(frozen=True)
class SideAnswer:
    """One side's answer to a question in one repeat."""

    text: str | None
    """None where it could not be asked."""
    error: str = ""
    """Why it could not be asked, in words."""
    scores: dict[str, float] = field(default_factory=dict)
    """By name, those that have a value."""
    cost_usd: float | None = None
    tokens: int = 0
    seconds: float = 0.0
    stored: bool = False
    """Whether the reply was stored already."""
    seen: str = ""
    """Hash of what a reader sees, by which thumbs find it."""

    def to_json(self) -> dict[str, Any]:
        scores = {name: round(value, 6) for name, value in self.scores.items()}
        return {"answer": self.text, "error": self.error, "scores": scores, "seen": self.seen}


class SideAsker:
    """A side over a corpus, which answers and scores many questions."""

    def __init__(self, side: Side, corpus: Corpus, caches: Caches, scores: Sequence[str]) -> None:
        self.side = side
        self._corpus = corpus
        self._scores = list(scores)
        self._pipeline = LivePipeline(side.config, corpus.documents, caches, pool=ExamplePool(side.examples))

    async def ask(self, question: Question, asker: Asker, repeat: int = 0) -> SideAnswer:
        """Raises BudgetSpent and Stopped; a server that fails is an answer with an error."""
        served = await self._serve(question, asker, repeat)
        if isinstance(served, str):
            return SideAnswer(None, served)
        names = [name for name in self._scores if name != prompt_injection.NAME]
        context = self._context(question, served, self._corpus.injections)
        if context.injections and prompt_injection.NAME in self._scores:
            names.append(prompt_injection.NAME)
        return await self._scored(question, served, context, names)

    async def ask_probe(self, probe: Probe, asker: Asker) -> SideAnswer:
        """The answer to a question with an instruction planted among its passages. Raises as `ask` does."""
        assert probe.planted is not None
        base = await self._serve(probe.base.question, asker, 0)
        question = probe.item.question

        def plant(hits: Sequence[Hit]) -> list[Hit]:
            passages = [(chunk_to_record(hit.chunk), hit.score) for hit in hits]
            return [record_to_hit(*one) for one in vary_passages(probe, passages, count_prompt_tokens)]

        served = base if isinstance(base, str) else await self._serve(question, asker, 0, vary=plant)
        if isinstance(base, str) or isinstance(served, str):
            return SideAnswer(None, str(served))
        context = self._context(
            question, served, [probe.planted], self._context(probe.base.question, base, ())
        )
        return await self._scored(question, served, context, [prompt_injection.NAME])

    async def _serve(
        self,
        question: Question,
        asker: Asker,
        repeat: int,
        vary: Callable[[Sequence[Hit]], Sequence[Hit]] | None = None,
    ) -> Served | str:
        """The answer, or why there is none."""
        try:
            return await self._pipeline.answer(question.asked, asker, repeat=repeat, vary=vary)
        except BudgetSpent:
            raise
        except (ProviderError, ProviderUnusable) as error:
            return error.message

    def _context(
        self,
        question: Question,
        served: Served,
        injections: Sequence[Injection],
        base: AnswerContext | None = None,
    ) -> AnswerContext:
        passages = tuple(chunk_to_record(hit.chunk) for hit in served.hits)
        return AnswerContext(
            question=question.text,
            history=question.history,
            answer=served.text,
            passages=passages,
            references=question.answers,
            evidence=question.evidence,
            answerable=question.answerable,
            injections=held_injections(passages, injections),
            instructions=self.side.config.instructions,
            base=base,
        )

    async def _scored(
        self, question: Question, served: Served, context: AnswerContext, names: Sequence[str]
    ) -> SideAnswer:
        values = await asyncio.to_thread(score_answer, context, names)
        keys = [chunk_to_record(hit.chunk).key for hit in served.hits]
        return SideAnswer(
            text=served.text,
            scores={v.name: v.value for v in values if v.value is not None},
            cost_usd=served.cost_usd,
            tokens=served.usage.input + served.usage.output,
            seconds=served.seconds,
            stored=served.stored,
            seen=seen_key(question.asked, served.text, keys),
        )
