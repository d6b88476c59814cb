"""TPE: Optuna's tree-structured Parzen estimator proposes the next configurations from the results so far.
Knows nothing about storing a study: it is told everything again when a search is replayed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.search.types import Ask, Evidence, Field, Step, Steps, asked_so_far, mean_of

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

# Proposed at one time, so that a model server has enough to do; Optuna's constant liar keeps them apart.
AT_ONCE = 4
# A proposal may be excluded from the space or answered already; after so many, one is drawn at random.
MOST_PROPOSALS = 40


class _Knobs:
    """Knob settings as Optuna sees them: an integer where settings are numbers in order, else a category."""

    def __init__(self, field: Field) -> None:
        self._settings: dict[str, list[str]] = {}
        for knob in field.knobs[0]:
            settings = sorted({k[knob] for k in field.knobs} - {""}, key=_in_order)
            if len(settings) > 1:
                self._settings[knob] = settings
        codes = [[self._code(knob, k[knob]) for knob in self._settings] for k in field.knobs]
        self._codes = np.array(codes, dtype=np.int64).reshape(field.configs, len(self._settings))

    def _code(self, knob: str, setting: str) -> int:
        """-1 stands for a knob that makes no difference there: it agrees with any proposal."""
        return self._settings[knob].index(setting) if setting else -1

    def distributions(self) -> dict[str, BaseDistribution]:
        from optuna.distributions import CategoricalDistribution, IntDistribution

        return {
            knob: IntDistribution(0, len(settings) - 1)
            if all(_is_number(s) for s in settings)
            else CategoricalDistribution(range(len(settings)))
            for knob, settings in self._settings.items()
        }

    def find(self, params: dict[str, Any]) -> int | None:
        """The configuration that a proposal means; None when the space has none like it."""
        codes = np.array([params[knob] for knob in self._settings])
        agree = ((self._codes == codes) | (self._codes < 0)).all(axis=1)
        return int(np.argmax(agree)) if agree.any() else None

    def params(self, config: int) -> dict[str, Any]:
        return {
            knob: max(0, int(code)) for knob, code in zip(self._settings, self._codes[config], strict=True)
        }


def _is_number(setting: str) -> bool:
    try:
        float(setting)
    except ValueError:
        return False
    return True


def _in_order(setting: str) -> tuple[bool, float, str]:
    return (False, float(setting), "") if _is_number(setting) else (True, 0.0, setting)


def tpe(field: Field, *, trials: int, objectives: int = 1) -> Steps:
    """`trials` configurations, each asked every question (Bergstra et al. 2011; Optuna's TPESampler).

    objectives: worth, and how many `others` the evidence holds; with several Optuna looks for a front.
    Constraints: what misses one counts as worse than all that do not.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=field.seed, constant_liar=True)
    study = optuna.create_study(sampler=sampler, directions=["maximize"] * objectives)
    knobs = _Knobs(field)
    target = min(trials, field.configs)
    rest = random.Random(field.seed).sample(range(field.configs), field.configs)
    done: list[int] = []
    evidence: Evidence | None = None
    while len(done) < target:
        asked: dict[int, Trial] = {}
        while len(asked) < min(AT_ONCE, target - len(done)):
            config, trial = _propose(study, knobs, evidence, done, asked, rest)
            asked[config] = trial
        evidence = yield Step([Ask(c, range(field.questions)) for c in asked])
        before, done = done, asked_so_far(evidence, field.questions)
        for config, trial in asked.items():
            _tell(study, trial, evidence, config)
        for config in done:  # others were asked in a replay whose stored steps differ
            if config not in asked and config not in before:
                _tell(study, _ask_for(study, knobs, config), evidence, config)


def _propose(
    study: Study,
    knobs: _Knobs,
    evidence: Evidence | None,
    done: list[int],
    asked: dict[int, Trial],
    rest: list[int],
) -> tuple[int, Trial]:
    """A configuration not tried yet, and the Optuna trial that stands for it."""
    from optuna.trial import TrialState

    for _ in range(MOST_PROPOSALS):
        trial = study.ask(knobs.distributions())
        config = knobs.find(trial.params)
        if config is not None and config not in done and config not in asked:
            return config, trial
        if config in done and evidence is not None:
            _tell(study, trial, evidence, config)  # already answered: telling Optuna again costs nothing
        else:
            study.tell(trial, state=TrialState.FAIL)
    config = next(c for c in rest if c not in done and c not in asked)
    return config, _ask_for(study, knobs, config)


def _ask_for(study: Study, knobs: _Knobs, config: int) -> Trial:
    """The Optuna trial that stands for this configuration, whatever the sampler would propose."""
    study.enqueue_trial(knobs.params(config))
    return study.ask(knobs.distributions())


def _tell(study: Study, trial: Trial, evidence: Evidence, config: int) -> None:
    from optuna.trial import TrialState

    values = [float(mean_of(v[[config]])[0]) for v in (evidence.worth, *evidence.others)]
    if not np.isfinite(values).all():
        study.tell(trial, state=TrialState.FAIL)
        return
    for constraint in evidence.constraints:
        mean = float(mean_of(constraint.values[[config]])[0])
        trial.set_constraint(constraint.name, constraint.bound - mean if np.isfinite(mean) else 1.0)
    study.tell(trial, values[: len(study.directions)])
