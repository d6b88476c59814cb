"""The command that improves one prompt: an experiment with one prompt, one model and the usual retrieval.
Knows nothing about how a prompt is improved."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.experiments import plan_written, run_written
from workbench.cli.shared import Json, Trust
from workbench.space.prompt_optimisation import DEFAULT_CALLS


def optimise(
    name: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="The prompt to improve.")],
    corpus: Annotated[str, typer.Option(help="A corpus with questions, by name or path.")],
    model: Annotated[str, typer.Option(help="The model that answers.")],
    reflect_with: Annotated[
        str | None,
        typer.Option(help="The model that writes better prompts; by default the one that answers."),
    ] = None,
    calls: Annotated[
        int, typer.Option(help="The maximum number of answers and reflections.")
    ] = DEFAULT_CALLS,
    budget_usd: Annotated[float | None, typer.Option(help="The maximum cost in US dollars.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what it would do and cost, and stop.")] = False,
    trust: Trust = None,
    json: Json = False,
) -> None:
    """Improve a prompt on a corpus's train questions, and compare it with itself on held-out questions.

    It runs an experiment with that prompt, one model and the usual retrieval; an experiment file with
    `prompts: [{optimise: ...}]` does the same for the best of many settings.
    """
    from workbench.space.experiment import ExperimentFile
    from workbench.space.files import validate

    settings = {"from": name, "model": reflect_with or model, "calls": calls, "cells": 1}
    if budget_usd is not None:
        settings["budget_usd"] = budget_usd
    data = {
        "name": f"optimise {name.replace('@', ' ')}", "corpus": corpus, "models": [model],
        "prompts": [{"optimise": settings}],
    }  # fmt: skip
    written = validate(ExperimentFile, data, "prompts optimise")
    if plan:
        plan_written(written, corpus, json)
    else:
        run_written(written, corpus, trust, json)
