"""Commands for the requests that services answered: list, show, delete and import them.
Knows nothing about how they were answered or logged."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import progress_line
from workbench.cli.shared import EXIT_STOPPED, Json, open_here
from workbench.cli.texts.served_requests import (
    imported_text,
    imported_to_json,
    request_text,
    request_to_json,
    requests_table,
)
from workbench.errors import InputError
from workbench.formatting import counted
from workbench.input.time_span import DAY
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.store.database import Store
    from workbench.traces.import_requests import Imported
    from workbench.traces.types import ReadRequests

requests = typer.Typer(
    help="See and delete what is stored about the requests to services, and import others.",
    no_args_is_help=True,
)

READING = "Nothing is stored until all of it is read."
Service = Annotated[str | None, typer.Option(help="A service's id, as the list shows it.")]
User = Annotated[str | None, typer.Option(help="The key of a user, as clients send it.")]
UserHash = Annotated[str | None, typer.Option(help="The hash of a user's key, as the list shows it.")]


def _hash(settings: Settings, user: str | None, user_hash: str | None) -> str | None:
    if user is not None and user_hash is not None:
        raise InputError("Give either --user or --user-hash.")
    if user is None:
        return user_hash
    from workbench.service.users import hash_user, load_salt

    if not user:
        raise InputError("--user is empty.")
    return hash_user(load_salt(settings.home), user)


@requests.command("list")
def list_(
    service: Service = None,
    user: User = None,
    user_hash: UserHash = None,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number, newest first.")] = 20,
    json: Json = False,
) -> None:
    """List the stored requests, newest first."""
    from workbench.store.serving.requests import Which, count_requests, list_requests

    settings, store = open_here()
    which = Which(service_id=service, user=_hash(settings, user, user_hash))
    found, count = list_requests(store, which, limit=limit), count_requests(store, which)
    if json:
        print_json({"count": count, "requests": [request_to_json(request) for request in found]})
        return
    say(requests_table(found) if found else "No requests are stored.")
    if count > len(found):
        say(f"{len(found):,} of {count:,} requests.")


@requests.command()
def show(
    request_id: Annotated[str, typer.Argument(help="The id of a request, as its reply has it.")],
    json: Json = False,
) -> None:
    """Show everything stored about one request: texts, passages, figures, scores, its shadow's answer, "
    "thumbs."""
    from workbench.store.ratings import find_ratings
    from workbench.store.serving.requests import Which, find_requests, list_requests

    _, store = open_here()
    found = find_requests(store, [request_id]).get(request_id)
    if found is None:
        raise InputError(f"No request {request_id!r} is stored.", hint="`requests list` shows their ids.")
    others = [r for r in list_requests(store, Which(ids=[request_id])) if r.id != request_id]
    thumbs = find_ratings(store, [found.seen]).get(found.seen, []) if found.seen else []
    if json:
        print_json(
            request_to_json(found)
            | {
                "passages": [vars(passage) for passage in found.passages],
                "shadows": [request_to_json(other) for other in others],
                "ratings": [{"rater": t.rater, "value": t.value, "comment": t.comment} for t in thumbs],
            }
        )
    else:
        say(request_text(found, others, thumbs))


@requests.command()
def delete(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of requests.")] = None,
    service: Service = None,
    user: User = None,
    user_hash: UserHash = None,
    older_than: Annotated[
        float | None, typer.Option(min=0, metavar="DAYS", help="Those that are older.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    json: Json = False,
) -> None:
    """Delete requests with their scores and thumbs: those that meet every given condition."""
    from workbench.store.serving.deletion import delete_requests
    from workbench.store.serving.requests import Which, count_requests

    settings, store = open_here()
    before = None if older_than is None else time.time() - older_than * DAY
    which = Which(ids or None, service, _hash(settings, user, user_hash), before=before)
    if not which.conditions:
        raise InputError("Say which: their ids, --user, --user-hash, --service or --older-than.")
    count = count_requests(store, which) if dry_run else delete_requests(store, which)
    if json:
        print_json({"deleted": 0 if dry_run else count, "found": count})
    else:
        say(f"{counted(count, 'request')} {'would be deleted' if dry_run else 'deleted'}.")


@requests.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL of your own, or an export of traces.")],
    service: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What your service is called here; another import under this name adds to it.",
        ),
    ] = "imported",
    score_again: Annotated[
        bool,
        typer.Option(
            "--score-again",
            help="Also score requests that are already stored, for example after an update changed a score.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; store nothing.")] = False,
    json: Json = False,
) -> None:
    """Import requests that your own service answered: they are scored and watched like those of `serve`.

    A request that was imported before is stored once. Ctrl-C stops it, and the same command continues.
    """
    from workbench.traces.reading import read_requests

    name = service.strip()
    if not name:
        raise InputError("--service is empty.", hint="Give the name by which Watch shows your service.")
    settings, store = open_here()
    try:
        with progress_line() as line:
            line.show(f"Reading {file.name}. {READING}")
            read = read_requests(
                file, lambda rows: line.show(f"Reading {file.name}: {rows:,} rows. {READING}")
            )
        imported = _import(settings, store, name, read, dry_run, score_again)
    except KeyboardInterrupt:
        say("Stopped. What was stored stays, and the same command continues.", error=True)
        raise typer.Exit(EXIT_STOPPED) from None
    if json:
        print_json(imported_to_json(file.name, read, imported, dry_run))
    else:
        say(imported_text(file.name, read, imported, dry_run))


def _import(
    settings: Settings, store: Store, name: str, read: ReadRequests, dry_run: bool, score_again: bool
) -> Imported:
    from workbench.service.users import hash_user, load_salt
    from workbench.traces.import_requests import import_requests

    count = len(read.requests)
    with progress_line() as line:
        return import_requests(
            store,
            name,
            read.requests,
            hash_user=partial(hash_user, load_salt(settings.home)),
            now=time.time(),
            progress=lambda done: line.show(f"{done:,} of {counted(count, 'request')} scored and stored"),
            dry_run=dry_run,
            score_again=score_again,
        )
