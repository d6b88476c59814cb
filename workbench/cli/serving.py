"""Commands that serve winners to other programs.
Knows nothing about HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from workbench.cli import serve_options as options
from workbench.cli.output import say
from workbench.cli.shared import AllowCode, CorpusOption, Trust, open_here, permit_winner
from workbench.errors import InputError
from workbench.formatting import destination_line
from workbench.store.serving.records import Texts

if TYPE_CHECKING:
    from workbench.service.serve_settings import ServeSettings
    from workbench.service.served_winner import ServedWinner
    from workbench.service.watching import WatchSettings
    from workbench.store.database import Store

commands = typer.Typer()
HELD = {"full": "questions, answers and passages", "redacted": "redacted texts", "none": "figures only"}
"""How texts are stored → what traces hold."""


@commands.command()
def serve(
    winners: Annotated[
        list[Path], typer.Argument(help="Exported winners (YAML); the first is the main one.")
    ],
    corpus: CorpusOption = None,
    host: options.Host = "127.0.0.1",
    port: options.Port = 8600,
    allow_host: options.AllowHost = None,
    allow_origin: options.AllowOrigin = None,
    rate: options.Rate = 600,
    concurrency: options.Concurrency = 256,
    max_body_bytes: options.MaxBodyBytes = 1_000_000,
    max_question_characters: options.MaxQuestionCharacters = 20_000,
    cache_answers: options.CacheAnswers = 1_000,
    no_cache: options.NoCache = False,
    no_tasks: options.NoTasks = False,
    grace: options.Grace = 30,
    texts: options.Texts = "full",
    traces: options.Traces = None,
    keep_days: options.KeepDays = None,
    share: options.Share = 0.0,
    shadow: options.Shadow = 0.0,
    check_corpus: options.CheckCorpus = 30.0,
    reload: options.Reload = False,
    every: options.Every = "milestones",
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

    if (share or shadow) and len(winners) < 2:
        raise InputError("--share and --shadow need a second winner. Give its file after the first one's.")
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
        tells_tasks_apart=not no_tasks,
        grace_seconds=grace,
        traces=find_traces_endpoint(traces),
        log=LogSettings(_read_texts(texts), keep_days),
        renewal=RenewalSettings(check_corpus, reload),
        split=SplitSettings(share, shadow),
        watching=_read_checks(every),
    )
    check_settings(serving)
    settings, store = open_here()
    for winner in winners:
        permit_winner(store, winner, trust, allow_code=allow_code)
    served = load_served(winners, corpus, store, settings, _tell)
    for line in _what_is_sent(served, serving):
        _tell(line)
    with take_port(serving) as listening:
        for line in _next_checks(served, store, serving.watching):
            _tell(line)
        names = ", ".join(one.model_id for one in served)
        _tell(f"Serving {names} on {address_of(listening)} (Ctrl-C stops).")
        load_now = partial(load_again, corpus=corpus, store=store, settings=settings, say=_tell)
        asyncio.run(serve(served, store, settings, serving, listening, _tell, load_now))


def _tell(text: str) -> None:
    say(text, error=True)


def _read_texts(texts: str) -> Texts:
    """Raises InputError for what is no way to keep texts."""
    if texts not in get_args(Texts):
        raise InputError(f"--texts is {texts[:40]!r}; it must be one of {', '.join(get_args(Texts))}.")
    return cast(Texts, texts)


def _what_is_sent(served: Sequence[ServedWinner], serving: ServeSettings) -> Iterator[str]:
    """Which hosts are sent what."""
    for one in served:
        for destination in one.running.loaded.destinations:
            yield f"{one.model_id}: {destination_line(destination.to_json())}"
        if contexts := one.running.loaded.contexts_to_write:
            yield f"Note: {contexts}"
    if serving.traces is not None:
        yield f"Traces with {HELD[serving.log.texts]} are sent to {serving.traces}."


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
