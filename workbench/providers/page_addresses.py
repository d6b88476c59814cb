"""Finds a page that no standard gives a place: below a server's address, or beside its version.
Knows nothing about what the page does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from workbench.errors import ProviderError
from workbench.providers.failures import UNKNOWN_MODEL

NO_SUCH_PAGE = (404, 405)
_VERSION = re.compile(r"/v\d+$")
T = TypeVar("T")


async def ask_page(
    base_url: str, page: str, ask: Callable[[str], Awaitable[T]], *, does: str, hint: str
) -> tuple[str, T]:
    """(the first address that has the page, what it replies).

    ask: sends the request to an address.
    does: what the page does, to complete "has no page that …".  hint: what to do where there is none.

    Raises ProviderError of kind "no_model" where no address has the page, and as `ask` does where one has.
    """
    addresses = addresses_of(base_url, page)
    other: ProviderError | None = None
    for address in addresses:
        try:
            return address, await ask(address)
        except ProviderError as error:
            if is_no_page(error):
                continue
            if error.kind != "nonsense" or error.words:
                raise
            other = other or error  # not JSON: the page of something else, such as a chat window
    raise other or ProviderError(
        f"{base_url} has no page that {does}: it knows none of {', '.join(addresses)}.",
        kind="no_model",
        hint=hint,
    )


def addresses_of(base_url: str, page: str) -> list[str]:
    """Where the page may be, the likeliest first: below the address as it is written, else beside it.

    page: its name, such as "rerank".
    """
    version = _VERSION.search(base_url)
    root = base_url[: version.start()] if version else base_url
    below = [base_url, root] if version else [root, f"{root}/v1", f"{root}/v2"]
    return [f"{place}/{page}" for place in below]


def is_no_page(error: ProviderError) -> bool:
    """Whether there is no such page. A server that misses a model of this name says so with 404, too."""
    return error.status in NO_SUCH_PAGE and not UNKNOWN_MODEL.search(error.words)
