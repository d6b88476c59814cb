"""Answers one question by a route: a router's choice of an end, or a cascade's ends one after the other.
Knows nothing about how an end answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.corpus.types import AskedQuestion
from workbench.errors import ProviderError
from workbench.pipeline.asker import Asker
from workbench.pipeline.fingerprints import group
from workbench.pipeline.helping_calls import add_costs
from workbench.pipeline.question_features import choose_ends
from workbench.pipeline.retrieval_features import found_of
from workbench.providers.types import Usage
from workbench.replies.thinking import SplitReply
from workbench.scoring.grounding import score_grounding
from workbench.scoring.route_signals import ESCALATED, measure_signals
from workbench.space.route import Route

if TYPE_CHECKING:
    from workbench.ship.serving import AnswerOptions, LivePipeline, Unscored


async def answer_by_route(
    route: Route,
    ends: Sequence[LivePipeline],
    asked: AskedQuestion,
    asker: Asker,
    options: AnswerOptions,
) -> Unscored:
    """The answer of the end that the rule takes, with the cost and the tokens of every call.

    A cascade shows nothing of its cheap answer before it is sure to keep it.
    """
    cheap, strong = ends
    if route.kind == "router":
        return await _answer_by_router(route, ends, asked, asker, options)
    on_hits, on_text = options.get("on_hits"), options.get("on_text")
    unheard: AnswerOptions = {**options, "on_hits": None, "on_text": None}
    try:
        first = await cheap.answer_unscored(asked, asker, **unheard)
    except ProviderError:  # the strong end may be able to
        first = None
    if first is not None and not await asyncio.to_thread(_must_escalate, route, asked, first):
        if on_hits is not None:
            on_hits(first.hits)
        if on_text is not None:
            on_text(SplitReply(first.text, first.thinking))
        return replace(first, end=cheap.config.name)
    second = await strong.answer_unscored(asked, asker, **options)
    second = replace(second, flags=(*second.flags, ESCALATED), end=strong.config.name)
    return second if first is None else _with_first(second, first)


async def _answer_by_router(
    route: Route,
    ends: Sequence[LivePipeline],
    asked: AskedQuestion,
    asker: Asker,
    options: AnswerOptions,
) -> Unscored:
    """What the cheap end retrieves is retrieved once, also for a strong end that retrieves alike."""
    cheap, strong = ends
    ranking, found, started = None, None, time.perf_counter()
    if route.weights.retrieval:
        try:
            ranking, hits = await cheap.look(asked, asker)
            found = [found_of(hits)]
        except ProviderError:  # the strong end may retrieve by other means
            found = [[]]
    [to_strong] = await asyncio.to_thread(choose_ends, route, [asked], found)
    seconds = time.perf_counter() - started
    end = strong if to_strong else cheap
    is_alike = group(end.config.retrieval) == group(cheap.config.retrieval)
    looked: AnswerOptions = {**options, "ranking": ranking if is_alike else None}
    served = await end.answer_unscored(asked, asker, **looked)
    cost = served.cost_usd
    if ranking is not None and not is_alike:
        cost = add_costs(cost, ranking.cost_usd)
    return replace(
        served,
        flags=(*served.flags, ESCALATED) if to_strong else served.flags,
        end=end.config.name,
        cost_usd=cost,
        seconds=served.seconds + seconds,
        stage_seconds={**served.stage_seconds, "choose": seconds},
    )


def _must_escalate(route: Route, asked: AskedQuestion, first: Unscored) -> bool:
    passages, grounding = [hit.chunk.text for hit in first.hits], None
    if route.escalate_when.grounding_below is not None:
        titles = [hit.chunk.title for hit in first.hits]
        headers = [hit.chunk.header for hit in first.hits]
        grounding = score_grounding(first.text, passages, asked.text, titles, headers).value
    signals = measure_signals(asked.text, first.text, passages, grounding)
    return bool(route.escalate_when.reasons(signals.grounding, signals.declined, signals.coverage))


def _with_first(second: Unscored, first: Unscored) -> Unscored:
    """The strong answer with what the cheap one took."""
    one, two = first.usage, second.usage
    return replace(
        second,
        usage=Usage(
            input=one.input + two.input,
            output=one.output + two.output,
            cached=one.cached + two.cached,
            reasoning=one.reasoning + two.reasoning,
            estimated=one.estimated or two.estimated,
            searches=one.searches + two.searches,
        ),
        cost_usd=add_costs(first.cost_usd, second.cost_usd),
        seconds=first.seconds + second.seconds,
        stored=first.stored and second.stored,
        stage_seconds={**second.stage_seconds, "cheap_end": first.seconds},
    )
