"""Commands that rate answers and check judges against labels.
Knows nothing about how any of it is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.cli.texts.judge_check import judge_check_text
from workbench.corpus.conversation import as_line
from workbench.errors import InputError
from workbench.feedback.reasons import LIKED_STARS, REASONS
from workbench.formatting import counted

commands = typer.Typer()


@commands.command()
def rate(
    answer_id: Annotated[int, typer.Argument(help="The number of an answer, as `answers` shows it.")],
    thumb: Annotated[str | None, typer.Argument(help="up, down or none; not needed with --stars.")] = None,
    comment: Annotated[str, typer.Option(help="Why, in your own words.")] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option(help="A quick tag that says why. Repeatable. " + ", ".join(REASONS) + "."),
    ] = None,
    stars: Annotated[
        int | None, typer.Option(help=f"1 to 5 stars; {LIKED_STARS} and more are a thumb up.")
    ] = None,
    better_answer: Annotated[str, typer.Option(help="What you would have answered.")] = "",
    rater: Annotated[str | None, typer.Option(help="Your name (default: WORKBENCH_RATER).")] = None,
) -> None:
    """Rate an answer with a thumb up or down, or with stars; none withdraws the rating."""
    from workbench.feedback.ratings import rate_answer

    settings, store = open_here()
    answer = rate_answer(
        store,
        answer_id,
        thumb,
        rater=rater or settings.rater,
        comment=comment,
        tags=tag or (),
        stars=stars,
        better_answer=better_answer,
    )
    given = thumb or counted(stars or 0, "star")
    say(f"{given}: {as_line(answer.question.asked)}", error=True)


@commands.command("judge-check")
def judge_check(
    labelled: Annotated[
        Path | None,
        typer.Argument(
            help="A JSONL file: per line an answer, its passages, its label and, if known, its question."
        ),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(help="A registered chat model, or embedded. Repeat it to compare judges."),
    ] = None,
    rubric: Annotated[
        str | None, typer.Option(help="A rubric to judge by, instead of ragas's faithfulness.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="The lowest score with which an answer passes.")
    ] = 0.5,
    from_ratings: Annotated[bool, typer.Option(help="Use people's thumbs as labels.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first so many answers.")] = None,
    budget: Annotated[float | None, typer.Option(help="A budget in US dollars.")] = None,
    json: Json = False,
) -> None:
    """Measure judges on labelled answers: AUROC, calibration and cost, compared with simpler measures."""
    import asyncio

    from workbench.calls.trusted_hosts import load_trust
    from workbench.run.judge_check import EMBEDDED, check_judges
    from workbench.run.start_or_resume import new_client_pool
    from workbench.scoring.labelled_answers import labels_from_ratings, load_labelled
    from workbench.store.catalogue import get_model

    settings, store = open_here()
    if (labelled is None) == (not from_ratings):
        raise InputError("Give either a labelled file or --from-ratings.")
    rows = labels_from_ratings(store) if labelled is None else load_labelled(labelled)
    judges = [
        None if name == EMBEDDED else get_model(store, name) for name in dict.fromkeys(judge or [EMBEDDED])
    ]
    for model in judges:
        if model is not None and (model.kind != "chat" or model.embedded):
            raise InputError(f"{model.name} cannot judge: it is not a chat model on a server.")
    document = asyncio.run(
        check_judges(
            store, settings, rows[:limit], judges, new_client_pool(load_trust(store)),
            rubric=rubric, threshold=threshold, budget_usd=budget,
        )
    )  # fmt: skip
    document["labels"] = "thumbs" if from_ratings else str(labelled)
    print_json(document) if json else say(judge_check_text(document))
