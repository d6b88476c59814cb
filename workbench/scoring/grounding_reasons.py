"""Says in words why a claim lacks support.
Knows nothing about how much it lacks."""

from __future__ import annotations

from workbench.scoring.grounding_features import ClaimFeatures

_FAR = 0.25  # share of its words, weighted, below which nothing comes close
_SHOWN = 3


def explain(features: ClaimFeatures) -> tuple[str, ...]:
    """The reasons, the weightiest first; at least one."""
    if features.nearest is None or features.share < _FAR:
        return ("Nothing in the passages comes close.", *_names(features), *_numbers(features))
    found = [*_numbers(features), *_names(features)]
    if features.exchanged:
        one, other = features.exchanged
        found.append(f"The nearest sentence has {one} and {other} the other way round.")
    if features.negation:
        found.append("It is denied in only one of the claim and the nearest sentence.")
    if features.opposed:
        one, other = features.opposed
        found.append(f"The nearest sentence uses an opposite word ({one}, {other}).")
    if not found:
        found.append("Only a part of its words is in the passages.")
    return tuple(found)


def _numbers(features: ClaimFeatures) -> list[str]:
    differing = dict(features.other_numbers)
    found = [f"It says {own}, the nearest sentence {other}." for own, other in differing.items()]
    alone = [number for number in features.missing_numbers if number not in differing]
    return found[:_SHOWN] + [f"The number {number} is not in the passages." for number in alone[:_SHOWN]]


def _names(features: ClaimFeatures) -> list[str]:
    missing = features.missing_names[:_SHOWN]
    if not missing:
        return []
    return [f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in the passages."]
