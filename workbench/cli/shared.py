"""What commands share: options, arguments, an exit code, and opening the workbench.
Knows nothing about any command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.settings import Settings, load_settings
from workbench.store.database import Store

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
ExperimentFileArgument = Annotated[Path, typer.Argument(help="An experiment file (YAML).")]
ExperimentId = Annotated[str, typer.Argument(help="An experiment's id, as `list` shows it.")]

EXIT_STOPPED = 3


def open_here() -> tuple[Settings, Store]:
    from workbench.run.open_home import open_workbench

    settings = load_settings()
    return settings, open_workbench(settings)
