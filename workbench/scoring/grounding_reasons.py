"""Says in words why a claim lacks support.
Knows nothing about how much it lacks."""

from __future__ import annotations

from workbench.scoring.grounding_features import ClaimFeatures

_FAR = 0.25  # share of the claim's words, weighted; below it no sentence comes close
_SHOWN = 3  # names, and numbers of each kind


def explain(features: ClaimFeatures) -> tuple[str, ...]:
    """Return the reasons, the most important first; at least one."""
    if features.nearest is None or features.share < _FAR:
        return ("Nothing in the passages comes close.", *_names(features), *_numbers(features))
    reasons = [*_numbers(features), *_names(features)]
    if features.asked:
        reasons.append("The passages only ask this.")
    if features.exchanged:
        first, second = features.exchanged
        reasons.append(f"The nearest sentence has {first} and {second} the other way round.")
    if features.negation:
        reasons.append("It is denied in only one of the claim and the nearest sentence.")
    if features.opposed:
        word, opposite = features.opposed
        reasons.append(f"The nearest sentence uses an opposite word ({word}, {opposite}).")
    if not reasons:
        reasons.append("Only a part of its words is in the passages.")
    return tuple(reasons)


def _numbers(features: ClaimFeatures) -> list[str]:
    differing = dict(features.other_numbers)
    changed = [
        f"It says {number}, the nearest sentence {other_number}."
        for number, other_number in differing.items()
    ]
    missing = [number for number in features.missing_numbers if number not in differing]
    return changed[:_SHOWN] + [f"The number {number} is not in the passages." for number in missing[:_SHOWN]]


def _names(features: ClaimFeatures) -> list[str]:
    missing = features.missing_names[:_SHOWN]
    if not missing:
        return []
    return [f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in the passages."]
