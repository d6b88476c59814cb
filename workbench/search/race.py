"""Race: block by block, a configuration is dropped only when it is worse than the leader beyond doubt.
Knows nothing about how sure a user wants to be: `confidence` says so.

The test is by betting on sampling without replacement (analysis/betting.py): the questions are asked in
random order and are finite in number, so the hypothesis that a configuration is not worse than the leader
over all of them can be tested question by question, however often one looks. Each pair is tested at
(1 - confidence) / (configurations - 1): whoever leads when, the best is dropped with a probability of at most
1 - confidence.
"""

from __future__ import annotations

import numpy as np

from workbench.analysis.betting import evidence_against
from workbench.search.types import (
    Ask,
    Constraint,
    Evidence,
    Field,
    Mask,
    Step,
    Steps,
    Values,
    asked_so_far,
    best_first,
    mean_worth,
)


def _unit(values: Values, low: float, high: float) -> Values:
    return np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0)


def _against_leader(evidence: Evidence, leader: int, rivals: list[int], order: list[int]) -> Values:
    """Log evidence that each rival is worse than the leader, over the questions both answered."""
    worth = evidence.worth[:, order]
    difference = worth[rivals] - worth[leader]
    # Not applicable to one of them: no difference on that question.
    difference = np.nan_to_num(difference, nan=0.0)
    # Costs have no upper bound: twice the largest difference seen stands in for it.
    reach = 1.0 if evidence.unit else 2.0 * float(np.max(np.abs(difference), initial=1e-12))
    return evidence_against(_unit(difference, -reach, reach), _questions(evidence))


def _questions(evidence: Evidence) -> int:
    return int(evidence.asked.shape[1])


def _violation(constraint: Constraint, among: list[int], order: list[int]) -> Values:
    """Log evidence that each configuration's mean does not reach the bound."""
    values = constraint.values[np.ix_(among, order)]
    seen = values[~np.isnan(values)]
    low = min(0.0, float(seen.min(initial=0.0)), constraint.bound)
    high = max(float(seen.max(initial=0.0)), constraint.bound)
    if low < 0.0 or high > 1.0:  # a cost: see _against_leader
        low, high = 2.0 * low, 2.0 * high
    else:
        low, high = 0.0, 1.0
    span = max(high - low, 1e-12)
    # Shifted and halved, so that the bound lies at 1/2. Not applicable counts as just reaching it.
    shifted = np.nan_to_num(0.5 + (values - constraint.bound) / (2.0 * span), nan=0.5)
    return evidence_against(np.clip(shifted, 0.0, 1.0), constraint.values.shape[1])


def _satisfied(constraint: Constraint, config: int, order: list[int], bar: float) -> bool:
    """Whether a configuration reaches the bound beyond doubt: its mirror image violates the mirrored one."""
    mirrored = Constraint(constraint.name, -constraint.values, -constraint.bound)
    return bool(_violation(mirrored, [config], order)[0] > bar)


def race(field: Field, *, block: int = 5, confidence: float = 0.95) -> Steps:
    """All configurations are asked `block` questions at a time; who is worse than the leader beyond doubt,
    or misses a constraint beyond doubt, is asked no more.

    Constraints: a leader that may yet miss one drops nobody. The best is kept with a probability of at least
    `confidence` (each constraint is one more test a configuration).
    """
    alive = list(range(field.configs))
    everything = list(range(field.questions))
    asked = 0
    drops: dict[int, str] = {}
    while asked < field.questions and len(alive) > 1:
        upto = min(field.questions, asked + max(1, block))
        evidence = yield Step([Ask(c, range(asked, upto)) for c in alive], drops)
        asked = upto
        alive = asked_so_far(evidence, asked)
        drops = _beyond_doubt(evidence, alive, everything[:asked], confidence)
        alive = [c for c in alive if c not in drops]
    if asked < field.questions or drops:
        yield Step([Ask(c, everything) for c in alive], drops)


def _beyond_doubt(
    evidence: Evidence, alive: list[int], order: list[int], confidence: float
) -> dict[int, str]:
    """Configuration → why it is dropped."""
    configs = len(evidence.worth)
    tests = max(1, configs - 1) + len(evidence.constraints) * configs
    bar = float(np.log(tests / (1.0 - confidence)))
    drops: dict[int, str] = {}
    kept: Mask = np.ones(len(alive), dtype=bool)
    for constraint in evidence.constraints:
        violated = _violation(constraint, alive, order) > bar
        if violated.all():
            continue  # none would be left: they go on, and the nearest is named
        for c in np.asarray(alive)[violated & kept]:
            drops[int(c)] = (
                f"misses the constraint on {constraint.name} beyond doubt after {len(order)} questions"
            )
        kept &= ~violated
    rest = [c for c, keep in zip(alive, kept, strict=True) if keep]
    leader = best_first(evidence, rest)[0]
    if not all(_satisfied(constraint, leader, order, bar) for constraint in evidence.constraints):
        return drops
    rivals = [c for c in rest if c != leader]
    if rivals:
        against = _against_leader(evidence, leader, rivals, order)
        means = mean_worth(evidence)
        for c, log_evidence in zip(rivals, against, strict=True):
            if log_evidence > bar:
                behind = means[leader] - means[c]
                drops[c] = (
                    f"worse than the leader beyond doubt after {len(order)} questions (by {behind:.3g})"
                )
    return drops


def count_race(configs: int, questions: int, *, block: int, confidence: float) -> tuple[int, int]:
    """(fewest, most) answers that `race` asks for. The fewest: all configurations but one are dropped after
    the first block, whatever the confidence."""
    block = min(questions, block)
    everything = configs * questions
    return min(everything, configs * block + questions - block), everything
