"""Makes of each question what is searched for: its texts, and the condition on documents.
Knows nothing about searching."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.corpus.types import AskedQuestion
from workbench.errors import ProviderError
from workbench.input.conditions import Condition
from workbench.pipeline.asker import Asker
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.filtering import FilterContext, fixed_condition
from workbench.pipeline.helping_calls import Meter, add_costs, flags_of_failure
from workbench.pipeline.query_history import with_history
from workbench.pipeline.stage_context import TransformContext
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True)
class SearchText:
    """The text or the texts that are searched for to answer a question."""

    question: str
    """What the reranker judges passages by: the question, or what was made of a follow-up question."""
    texts: tuple[str, ...]
    """The question itself, or what the query transform made of it: one text at least, each once. A reranker
    that compares vectors reads the first."""
    seconds: float = 0.0
    """How long the transform's calls took."""
    cost_usd: float | None = 0.0
    """What they cost in US dollars; None when one of them has no price."""
    flags: tuple[str, ...] = ()
    """"query_failed", and why, when the transform's model failed. Then the question itself is searched for, a
    follow-up question with what the user said before it. "filter_failed" likewise when no condition could be
    derived: all documents are searched."""
    condition: Condition | None = None
    """What the metadata of the documents must be; None where all are searched."""


async def transform_questions(
    retrieval: Retrieval, questions: Sequence[str | AskedQuestion], asker: Asker
) -> list[SearchText | ProviderError]:
    """The search text for each question, or the error of its query transform."""
    asked = [AskedQuestion.of(question) for question in questions]
    chosen = retrieval.transforming
    part = chosen.part
    if part.function is None:
        return [SearchText(question.text, (question.text,)) for question in asked]
    transform = part.load()

    async def transform_one(question: AskedQuestion) -> SearchText | ProviderError:
        if part.for_follow_ups and not question.history:
            return SearchText(question.text, (question.text,))
        meter = Meter(asker, retrieval.query_model, part.call_kind)
        context = TransformContext(meter.ask, question.history)
        flags: tuple[str, ...] = ()
        try:
            made = await transform(question.text, context, **chosen.arguments)
        except ProviderError as error:
            flags = flags_of_failure("query", error)
            if not flags:
                return ProviderError(f"Query transform: {error}", kind=error.kind)
            made = with_history(question.text, question.history) if part.for_follow_ups else question.text
        texts = (made,) if isinstance(made, str) else tuple(dict.fromkeys(filter(str.strip, made)))
        texts = texts or (question.text,)
        judged_by = texts[0] if part.for_follow_ups else question.text
        return SearchText(judged_by, texts, meter.seconds, meter.cost_usd, flags)

    return await gather_all([transform_one(question) for question in asked])


async def filter_questions(
    opener: CorpusOpener,
    retrieval: Retrieval,
    questions: Sequence[str | AskedQuestion],
    searches: Sequence[SearchText | ProviderError],
    asker: Asker,
) -> list[SearchText | ProviderError]:
    """The search texts with the conditions under which they are searched for."""
    chosen = retrieval.filtering
    asked = [AskedQuestion.of(question) for question in questions]
    if not chosen.part.calls:
        return [
            replace(item, condition=fixed_condition(retrieval, question))
            if isinstance(item, SearchText)
            else item
            for item, question in zip(searches, asked, strict=True)
        ]
    derive = chosen.part.load()
    metadata = await asyncio.to_thread(lambda: opener.keys.metadata)

    async def filter_one(
        question: AskedQuestion, item: SearchText | ProviderError
    ) -> SearchText | ProviderError:
        if isinstance(item, ProviderError):
            return item
        meter = Meter(asker, retrieval.query_model, "filter")
        condition: Condition | None = None
        flags: tuple[str, ...] = ()
        try:
            context = FilterContext(meter.ask, metadata)
            condition = await derive(question, context, **chosen.arguments)
        except ProviderError as error:
            flags = flags_of_failure("query", error)  # the query model's, whatever it is asked
            if not flags:
                return ProviderError(f"Filter: {error}", kind=error.kind)
            flags = ("filter_failed", *flags[1:])
        cost = add_costs(item.cost_usd, meter.cost_usd)
        seconds = item.seconds + meter.seconds
        return replace(item, condition=condition, seconds=seconds, cost_usd=cost, flags=(*item.flags, *flags))

    return await gather_all([filter_one(*pair) for pair in zip(asked, searches, strict=True)])
