"""Defines a variant of the embedded answerer (its weights and its threshold), and reads and writes its file.
Knows nothing about how units are scored or weights are trained, and needs no numpy to list variants."""

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

# The features of confidence: 1, and the best unit's score, log-odds of its softmax share, cosine and overlap.
CONFIDENCE_FEATURES = ("intercept", "score", "certainty", "cosine", "overlap")


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Where a variant's weights come from."""

    description: str
    """What it was trained on, in words."""
    licence: str
    data_sha256: str
    """A hash of the examples and thumbs."""
    trained_at: str
    """An ISO date."""
    question_ids: tuple[str, ...] = ()
    """The questions it was trained on, so that an experiment can warn when it asks one of them."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many examples and thumbs there were, by kind."""
    metrics: Mapping[str, object] = field(default_factory=dict)
    """Figures as JSON: "before" with the parent's weights, "after" by cross-validation, and the settings."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The numbers that decide an answer.

    A unit's score is the dot product of weights and features; the model answers when its confidence reaches
    the threshold.
    """

    name: str
    parent: str | None
    """The variant it was trained from; None when there is none."""
    weights: tuple[float, ...]
    """One for each of FEATURES."""
    scales: tuple[float, ...]
    """The typical spread of each of FEATURES, in which regularisation measures distances."""
    confidence: tuple[float, ...]
    """One weight for each of CONFIDENCE_FEATURES."""
    threshold: float
    """The confidence, in [0, 1], below which it declines if the prompt allows it."""
    trained_on: TrainingRecord

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the numbers that decide its answers, without its name and its training record."""
        decisive = (FORMAT, FEATURES_VERSION, FEATURES, self.weights, self.confidence, self.threshold)
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def to_json(variant: Variant) -> str:
    """The text of a variant's file: readable JSON with weights by feature name."""
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
    numbers = content.get(key)
    if not isinstance(numbers, dict) or set(numbers) != set(names):
        raise ModelError(f"{where}: {key!r} must have a number for each of {', '.join(names)}.")
    try:
        values = tuple(float(numbers[name]) for name in names)
    except (TypeError, ValueError):
        raise ModelError(f"{where}: a value of {key!r} is not a number.") from None
    if not all(math.isfinite(value) for value in values):
        raise ModelError(f"{where}: a number of {key!r} is not finite.")
    return values


def from_json(text: str, where: str = "the variant") -> Variant:
    """Parse the text of a variant's file. Raises ModelError, which names `where` and the key."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where} is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise ModelError(f"{where}: a variant is a JSON object.")
    versions = content.get("format"), content.get("features_version")
    if versions != (FORMAT, FEATURES_VERSION):
        raise ModelError(
            f"{where} has format {versions[0]!r} and features {versions[1]!r}; this program reads format "
            f"{FORMAT} and features {FEATURES_VERSION}.",
            hint="Train the variant again.",
            remedy=("tune",),
        )
    record = content.get("trained_on")
    threshold, name, parent = content.get("threshold"), content.get("name"), content.get("parent")
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise ModelError(f"{where}: 'threshold' is {threshold!r}; it must be a number from 0 to 1.")
    if not isinstance(name, str) or not isinstance(record, dict) or not isinstance(parent, str | None):
        raise ModelError(f"{where}: 'name', 'parent' or 'trained_on' is missing or of the wrong type.")
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
    """Read a variant's file. Raises ModelError, which names the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"The variant {path.name} cannot be read: {error.strerror}.") from None
    return from_json(text, path.name)


@lru_cache(maxsize=1)
def shipped_variants() -> dict[str, Variant]:
    """The variants that come with the program, by name; `embedded/extractive` is one of them."""
    variants = [read_variant(path) for path in sorted(VARIANTS_FOLDER.glob("*.json"))]
    return {variant.name: variant for variant in variants}
