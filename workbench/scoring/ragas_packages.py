"""Checks whether ragas is installed where scores need it, and says how to install it.
Knows nothing about how scores are computed; it imports none of the packages that it looks for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from workbench.errors import MissingPackage
from workbench.parts.registry import score_entry
from workbench.scoring.judged import JudgedScore

# Module → distribution, of the extra `ragas` in pyproject.toml.
PACKAGES = {
    "ragas": "ragas",
    "langchain_community": "langchain-community",
    "rouge_score": "rouge-score",
    "sacrebleu": "sacrebleu",
}
INSTALL_COMMAND = f"pip install -c requirements.txt {' '.join(PACKAGES.values())}"


def find_missing_packages() -> list[str]:
    """Return the distributions of the extra that are not installed."""
    return [distribution for module, distribution in PACKAGES.items() if find_spec(module) is None]


def require_ragas(score_names: Iterable[str], judged: Iterable[JudgedScore]) -> None:
    """Raise MissingPackage, with the command that installs it, when a score needs ragas and it is missing.

    score_names: the names of the experiment's scores.
    judged: the judged scores among them; a rubric needs no ragas.
    """
    entries = {name: score_entry(name) for name in score_names} | {s.name: s.metric for s in judged}
    names = [name for name, entry in entries.items() if entry.needs_ragas]
    missing = find_missing_packages() if names else []
    if missing:
        raise MissingPackage(
            f"scores: {', '.join(names)} {'needs' if len(names) == 1 else 'need'} ragas; not installed: "
            f"{', '.join(missing)}.",
            hint=f"Install it with `{INSTALL_COMMAND}`, or leave these scores out.",
        )
