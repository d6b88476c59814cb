"""What is worth knowing of the models that judge.
Knows nothing about what they cost."""

from __future__ import annotations

from workbench.planning.advice.types import Advice
from workbench.scoring.judged import LEAST_MAX_TOKENS, as_judge, find_judged
from workbench.space.experiment import Experiment


def advise_on_judges(experiment: Experiment) -> list[Advice]:
    found = []
    judges = {s.judge.name: s.judge for s in find_judged(experiment.scores, experiment.judge)}
    if experiment.judge is not None and experiment.judge.name not in judges:
        why = (
            "every score that asks a model has its own"
            if judges
            else "no score of this experiment asks a model"
        )
        found.append(Advice("judge", f"judge: {why}, so the judge is not asked.", "idle"))
    for name, judge in judges.items():
        if name in [m.name for m in experiment.models]:
            text = (
                f"{name} answers here and judges answers: models tend to prefer what they wrote themselves."
            )
            found.append(Advice("judge", text))
        room = as_judge(judge).max_tokens
        if room is not None and room < LEAST_MAX_TOKENS:
            text = (
                f"{name} judges with max_tokens {room}: verdicts on several statements may be cut. "
                f"{LEAST_MAX_TOKENS} or more is safer."
            )
            found.append(Advice("judge", text))
    return found
