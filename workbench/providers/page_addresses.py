"""Where a server may have a page that no standard gives a place: below its address, or beside its version.
Knows nothing about what the page does."""

from __future__ import annotations

import re

from workbench.errors import ProviderError
from workbench.providers.failures import UNKNOWN_MODEL

NO_SUCH_PAGE = (404, 405)
_VERSION = re.compile(r"/v\d+$")


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
