"""Counts the calls that the judges of an experiment get at most, and how many of them are stored.
Knows nothing about prices, nor about any other stage."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.judges.judge_scores import judge_key
from workbench.planning.preparation import Prepared
from workbench.scoring.judged import JudgedScore, most_calls
from workbench.space.config import Config
from workbench.store.database import Store
from workbench.store.judge_summaries import count_judged

# ragas's instructions with their examples, and an answer with its statements.
INSTRUCTION_TOKENS = 800
MOST_OUTPUT_TOKENS = 800


@dataclass(frozen=True)
class JudgeWork:
    """The calls of one judged score. Retries after replies that cannot be parsed are not counted."""

    score: JudgedScore
    calls: int
    """The most calls that it takes."""
    stored: int
    """How many of these calls are stored."""
    scores_stored: int
    """How many of the scores are stored."""
    tokens: int
    """About how many tokens the prompt of one call has."""

    @property
    def left(self) -> int:
        """The calls that are not stored."""
        return self.calls - self.stored


def judge_work(
    prepared: Prepared, store: Store, *, searched: int, share: float, final_answers: int
) -> Iterator[JudgeWork]:
    """The work of each judged score.

    searched: selection questions per configuration.
    share: the largest share of the grid's answers that the search asks for.
    final_answers: answers of the finalists to held-out questions.
    """
    configs = prepared.space.configs
    repeats = prepared.experiment.repeats
    for score in prepared.judged:
        scored_by_config = count_judged(store, (c.id for c in configs), score.name, judge_key(score))
        calls = stored_calls = scores = 0
        for group in _groups(configs):
            # A verdict that does not depend on the answer is shared by all configurations of one retrieval.
            is_shared = "answer" not in score.metric.looks_at
            calls_per_piece = most_calls(score, group[0].retrieval.top_k)
            distinct_pieces = searched if is_shared else searched * repeats * len(group)
            scored = [min(scored_by_config.get(c.id, 0), searched * repeats) for c in group]
            calls += distinct_pieces * calls_per_piece
            stored_calls += min(distinct_pieces, max(scored) if is_shared else sum(scored)) * calls_per_piece
            scores += sum(scored)
        calls = math.ceil(calls * share)
        stored_calls = min(stored_calls, calls)
        calls += final_answers * most_calls(score, max(c.retrieval.top_k for c in configs))
        tokens = INSTRUCTION_TOKENS
        if "passages" in score.metric.looks_at:
            one = score.metric.reads_one_passage
            retrievals = [c.retrieval for c in configs]
            tokens += max(r.tokens_per_passage if one else r.tokens_of_passages for r in retrievals)
        yield JudgeWork(score, calls, stored_calls, scores, tokens)


def _groups(configs: Sequence[Config]) -> list[list[Config]]:
    """The configurations grouped by retrieval; a system and a route have their own."""
    by_retrieval: dict[int, list[Config]] = {}
    for config in configs:
        of = config.model if config.system or config.route else config.retrieval
        by_retrieval.setdefault(id(of), []).append(config)
    return list(by_retrieval.values())
