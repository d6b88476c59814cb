"""Reads the address of a model as people copy it: with a page's name, with a query, or as Azure writes it.
Knows nothing about sending: the parts of a model's description come in and go out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from workbench.errors import ModelError
from workbench.space.well_known_hosts import AZURE_HOSTS

PAGES = (
    "/chat/completions", "/completions", "/embeddings", "/embed_sparse", "/rerank", "/reranking",
    "/responses", "/models",
)  # fmt: skip
AZURE_ENDINGS = tuple(host.removeprefix("*") for host in AZURE_HOSTS)
AZURE_GATEWAYS = ".azure-api.net"
AZURE_PATH = "/openai/deployments/"


def is_azure(base_url: str | None) -> bool:
    """Whether the host is one of Azure's, which take the key in a header of their own."""
    return _host(base_url).endswith(AZURE_ENDINGS)


def _host(base_url: str | None) -> str:
    try:
        return (urlsplit(base_url or "").hostname or "").lower()
    except ValueError:  # what is wrong with it is said where the address is checked
        return ""


def read_address(data: dict[str, Any]) -> dict[str, Any]:
    """A model's fields with base_url cut to what requests are made of.

    The name of a page at its end goes, its query becomes extra_query, and the deployment in Azure's address
    becomes `model` where that is not given.

    Raises ModelError for an address of an Azure deployment without its api-version.
    """
    given = data.get("base_url")
    if not isinstance(given, str):
        return data
    try:
        parts = urlsplit(given.strip())
    except ValueError:
        return data
    path = parts.path.rstrip("/")
    for page in PAGES:
        path = path.removesuffix(page).rstrip("/")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    read = dict(data)
    read["base_url"] = urlunsplit(parts._replace(path=path, query="", fragment=""))
    own_query = data.get("extra_query")
    if query and (own_query is None or isinstance(own_query, dict)):
        read["extra_query"] = query | (own_query or {})
    if AZURE_PATH in path and _host(given).endswith((*AZURE_ENDINGS, AZURE_GATEWAYS)):
        if not data.get("model"):
            read["model"] = path.partition(AZURE_PATH)[2].partition("/")[0]
        if "api-version" not in (read.get("extra_query") or {}):
            raise ModelError(
                "The address of an Azure deployment needs its api-version.",
                hint="Add it to base_url, such as ?api-version=2024-10-21, or write "
                '`extra_query: {"api-version": "2024-10-21"}`.',
                about="base_url",
            )
    return read
