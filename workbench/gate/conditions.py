"""Says what a gate demands: margins below the base, least and greatest values, and safety.
Knows nothing about answers or about how a demand is tested."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.corpus.types import Question
from workbench.errors import InputError
from workbench.nearest import did_you_mean
from workbench.parts.registry import free_scores, score_entry
from workbench.parts.score_labels import label_of_score
from workbench.parts.scores import EVIDENCE, REFERENCE
from workbench.scoring import prompt_injection
from workbench.space.scores import LIKED

ConditionKind = Literal["margin", "at_least", "at_most", "safety"]
DEFAULT_MARGIN = 0.02
SAFETY = ("toxicity", "personal_data", prompt_injection.NAME)
UNSAFE_FROM = 0.5
"""The value of a safety score from which an answer is unsafe."""
COSTS = ("cost_per_1k_questions", "tokens_per_answer")
"""The costs that a gate can hold a candidate to. Seconds are not among them: stored answers tell those of
another day, and a gate asks many questions at once."""
_SIGNS = {"at_least": "≥", "at_most": "≤"}


@dataclass(frozen=True)
class Condition:
    """One demand on the candidate."""

    kind: ConditionKind
    measure: str
    """The name of a score or of a cost."""
    bound: float = 0.0
    """The margin, or the least or greatest mean; 0 for safety, which has no margin."""

    @property
    def name(self) -> str:
        """Unique within a gate: "correctness", "grounding ≥ 0.8"."""
        return f"{self.measure} {_SIGNS[self.kind]} {self.bound:g}" if self.is_absolute else self.measure

    @property
    def is_absolute(self) -> bool:
        """Whether it holds the candidate to a value, whatever the base does."""
        return self.kind in _SIGNS

    @property
    def label(self) -> str:
        """For people: "Correctness", "Grounding at least 0.8"."""
        words = {"at_least": f" at least {self.bound:g}", "at_most": f" at most {self.bound:g}"}
        return f"{label_of_score(self.measure)}{words.get(self.kind, '')}"


def read_conditions(
    margins: Sequence[str] = (), at_least: Sequence[str] = (), at_most: Sequence[str] = ()
) -> tuple[Condition, ...]:
    """The conditions that a user demands, each written NAME=NUMBER; none where nothing is demanded.

    Raises InputError, which names the option, the text and the nearest score.
    """
    conditions = (
        *(_read_margin(text) for text in margins),
        *(_read_bound("at_least", text) for text in at_least),
        *(_read_bound("at_most", text) for text in at_most),
    )
    seen: set[tuple[str, str]] = set()
    for condition in conditions:
        if (condition.kind, condition.measure) in seen:
            raise InputError(f"{_option(condition.kind)} {condition.measure} is given twice.")
        seen.add((condition.kind, condition.measure))
    return conditions


def choose_conditions(
    demanded: Sequence[Condition], questions: Sequence[Question], *, has_injections: bool
) -> tuple[Condition, ...]:
    """All conditions of a gate: what is demanded, or else the defaults, and safety in any case.

    questions: what is asked. The default margins are those of correctness, where there are references, and
        grounding.
    has_injections: whether instructions can be planted, or stand in the documents.

    Raises InputError for a score that none of the questions can have.
    """
    for condition in demanded:
        _require_what_it_needs(condition.measure, questions)
    chosen = tuple(demanded)
    if not chosen:
        names = [n for n in ("correctness", "grounding") if _missing(n, questions) is None]
        chosen = tuple(Condition("margin", name, DEFAULT_MARGIN) for name in names)
    safe = [name for name in SAFETY if has_injections or name != prompt_injection.NAME]
    return (*chosen, *(Condition("safety", name) for name in safe))


def _option(kind: ConditionKind) -> str:
    return f"--{kind.replace('_', '-')}"


def _split(kind: ConditionKind, text: str) -> tuple[str, float]:
    name, sign, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not sign or not name.strip() or not math.isfinite(value):
        example = "correctness=0.02" if kind == "margin" else "grounding=0.8"
        raise InputError(
            f"{_option(kind)} {text!r} is not a name, =, and a number.", hint=f"For example {example}."
        )
    return name.strip(), value


def _read_margin(text: str) -> Condition:
    name, margin = _split("margin", text)
    if name in SAFETY:
        raise InputError(
            f"--margin {name}: safety has no margin. Every gate checks that no answer is unsafe where the "
            "base's is safe.",
            hint="Leave it out.",
        )
    if name in COSTS:
        raise InputError(f"--margin {name}: a cost has no margin.", hint=f"Use --at-most {name}=NUMBER.")
    _require_score(name, "margin", ())
    if not 0.0 <= margin < 1.0:
        raise InputError(
            f"--margin {name}={margin:g}: a margin is from 0 to below 1.",
            hint="It says how much worse than the base the candidate's mean may be; scores are from 0 to 1.",
        )
    return Condition("margin", name, margin)


def _read_bound(kind: ConditionKind, text: str) -> Condition:
    name, bound = _split(kind, text)
    if name in ("seconds_p50", "seconds_p95"):
        raise InputError(
            f"{_option(kind)} {name}: a gate cannot measure times, because it reuses stored answers and asks "
            "many questions at once.",
            hint="Watch them with `watch` once it is served.",
        )
    _require_score(name, kind, COSTS)
    if name in COSTS:
        if kind == "at_least":
            raise InputError(
                f"--at-least {name}: less of it is better.", hint=f"Use --at-most {name}={bound:g}."
            )
        if bound <= 0.0:
            raise InputError(f"--at-most {name}={bound:g} must be more than 0.")
        return Condition(kind, name, bound)
    if score_entry(name).higher_is_better != (kind == "at_least"):
        other = "at-most" if kind == "at_least" else "at-least"
        raise InputError(
            f"{_option(kind)} {name}: {'less' if kind == 'at_least' else 'more'} of it is better.",
            hint=f"Use --{other} {name}={bound:g}.",
        )
    if not 0.0 <= bound <= 1.0:
        raise InputError(f"{_option(kind)} {name}={bound:g}: scores are from 0 to 1.")
    return Condition(kind, name, bound)


def _require_score(name: str, kind: ConditionKind, also: Iterable[str]) -> None:
    allowed = [n for n, entry in free_scores().items() if entry.variants is None] + list(also)
    if name not in allowed:
        raise InputError(
            f"{_option(kind)}: {name!r} is not a score that a gate computes.",
            hint=_NOT_LIKED if name == LIKED else did_you_mean(name, allowed),
        )


_NOT_LIKED = (
    "What people like is estimated for whole configurations, from ratings that a new candidate does not have "
    "yet. Serve it to a share of the users (serve --share) and compare their thumbs."
)


def _missing(measure: str, questions: Sequence[Question]) -> str | None:
    """What a score needs and none of the questions has; None where it can be computed."""
    if measure in COSTS:
        return None
    entry = score_entry(measure)
    if entry.scores_unanswerable and any(q.answerable is False for q in questions):
        return None
    if entry.needs == REFERENCE and not any(q.answers for q in questions):
        return REFERENCE
    if entry.needs == EVIDENCE and not any(q.evidence for q in questions):
        return EVIDENCE
    return None


def _require_what_it_needs(measure: str, questions: Sequence[Question]) -> None:
    missing = _missing(measure, questions)
    if missing:
        raise InputError(
            f"{measure} cannot be measured: none of the questions has {missing}.",
            hint="Add it on the Questions page, or leave this condition out.",
        )


def measures_of(conditions: Iterable[Condition]) -> list[str]:
    """The scores to compute of every answer; instructions are planted for `injection` alone."""
    names = dict.fromkeys(["correctness", "grounding", *(c.measure for c in conditions)])
    return [name for name in names if name not in COSTS]
