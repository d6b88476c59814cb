"""Names the sample experiment's file and the question that the demo asks its winner.
Knows nothing about running it."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError
from workbench.settings import PROJECT, Settings

DEMO_FILE = "support-first-look.yaml"
DEMO_QUESTION = "What weight is needed to calibrate the scale?"


def demo_file(settings: Settings) -> Path:
    """The sample experiment's file among the user's experiments, else in the project.

    Raises InputError when it is in neither.
    """
    for folder in (settings.experiments, PROJECT / "experiments"):
        if (folder / DEMO_FILE).exists():
            return folder / DEMO_FILE
    raise InputError(f"There is no experiments/{DEMO_FILE}.", hint="Restore it from the repository.")
