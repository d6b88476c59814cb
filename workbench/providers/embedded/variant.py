"""A variant of the embedded answerer: one weight a feature, how sure it must be to answer, and its file.
Knows nothing about how it chooses (selector.py) or is trained (training.py). No numpy: commands list them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from workbench.errors import ModelError
from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.feature_names import VERSION as FEATURES_VERSION

VARIANTS_FOLDER = Path(__file__).parent / "variants"
BASE_NAME = "embedded/extractive"
FORMAT = 1

# What confidence is made of: the best unit's score, ln odds of its softmax share, its cosine, its overlap.
CONFIDENCE_FEATURES = ("intercept", "score", "certainty", "cosine", "overlap")


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Where a variant's weights come from.

    question_ids: of the questions it was trained on, so that an experiment can warn when it asks them.
    data_sha256: hash of the examples.  trained_at: ISO date.  counts and metrics: JSON-able numbers;
    metrics hold "before" and "after" by cross-validation.
    """

    description: str
    licence: str
    data_sha256: str
    trained_at: str
    question_ids: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variant:
    """A selector: plain numbers. score = weights . features; it answers when confidence >= threshold.

    scales: typical spread of each feature, which regularisation is measured in.
    """

    name: str
    parent: str | None
    weights: tuple[float, ...]  # as FEATURES
    scales: tuple[float, ...]  # as FEATURES
    confidence: tuple[float, ...]  # as CONFIDENCE_FEATURES
    threshold: float
    trained_on: TrainingRecord

    @property
    def fingerprint(self) -> str:
        """sha256 of what decides its answers: numbers only, not its name or history."""
        decisive = (FORMAT, FEATURES_VERSION, FEATURES, self.weights, self.confidence, self.threshold)
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def to_json(variant: Variant) -> str:
    """The variant's file: readable JSON, weights by feature name."""
    record = asdict(variant.trained_on)
    content = {
        "format": FORMAT,
        "features_version": FEATURES_VERSION,
        "name": variant.name,
        "parent": variant.parent,
        "weights": dict(zip(FEATURES, variant.weights, strict=True)),
        "scales": dict(zip(FEATURES, variant.scales, strict=True)),
        "confidence": dict(zip(CONFIDENCE_FEATURES, variant.confidence, strict=True)),
        "threshold": variant.threshold,
        "trained_on": record,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _numbers(
    content: Mapping[str, object], key: str, names: tuple[str, ...], where: str
) -> tuple[float, ...]:
    found = content.get(key)
    if not isinstance(found, dict) or set(found) != set(names):
        raise ModelError(f"{where}: {key!r} must give a number for each of {', '.join(names)}.")
    try:
        values = tuple(float(found[name]) for name in names)
    except (TypeError, ValueError):
        raise ModelError(f"{where}: {key!r} holds something that is not a number.") from None
    if not all(math.isfinite(value) for value in values):
        raise ModelError(f"{where}: {key!r} holds a number that is not finite.")
    return values


def from_json(text: str, where: str = "the variant") -> Variant:
    """A variant out of its file's text. Raises ModelError that names `where` and the key."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where} is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise ModelError(f"{where}: a variant is a JSON object.")
    versions = content.get("format"), content.get("features_version")
    if versions != (FORMAT, FEATURES_VERSION):
        raise ModelError(
            f"{where} was made for format {versions[0]!r}, features {versions[1]!r}; this program has "
            f"{FORMAT} and {FEATURES_VERSION}.",
            hint="Train the variant again.",
            remedy=("tune",),
        )
    record = content.get("trained_on")
    threshold, name, parent = content.get("threshold"), content.get("name"), content.get("parent")
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise ModelError(f"{where}: 'threshold' is {threshold!r}; it must be a number from 0 to 1.")
    if not isinstance(name, str) or not isinstance(record, dict) or not isinstance(parent, str | None):
        raise ModelError(f"{where}: 'name', 'parent' or 'trained_on' is missing or of the wrong kind.")
    try:
        trained_on = TrainingRecord(**{**record, "question_ids": tuple(record.get("question_ids", ()))})
    except TypeError as error:
        raise ModelError(f"{where}: 'trained_on' is not a training record ({error}).") from None
    return Variant(
        name=name,
        parent=parent,
        weights=_numbers(content, "weights", FEATURES, where),
        scales=_numbers(content, "scales", FEATURES, where),
        confidence=_numbers(content, "confidence", CONFIDENCE_FEATURES, where),
        threshold=float(threshold),
        trained_on=trained_on,
    )


def read_variant(path: Path) -> Variant:
    """The variant in a file. Raises ModelError that names the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"The variant {path.name} cannot be read: {error.strerror}.") from None
    return from_json(text, path.name)


@lru_cache(maxsize=1)
def shipped_variants() -> dict[str, Variant]:
    """Every variant in the repository, by name; `embedded/extractive` is always one."""
    variants = [read_variant(path) for path in sorted(VARIANTS_FOLDER.glob("*.json"))]
    return {variant.name: variant for variant in variants}
