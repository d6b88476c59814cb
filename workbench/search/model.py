"""Our own search: a regression over knob settings and question difficulty says which answers to ask next.
Knows nothing about models, the store or how an answer comes about."""

from __future__ import annotations

import numpy as np

from workbench.search.choosing import choose, look
from workbench.search.likeness import find_likeness
from workbench.search.regression import believe, learn, start
from workbench.search.types import Ask, Evidence, Field, Step, Steps

DRAWS = 1000
CONTENDERS = 64
TOL = 0.01
FIRST = 0.0075
BATCH = 64


def _asks(pairs):
    by = {}
    for c, q in pairs:
        by.setdefault(c, []).append(q)
    return [Ask(c, sorted(qs)) for c, qs in sorted(by.items())]


def model(field: Field, *, answers: float = 0.2, finalists: int = 5) -> Steps:
    C, Q = field.configs, field.questions
    rng = np.random.default_rng(field.seed)
    if C < 8:
        yield Step([Ask(c, range(Q)) for c in range(C)])
        return
    budget = int(answers * C * Q)
    finalists = max(1, min(finalists, budget // (2 * Q)))
    room = budget - finalists * Q
    first = min(room, max(BATCH, int(FIRST * C * Q)))
    order = rng.permutation(C)
    qs = np.concatenate([rng.permutation(Q) for _ in range(first // Q + 1)])[:first]
    pairs = {(int(order[i % C]), int(q)) for i, q in enumerate(np.sort(qs, kind="stable"))}
    evidence = yield Step(_asks(pairs))
    likeness = find_likeness(field.knobs)
    variances = start(likeness, evidence.worth)
    learn(likeness, variances, evidence.worth, 8)
    trace = []
    while True:
        belief = believe(likeness, variances, evidence.worth)
        rnd = np.random.default_rng([field.seed, len(trace)])
        among = np.argsort(-(belief.mean + 3 * np.sqrt(np.diag(belief.covariance))))[: 4 * CONTENDERS]
        cov = belief.covariance[np.ix_(among, among)]
        vals, vecs = np.linalg.eigh(cov)
        draws = belief.mean[among] + rnd.standard_normal((DRAWS, len(among))) @ (vecs * np.sqrt(np.maximum(vals, 0))).T
        best = draws.max(axis=1)
        # greedy final set
        chosen = []
        cur = np.full(DRAWS, -np.inf)
        for _ in range(finalists):
            value = np.maximum(cur[:, None], draws).mean(axis=0)
            value[chosen] = -np.inf
            i = int(np.argmax(value))
            chosen.append(i)
            cur = np.maximum(cur, draws[:, i])
        regret = float((best - cur).mean())
        final = among[chosen]
        spent = int(evidence.asked.sum())
        need = int((~evidence.asked[final]).sum())
        trace.append((spent, regret))
        tol = TOL * np.sqrt(variances.own.sum())
        left = budget - spent - need
        if regret <= tol or left <= 0:
            break
        wins = np.bincount(np.argmax(draws, axis=1), minlength=len(among)) / DRAWS
        top = np.argsort(-wins, kind="stable")[:CONTENDERS]
        top = top[wins[top] > 0]
        if len(top) < 2:
            break
        weights = wins[top] / wins[top].sum()
        contenders = among[top]
        outlook = look(belief, contenders)
        pairs = choose(outlook, weights, ~evidence.asked[contenders], min(BATCH, left))
        if not pairs:
            break
        evidence = yield Step(_asks(pairs))
        learn(likeness, variances, evidence.worth, 2)
    model.trace = trace
    evidence = yield Step([Ask(int(c), range(Q)) for c in final])
