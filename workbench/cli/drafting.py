"""Carries out `questions draft`: plans or drafts, by rules or with a model, and prints what came of it.
Knows nothing about options, nor about how questions are drafted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import ProgressLine, progress_line
from workbench.cli.shared import EXIT_STOPPED, open_here
from workbench.drafting.draft_corpus import Drafted, describe, draft_corpus
from workbench.formatting import dollars
from workbench.settings import load_settings
from workbench.worker.draft_plan import DraftPlan, plan_drafting, plan_rules
from workbench.worker.model_drafting import DraftRequest, draft_with_model


def plan_by_rules(corpus: str, count: int, kinds: Sequence[str], *, json: bool) -> None:
    _show_plan(plan_rules(load_settings(), corpus, count, kinds), json)


def plan_with(request: DraftRequest, *, json: bool) -> None:
    settings, store = open_here()
    _show_plan(asyncio.run(plan_drafting(store, settings, request)), json)


def draft_by_rules(
    corpus: str, count: int, kinds: Sequence[str], seed: int, wordings: int, *, json: bool
) -> None:
    _show(draft_corpus(load_settings(), corpus, count, kinds=kinds, seed=seed, wordings=wordings), json)


def draft_with(request: DraftRequest, *, json: bool) -> None:
    """Draft with a model; Ctrl-C ends it cleanly, with what was made until then."""
    from workbench.foreground import stop_on_interrupt

    settings, store = open_here()

    async def work(line: ProgressLine) -> Drafted:
        def show(progress: dict[str, Any]) -> None:
            done, count, spent = progress["done"], progress["count"], dollars(progress["spent_usd"])
            line.show(f"{done:,} of {count:,} drafts · {progress['doing']} · {spent} spent")

        return await draft_with_model(store, settings, request, stop_on_interrupt(), show)

    with progress_line() as line:
        drafted = asyncio.run(work(line))
    _show(drafted, json)
    if drafted.state != "done":
        say("Run the same command again to continue; no call is paid for twice.", error=True)
        raise typer.Exit(1 if drafted.state == "paused" else EXIT_STOPPED)


def _show_plan(plan: DraftPlan, json: bool) -> None:
    print_json(plan.to_json()) if json else say(plan.describe())


def _show(drafted: Drafted, json: bool) -> None:
    if json:
        print_json(drafted.to_json())
        return
    say(describe(drafted))
    if drafted.added:
        say("Review them on the page Questions, or with `questions list`, `keep` and `drop`.", error=True)
