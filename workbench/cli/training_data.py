"""The command that makes training data and writes them for a trainer.
Knows nothing about how they are made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import progress_line
from workbench.cli.shared import Json, open_here
from workbench.errors import InputError
from workbench.nearest import did_you_mean

if TYPE_CHECKING:
    from workbench.space.tuning import Kind
    from workbench.training_data.types import Format, Source

commands = typer.Typer()


def _one_of(value: str, allowed: tuple[str, ...], option: str) -> str:
    if value not in allowed:
        raise InputError(
            f"{option} is {value!r}; it must be {', '.join(allowed[:-1])} or {allowed[-1]}.",
            hint=did_you_mean(value, allowed),
        )
    return value


@commands.command("training-data")
def training_data(
    kind: Annotated[str, typer.Option(help="sft, dpo or kto.")],
    format: Annotated[str, typer.Option(help="The format to write: trl, openai, axolotl or llama-factory.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    experiment_id: Annotated[
        str | None, typer.Argument(help="The id of an experiment, as `list` shows it.")
    ] = None,
    home: Annotated[bool, typer.Option("--home", help="Of all experiments and ratings.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Decides every draw.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The most rows.")] = None,
    most_refusals: Annotated[
        float, typer.Option(min=0, max=1, help="The maximum share of rows that decline.")
    ] = 0.05,
    without_evidence: Annotated[
        float,
        typer.Option(min=0, max=1, help="The share of rows whose evidence is removed, so that they decline."),
    ] = 0.2,
    drop_personal_data: Annotated[
        bool, typer.Option("--drop-personal-data", help="Leave out rows that contain personal data.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace existing training data.")] = False,
    json: Json = False,
) -> None:
    """Make training data from train questions and ratings, and write them for a trainer."""
    from workbench.cli.texts.training_data import training_data_lines
    from workbench.training_data.build import build_training_data
    from workbench.training_data.formats import FORMATS, KINDS, get_shape
    from workbench.training_data.types import OfExperiment, OfHome, Options
    from workbench.training_data.write import check_folder, write_training_data

    kind_: Kind = _one_of(kind, KINDS, "--kind")  # type: ignore[assignment]
    format_: Format = _one_of(format, FORMATS, "--format")  # type: ignore[assignment]
    if (experiment_id is None) == (not home):
        raise InputError(
            "Give either the id of an experiment or --home.", hint="`list` shows the experiments."
        )
    get_shape(format_, kind_)
    check_folder(out, overwrite=force)
    settings, store = open_here()
    source: Source = OfHome() if experiment_id is None else OfExperiment(experiment_id)
    options = Options(
        limit=limit,
        most_refusals=most_refusals,
        without_evidence=without_evidence,
        drop_personal_data=drop_personal_data,
    )
    options = options if seed is None else replace(options, seed=seed)
    with progress_line() as progress:
        data = build_training_data(store, settings, source, kind_, options, progress.show)
    card = write_training_data(data, format_, out, overwrite=force)
    if json:
        print_json(card | {"folder": str(out)})
    else:
        for line in training_data_lines(card, str(out)):
            say(line)
