"""Names the files of exported winners after what is in them, and gives the command that asks one.
Knows nothing about how a winner is built or answers."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.operating_system import portable_file_name
from workbench.ship.export import export_winner
from workbench.ship.kept_questions import DEFAULT_CANARIES
from workbench.ship.winner import Evidence, read_winner
from workbench.ship.winner_commands import workbench_command
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.questions import get_questions
from workbench.store.trials import find_trial

LONGEST_STEM = 80  # characters
_EASY_TO_TYPE = re.compile(r"[\w ,.?'()-]{1,100}")


@dataclass(frozen=True)
class Exported:
    """A winner, or another trial, that was written to a file."""

    path: Path
    yaml: str
    """The file's content."""
    command: str
    """The command that asks it a question, as it is typed in the folder that this process works in."""
    canaries: int
    """How many questions it keeps to be asked again."""


def export_to_folder(
    store: Store,
    folder: Path,
    experiment_id: str,
    trial_id: str,
    *,
    is_winner: bool,
    canaries: int = DEFAULT_CANARIES,
    cache: Path | None = None,
) -> Exported:
    """Write a trial to a file of this folder that is named after the experiment and the trial.

    An older export of the same is replaced; a file with anything else in it never is.

    is_winner: whether the trial is the experiment's winner, so that the file is called so.
    canaries, cache: see `build_winner`.
    """
    trial = find_trial(store, trial_id)
    what = "winner" if is_winner else _slug(trial.name if trial else trial_id)
    stem = f"{_slug(get_experiment(store, experiment_id).name)}-{what}"
    path = folder / portable_file_name(f"{stem}.yaml")
    if path.exists() and not _is_of(path, experiment_id, None if is_winner else trial_id):
        path = folder / portable_file_name(f"{stem}-{experiment_id if is_winner else trial_id}.yaml")
    export_winner(store, experiment_id, out=path, trial_id=trial_id, canaries=canaries, cache=cache)
    kept = read_winner(path).canaries
    return Exported(
        path,
        path.read_text(encoding="utf-8"),
        ask_command(path, example_question(store, experiment_id)),
        len(kept.questions) if kept else 0,
    )


def example_question(store: Store, experiment_id: str) -> str:
    """The experiment's first question that needs no care in a shell and no earlier turns; "Your question?" if
    there is none."""
    asked = (item.question for item in get_questions(store, experiment_id))
    texts = (question.text for question in asked if not question.history)
    return next((text for text in texts if _EASY_TO_TYPE.fullmatch(text)), "Your question?")


def ask_command(
    winner: Path,
    question: str,
    *,
    python: str = sys.executable,
    folder: Path | None = None,
    windows: bool = sys.platform == "win32",
) -> str:
    """The command that asks an exported winner, to be typed in the folder.

    python: the interpreter that has the packages; the one on the path may lack them.
    folder: None for the working folder.
    windows: whether the shell is PowerShell.
    """
    return workbench_command(["ask", winner, question], python=python, folder=folder, windows=windows)


def _slug(name: str) -> str:
    """The name in lower case with hyphens: "concise-1-192-keyword"."""
    words = re.sub(r"[^\w.]+|_+", "-", name.lower()).strip("-.")
    return words[:LONGEST_STEM].rstrip("-.") or "experiment"


def _is_of(path: Path, experiment_id: str, trial_id: str | None) -> bool:
    """Whether the file holds an export of this experiment, and of this trial unless it is None."""
    try:
        evidence: Evidence = read_winner(path).evidence
    except InputError:
        return False
    return evidence.experiment == experiment_id and trial_id in (None, evidence.trial)
