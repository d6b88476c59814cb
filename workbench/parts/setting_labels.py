"""Names the settings of a configuration as people read them, the same on every page and in every text.
Knows nothing about the values of a setting."""

from __future__ import annotations

from workbench.parts.retrieval_settings import SETTINGS

SETTING_LABELS = {"prompt": "Prompt", "model": "Model"} | {s.name: s.label for s in SETTINGS}
UNITS = {s.name: s.unit for s in SETTINGS if s.unit}


def label_of_setting(name: str, *, unit: bool = False) -> str:
    """Return the label of a setting: "Chunk size".

    name: as in the experiment file: "chunk_tokens".
    unit: whether its unit follows, where it has one: "Chunk size, tokens".
    """
    label = SETTING_LABELS.get(name, name.replace("_", " "))
    return f"{label}, {UNITS[name]}" if unit and name in UNITS else label
