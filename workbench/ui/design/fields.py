"""Names the fields of the Design page by the key of the experiment file, and says what is wrong with one.
Knows nothing about how a field is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.parts.retrieval_settings import SETTINGS
from workbench.parts.setting_labels import SETTING_LABELS, label_of_setting
from workbench.ui.design import draft

# Key → (the field's label, the heading that it stands under, as a fragment of the address).
_FIELDS = {
    "prompts": ("Prompts", "prompts"),
    "models": ("Models", "models"),
    **{key: (label, "retrieval") for key, label in SETTING_LABELS.items()},
    "questions": ("Questions", "questions"),
    "holdout": ("Held out", "questions"),
    "repeats": ("Repeats", "questions"),
    "scores": ("Scores", "scores"),
    "judge": ("Judge", "scores"),
    "objective": ("Objective", "objective"),
    "search": ("Search strategy", "search"),
    "seed": ("Seed", "search"),
    "systems": ("Your own systems", "systems"),
    "baseline": ("Baseline", ""),
    "exclude": ("Rules", "rules"),
    "conditions": ("Rules", "rules"),
    "configs": ("Rules", "rules"),
    "budget_usd": ("Budget cap", ""),
    "name": ("Name", ""),
    "corpus": ("Corpus", ""),
}


@dataclass(frozen=True)
class FieldError:
    """What must be corrected at a field before the design can run."""

    about: str
    """The key of the experiment file; under `retrieval`, the axis. Empty for no single field."""
    message: str
    """What is wrong, in whole sentences."""
    hint: str = ""
    """The next step; empty for none."""


def label_of_field(about: str) -> str:
    return _FIELDS.get(about, ("", ""))[0]


def anchor_of_field(about: str) -> str:
    """Return the fragment of the address that leads to the field; empty for a field that needs none."""
    return _FIELDS.get(about, ("", ""))[1]


def find_empty_axes() -> list[FieldError]:
    """Return an error for each axis of which nothing is chosen."""
    whats = {"prompts": "prompt", "models": "model"} | {
        s.name: f"value of {label_of_setting(s.name)}"
        for s in SETTINGS
        if s.is_axis and s.default not in (None, 0)
    }
    if draft.get("systems") and not draft.get("prompts") and not draft.get("models"):
        return []  # only systems are tried
    return [FieldError(a, f"Choose at least one {what}.") for a, what in whats.items() if not draft.get(a)]


def error_of_reply(error: dict[str, Any]) -> FieldError:
    """Return the error of a plan that cannot be made."""
    return FieldError(error.get("about") or "", error["message"], error.get("hint") or "")
