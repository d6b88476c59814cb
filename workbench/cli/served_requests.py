"""Commands for the requests that services answered: list, show and delete them.
Knows nothing about how they were answered or logged."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.cli.texts.served_requests import request_text, request_to_json, requests_table
from workbench.errors import InputError
from workbench.formatting import counted
from workbench.input.time_span import DAY
from workbench.settings import Settings
from workbench.store.serving.requests import Which

requests = typer.Typer(
    help="See what is stored of the requests that `serve` answered, and delete it.", no_args_is_help=True
)

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
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    json: Json = False,
) -> None:
    """The requests that are stored, the newest first."""
    from workbench.store.serving.requests import count_requests, list_requests

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
    """All that is stored of one request: texts, passages, figures, scores, its shadow's answer, thumbs."""
    from workbench.store.ratings import find_ratings
    from workbench.store.serving.requests import find_requests, list_requests

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
    """Delete requests with their scores and thumbs: those that meet every condition that is given."""
    from workbench.store.serving.deletion import delete_requests
    from workbench.store.serving.requests import count_requests

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
