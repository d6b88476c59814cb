"""Whether ragas is installed, which scores need it, and how it is added.
Knows nothing about the scores themselves; it imports none of the packages it looks for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from workbench.errors import MissingPackage
from workbench.parts.registry import score_entry
from workbench.scoring.judged import JudgedScore

# Module → distribution: the extra `ragas` of pyproject.toml.
PACKAGES = {
    "ragas": "ragas",
    "langchain_community": "langchain-community",
    "rouge_score": "rouge-score",
    "sacrebleu": "sacrebleu",
}
INSTALL_COMMAND = f"pip install -c requirements.txt {' '.join(PACKAGES.values())}"


def find_missing_packages() -> list[str]:
    """The distributions of the extra that are not installed."""
    return [distribution for module, distribution in PACKAGES.items() if find_spec(module) is None]


def require_ragas(score_names: Iterable[str], judged: Iterable[JudgedScore]) -> None:
    """Raise MissingPackage, with the command that installs it, where a score needs ragas and has it not.

    score_names: the experiment's scores.
    judged: those of them that ask a model; a rubric needs no ragas.
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
