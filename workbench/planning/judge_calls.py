"""How many calls the judges of an experiment will get at most, and what is stored of them.
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
    """calls, stored: of one score, at most; replies that cannot be read and are asked for again not counted.
    scores_stored: scores that are there.  tokens: of one call's prompt, about."""

    score: JudgedScore
    calls: int
    stored: int
    scores_stored: int
    tokens: int

    @property
    def left(self) -> int:
        return self.calls - self.stored


def judge_work(
    prepared: Prepared, store: Store, *, searched: int, share: float, final_answers: int
) -> Iterator[JudgeWork]:
    """searched: search questions a configuration.  share: of the grid's answers, what the search asks for at
    most.  final_answers: of the finalists, held out."""
    configs = prepared.space.configs
    repeats = prepared.experiment.repeats
    for score in prepared.judged:
        stored = count_judged(store, (c.id for c in configs), score.name, judge_key(score))
        calls = done = scores = 0
        for group in _groups(configs):
            # Without a look at the answer, all configurations of one retrieval share the verdict.
            shared = "answer" not in score.metric.looks_at
            each = most_calls(score, group[0].retrieval.top_k)
            pieces = searched if shared else searched * repeats * len(group)
            have = [min(stored.get(c.id, 0), searched * repeats) for c in group]
            calls += pieces * each
            done += min(pieces, max(have) if shared else sum(have)) * each
            scores += sum(have)
        calls = math.ceil(calls * share)
        done = min(done, calls)
        widest = max(configs, key=lambda c: c.retrieval.top_k).retrieval
        calls += final_answers * most_calls(score, widest.top_k)
        tokens = INSTRUCTION_TOKENS
        if "passages" in score.metric.looks_at:
            tokens += widest.chunk_tokens * (1 if score.metric.reads_one_passage else widest.top_k)
        yield JudgeWork(score, calls, done, scores, tokens)


def _groups(configs: Sequence[Config]) -> list[list[Config]]:
    by_retrieval: dict[int, list[Config]] = {}
    for config in configs:
        by_retrieval.setdefault(id(config.retrieval), []).append(config)
    return list(by_retrieval.values())
