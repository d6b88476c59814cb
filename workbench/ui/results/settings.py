"""Gives the settings of configurations as short cells and as words: which vary, and what each has.
Knows nothing about scores or how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.parts.choice import in_few_words
from workbench.parts.retrieval_settings import NUMBERS
from workbench.parts.setting_labels import UNITS, label_of_setting
from workbench.space.config import Config
from workbench.space.search_space import knob_settings

FIRST = ("prompt", "chunk_tokens", "retriever", "top_k", "model")
"""What is said of every configuration, in this order."""
EMBEDDED = "embedded/"


def find_varying(configs: Sequence[Config]) -> list[str]:
    """Return the settings in which the configurations differ, the usual ones first."""
    settings = [knob_settings(config) for config in configs]
    names = sorted(settings[0], key=lambda name: name not in FIRST) if settings else []
    # "" is no value of its own: keyword search has no embedding, and the retriever says so already.
    return [name for name in names if len({s[name] for s in settings} - {""}) > 1]


def settings_cells(config: Config, names: Sequence[str]) -> dict[str, str | int | float | None]:
    """Return setting → its value, short; None where it makes no difference. A system has no settings, nor
    has a route whose ends have their own: "—"."""
    values = knob_settings(config)
    missing = None if config.has_settings else "—"
    return {name: _short(name, values[name]) or (None if name in NUMBERS else missing) for name in names}


def _short(name: str, value: str) -> str | int | float | None:
    if name in NUMBERS:
        return float(value) if "." in value else int(value) if value else None
    return in_few_words(value).removeprefix(EMBEDDED) or None


def settings_in_words(config: Config, varying: Sequence[str]) -> str:
    """Return for example "Prompt concise@1 · Chunk size 192 tokens · Retriever keyword · Top k 6 · Model m".

    varying: the settings that differ between the configurations; they are said, too.
    """
    if config.system is not None:
        return f"System {config.system.name}"
    if not config.has_settings:
        return f"Route {config.model.name}"
    values = knob_settings(config)
    names = [*FIRST, *(name for name in varying if name not in FIRST)]
    return " · ".join(
        f"{label_of_setting(name)} {in_few_words(values[name])}{f' {UNITS[name]}' if name in UNITS else ''}"
        for name in names
        if values[name]
    )
