"""Loads the toxicity model and gives a text's log-odds. tools/train_toxicity.py writes its weights.
Knows nothing about how a text is normalised or where a long one is cut."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.encoder import EmbeddedEncoder, shared_encoder
from workbench.scoring.toxicity_features import SIZE, VERSION, extract_features

MODEL_FILE = Path(__file__).with_name("toxicity_model.json")


@dataclass(frozen=True)
class ToxicityModel:
    """A logistic regression over hashed features and over the vector of the shipped encoder."""

    feature_weights: NDArray[np.float32]
    """One weight for each bucket of toxicity_features."""
    vector_weights: NDArray[np.float32]
    """One weight for each dimension of the encoder."""
    slope: float
    """What the sum of both parts is multiplied by, so that the result is a probability."""
    intercept: float
    """What is added to it."""
    encoder: EmbeddedEncoder
    """Gives the vectors."""

    def log_odds(self, normalised: Sequence[str]) -> list[float]:
        """Return the log-odds that each text is toxic; texts come from toxicity_text."""
        if not normalised:
            return []
        meaning = np.asarray(self.encoder.encode(normalised)) @ self.vector_weights
        sums = (self._words(text) + float(m) for text, m in zip(normalised, meaning, strict=True))
        return [self.intercept + self.slope * total for total in sums]

    def _words(self, text: str) -> float:
        features = extract_features(text)
        return float(self.feature_weights[features].sum()) / math.sqrt(max(1, len(features)))


@cache
def load_model() -> ToxicityModel:
    """Return the shipped model; it is read once and never changed, so threads may share it."""
    data = json.loads(MODEL_FILE.read_text(encoding="utf-8"))
    features = np.frombuffer(base64.b64decode(data["feature_weights"]), np.int8).astype(np.float32)
    if data["features"] != VERSION or len(features) != SIZE:
        raise ValueError(f"{MODEL_FILE.name} was trained for other features: run tools/train_toxicity.py.")
    return ToxicityModel(
        features * np.float32(data["feature_scale"]),
        np.array(data["vector_weights"], np.float32),
        data["slope"],
        data["intercept"],
        shared_encoder(),
    )
