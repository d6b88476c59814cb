"""Commands that serve winners to other programs.
Knows nothing about HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from workbench.cli.output import say
from workbench.cli.shared import AllowCode, CorpusOption, Trust, open_here, permit_winner
from workbench.errors import InputError
from workbench.formatting import destination_line
from workbench.store.serving.records import Texts

if TYPE_CHECKING:
    from workbench.service.served_winner import ServedWinner
    from workbench.service.watching import WatchSettings
    from workbench.store.database import Store

commands = typer.Typer()


@commands.command()
def serve(
    winners: Annotated[
        list[Path], typer.Argument(help="Exported winners (YAML); the first is the main one.")
    ],
    corpus: CorpusOption = None,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen at. With any but a loopback address, WORKBENCH_SERVE_KEY must be set."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8600,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name by which clients call the service. Repeatable."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="A site whose pages may ask from a browser, such as https://chat.example.com. Repeatable.",
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests per minute from one address; 0 sets no limit.")
    ] = 600,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests that are worked on at once.")] = 256,
    max_body_bytes: Annotated[int, typer.Option(min=1_000, help="Bytes of a request at most.")] = 1_000_000,
    max_question_characters: Annotated[
        int, typer.Option(min=1, help="Characters of a question at most.")
    ] = 20_000,
    cache_answers: Annotated[
        int, typer.Option(min=1, help="Answers kept in memory for equal questions.")
    ] = 1_000,
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Answer each question anew, also where an equal one was answered."),
    ] = False,
    grace: Annotated[
        int, typer.Option(min=0, help="Seconds that replies under way may still take after Ctrl-C.")
    ] = 30,
    texts: Annotated[
        str,
        typer.Option(
            help="What is stored of questions, answers and passages: full, redacted (without personal data) "
            "or none (figures only)."
        ),
    ] = "full",
    traces: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send traces there by OTLP over HTTP, such as to http://127.0.0.1:6006/v1/traces; "
            "else where OTEL_EXPORTER_OTLP_ENDPOINT says.",
        ),
    ] = None,
    keep_days: Annotated[
        float | None, typer.Option(min=0.0, help="Days after which requests are deleted; else they are kept.")
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="The share of users whom the second winner answers in place of the first."
        ),
    ] = 0.0,
    shadow: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="The share of users whose questions the second winner answers, too: its answers are stored, "
            "and nobody is shown them.",
        ),
    ] = 0.0,
    check_corpus: Annotated[
        float,
        typer.Option(
            min=0.0, metavar="SECONDS", help="How often the corpus is looked at for changes; 0 never looks."
        ),
    ] = 30.0,
    reload: Annotated[
        bool,
        typer.Option("--reload", help="Take a winner's file anew when it was written. SIGHUP does so, too."),
    ] = False,
    every: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help="Ask the canaries again with this period, such as 1d, and on days 7, 30 and 90 after the "
            "export; `milestones` for these days alone, `never` for no checks.",
        ),
    ] = "milestones",
    trust: Trust = None,
    allow_code: AllowCode = False,
) -> None:
    """Serve winners to other programs: an OpenAI-compatible API, /ask, /retrieve and more."""
    import asyncio

    from workbench.service.loading import find_key, find_traces_endpoint, load_again, load_served
    from workbench.service.renewing import RenewalSettings
    from workbench.service.request_log import LogSettings
    from workbench.service.second_winner import SplitSettings
    from workbench.service.serve_settings import ServeSettings
    from workbench.service.server import address_of, check_settings, serve, take_port

    if texts not in get_args(Texts):
        raise InputError(f"--texts is {texts[:40]!r}; it must be one of {', '.join(get_args(Texts))}.")
    if (share or shadow) and len(winners) < 2:
        raise InputError(
            "--share and --shadow are about a second winner. Name its file behind the first one's."
        )
    serving = ServeSettings(
        host=host,
        port=port,
        key=find_key(),
        allowed_hosts=tuple(name.lower() for name in allow_host or ()),
        allowed_origins=tuple(origin.rstrip("/") for origin in allow_origin or ()),
        most_body_bytes=max_body_bytes,
        most_question_characters=max_question_characters,
        requests_per_minute=rate,
        concurrency=concurrency,
        cached_answers=0 if no_cache else cache_answers,
        grace_seconds=grace,
        traces=find_traces_endpoint(traces),
        log=LogSettings(cast(Texts, texts), keep_days),
        renewal=RenewalSettings(check_corpus, reload),
        split=SplitSettings(share, shadow),
        watching=_read_checks(every),
    )
    check_settings(serving)
    settings, store = open_here()
    for winner in winners:
        permit_winner(store, winner, trust, allow_code=allow_code)

    def tell(text: str) -> None:
        say(text, error=True)

    served = load_served(winners, corpus, store, settings, tell)
    for one in served:
        for destination in one.running.loaded.destinations:
            tell(f"{one.model_id}: {destination_line(destination.to_json())}")
        if contexts := one.running.loaded.contexts_to_write:
            tell(f"Note: {contexts}")
    if serving.traces is not None:
        held = {
            "full": "questions, answers and passages",
            "redacted": "redacted texts",
            "none": "figures only",
        }
        tell(f"Traces with {held[texts]} are sent to {serving.traces}.")
    with take_port(serving) as listening:
        names = ", ".join(one.model_id for one in served)
        for line in _next_checks(served, store, serving.watching):
            tell(line)
        tell(f"Serving {names} on {address_of(listening)} (Ctrl-C stops).")
        load_now = partial(load_again, corpus=corpus, store=store, settings=settings, say=tell)
        asyncio.run(serve(served, store, settings, serving, listening, tell, load_now))


def _read_checks(every: str) -> WatchSettings:
    """Raises InputError for what is no span of time, and for settings of alarms that cannot be used."""
    from workbench.input.time_span import parse_time_span
    from workbench.service.watching import WatchSettings
    from workbench.settings import load_alarm_settings

    alarms = load_alarm_settings()
    if every in ("milestones", "never"):
        return WatchSettings(checks=every != "never", alarms=alarms)
    return WatchSettings(every_seconds=parse_time_span(every, "--every"), alarms=alarms)


def _next_checks(served: Sequence[ServedWinner], store: Store, watching: WatchSettings) -> Iterator[str]:
    """When each winner is checked next, and what that costs."""
    from workbench.watch.next_check import find_next_check

    if watching.checks:
        for one in served:
            winner = one.running.loaded.winner
            words = find_next_check(store, winner, time.time(), watching.every_seconds).words
            yield f"{one.model_id}: {words}"
