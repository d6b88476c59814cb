"""Our own search: a regression over knob settings and question difficulty says which answers to ask next.
Knows nothing about models, the store or how an answer comes about.

Configurations share knobs, so an answer tells about all configurations like the one that gave it, and two
answers to one question tell more about their difference than answers to two questions.
`gaussian_process.py` holds
the model (a Gaussian process over configurations, with a variance for every knob and every two knobs, for
what all questions share and for what is a question's own) and how its variances are learnt.

The search. First a thin random sample, every configuration and every question alike. Then, until the best few
are beyond doubt or the answers are spent: draw the means of all configurations from what is believed
(Thompson 1933); a configuration matters as often as it wins a draw; ask, one after another, the answers that
lower the weighted variance between those that matter most (a batch of a sequential, transductive A-optimal
design, as in Yu, Bi, Tresp 2006, "Active learning via transductive experimental design", with weights that
follow the draws, in the way of Russo 2016, "Simple Bayesian algorithms for best arm identification"). Last
the finalists, the few that together hold the best of a draw most surely, are asked everything, so that the
choice among them rests on answers, not on the regression; should they disappoint, the search goes on.

What it promises: nothing for certain. The regression can be wrong, and its doubt is by its own account.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from workbench.search.acquisition import choose
from workbench.search.kernel import find_likeness
from workbench.search.posterior import Expectation
from workbench.search.types import Ask, Evidence, Field, Step, Steps

Indices = NDArray[np.intp]
FEW = 8  # fewer configurations than this are all asked everything
MOST = 1500  # configurations that compete; of more, so many are drawn by the seed
MOST_MODELLED = 600  # that stay in the regression once the first sample has said which are hopeless
FINALISTS = 5
CONTENDERS = 64  # among which answers are chosen
MOST_CELLS = 32_000  # contenders × questions that are weighed: with many questions fewer contenders
# A smaller grid has the answers of one of so many configurations: telling the best few apart takes as many.
SMALL_GRID = 80
FIRST_SHARE = 0.01  # of the grid's answers, the first sample
FEWEST_ASKS = 64  # in a step, so that a server is kept busy
GROWTH = 8  # a step asks at least one answer for so many there are: few steps, where many answers are needed
ENOUGH = 0.01  # of an answer's standard deviation: the regret expected of the finalists at which it ends


def model(field: Field, *, answers: float = 0.2, finalists: int = FINALISTS) -> Steps:
    """answers: the most it may ask for, as a share of configurations × questions, finalists included; of a
    grid of fewer than 80 configurations, the share of 80 × questions.

    When the `finalists` best seem beyond doubt they are asked everything. It ends if the best of them then is
    as good as was expected, and goes on if not, while there are answers left. Where the share does not hold
    the finalists twice, there are fewer of them, one at least; and one is asked everything however small the
    share. Fewer than 8 configurations are all asked everything. Of more than 1,500 so many are
    drawn by the seed, and only those compete.
    """
    if field.configs < FEW:
        yield Step([Ask(c, range(field.questions)) for c in range(field.configs)])
        return
    # Python's own sample: its draws stay the same from version to version, which numpy does not promise.
    drawn = random.Random(field.seed).sample(range(field.configs), min(field.configs, MOST))
    rows = np.array(sorted(drawn), dtype=np.intp)
    left_out = f"not among the {MOST:,} configurations drawn by the seed"
    drops = dict.fromkeys(sorted(set(range(field.configs)) - set(drawn)), left_out)
    finalists, room = _split(len(rows), field.questions, answers, finalists)
    first = min(room, max(FEWEST_ASKS, int(FIRST_SHARE * len(rows) * field.questions)))
    evidence = yield Step(_asks(_thin_sample(rows, field.questions, first, field.seed)), drops)
    expectation = Expectation(find_likeness([field.knobs[c] for c in rows]), rows, evidence)
    at_once = max(16, min(CONTENDERS, MOST_CELLS // field.questions))
    while True:
        spent = int(evidence.asked.sum())
        prospect = expectation.prospect(finalists, np.random.default_rng([field.seed, spent]))
        enough = ENOUGH * expectation.deviation
        left = room - spent
        if left < FEWEST_ASKS or prospect.known_regret <= enough:
            break
        asks, drops = [], {}
        if prospect.regret > enough:
            contenders, importance = prospect.contenders[:at_once], prospect.importance[:at_once]
            count = min(max(FEWEST_ASKS, spent // GROWTH), left)
            unasked = expectation.unasked(contenders)
            belief, weights = expectation.worth.belief, importance / importance.sum()
            chosen = choose(belief, contenders, weights, unasked, count)
            asks = _asks((int(expectation.rows[place]), question) for place, question in chosen)
            drops = expectation.narrow(MOST_MODELLED, contenders)
        # Nothing more to learn, it seems: whether that is so, the first finalists show.
        asks = asks or _all_asks(expectation.rows[prospect.finalists], evidence, FEWEST_ASKS)
        if not asks:
            break
        evidence = yield Step(asks, drops)
        expectation.update(evidence)
    everything = len(rows) * field.questions
    asks = _all_asks(expectation.rows[prospect.finalists], evidence, everything)
    yield Step(asks, expectation.reasons(prospect.finalists))


def _all_asks(configs: Indices, evidence: Evidence, enough: int) -> list[Ask]:
    """Of these configurations, one after another, everything that they were not asked, until it is enough."""
    asks: list[Ask] = []
    for config in configs:
        unasked = np.flatnonzero(~evidence.asked[config]).tolist()
        if unasked and sum(len(ask.questions) for ask in asks) < enough:
            asks.append(Ask(int(config), unasked))
    return asks


def _split(configs: int, questions: int, answers: float, finalists: int) -> tuple[int, int]:
    """How many finalists there are, and how many answers may be asked for before the final."""
    most = min(configs * questions, int(answers * max(configs, SMALL_GRID) * questions))
    finalists = max(1, min(finalists, configs, most // (2 * questions), (most - FEWEST_ASKS) // questions))
    return finalists, max(most - finalists * questions, min(FEWEST_ASKS, configs * questions))


def count_model(configs: int, questions: int, *, answers: float = 0.2) -> tuple[int, int]:
    """(fewest, most) answers that `model` asks for."""
    if configs < FEW:
        return configs * questions, configs * questions
    grid = min(configs, MOST) * questions
    finalists, room = _split(min(configs, MOST), questions, answers, FINALISTS)
    first = min(room, max(FEWEST_ASKS, int(FIRST_SHARE * grid)))
    return min(grid, max(first, finalists * questions)), min(grid, room + finalists * questions)


def _asks(pairs: Iterable[tuple[int, int]]) -> list[Ask]:
    questions: dict[int, list[int]] = {}
    for config, question in pairs:
        questions.setdefault(config, []).append(question)
    return [Ask(config, sorted(asked)) for config, asked in sorted(questions.items())]


def _thin_sample(rows: Indices, questions: int, count: int, seed: int) -> set[tuple[int, int]]:
    """(config, question): every question as often as any other, and so every configuration, up to one."""
    rng = np.random.default_rng(seed)
    whole = np.concatenate([rng.permutation(questions) for _ in range(count // questions + 1)])
    order = rng.permutation(rows)
    return {(int(order[i % len(order)]), int(q)) for i, q in enumerate(np.sort(whole[:count]))}
