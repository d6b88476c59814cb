"""Opens HTTP clients for models' servers: address, key, proxies, connections.
Knows nothing about what is sent through them."""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.errors import ProviderError, reason_of
from workbench.providers.proxies import find_proxy
from workbench.providers.request_headers import headers_of, send_keys_in
from workbench.providers.trust import Trust, find_key_in
from workbench.space.address import Address
from workbench.space.model import Model
from workbench.space.system import SystemModel

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

CONNECT_SECONDS = 10.0
# What a reply may have, before it is read: a stream carries some 300 bytes around each token, so this is
# 100,000 of them; 64 vectors of 8,192 dimensions are 13 MB; scores may come with
# their passages.
MOST_BYTES = {
    "chat": 32_000_000,
    "embedding": 64_000_000,
    "sparse_embedding": 64_000_000,
    "reranker": 8_000_000,
    "system": 32_000_000,
}


def open_client(model: Model, trust: Trust) -> tuple[AsyncOpenAI, tuple[str, ...]]:
    """(client, the keys that it sends). It follows no redirects, so that a key stays with its host.

    Raises HostNotConfirmed for an address that `trust` does not allow, and ProviderError when the variable
    that the model names is not set (kind "key"), or a proxy or a file of certificates cannot be used.
    """
    import httpx
    from openai import AsyncOpenAI

    trust.require([model])
    keys = {variable: _read_key(variable, model) for variable in model.key_variables}
    timeout = httpx.Timeout(model.limits.timeout_seconds, connect=CONNECT_SECONDS)
    client = AsyncOpenAI(
        base_url=model.base_url,
        api_key=keys.get(model.api_key_env or "", "none"),
        max_retries=0,
        timeout=timeout,
        http_client=_open_http_client(model, keys, timeout),
        default_query=dict(model.extra_query),
    )
    _use_only_settings_of(model, client)
    return client, tuple(keys.values())


def _read_key(variable: str, model: Model) -> str:
    """What a variable holds for a model. Raises ProviderError (kind "key")."""
    key = find_key_in(variable, model)
    if not key:
        what = "System" if isinstance(model, SystemModel) else "Model"
        raise ProviderError(
            f"{what} {model.name!r} needs a key and the variable {variable} is not set.",
            kind="key",
            hint=f"Set {variable} in the environment or in .env.",
        )
    if not (key.isascii() and key.isprintable()):
        raise ProviderError(
            f"The key in {variable} contains characters that no key has.",
            kind="key",
            hint="Paste it again, without quotes or line breaks.",
        )
    return key


def _use_only_settings_of(model: Model, client: AsyncOpenAI) -> None:
    """Drop what the SDK took from OPENAI_ORG_ID, OPENAI_PROJECT_ID, OPENAI_CUSTOM_HEADERS and
    OPENAI_ADMIN_KEY: it is meant for OpenAI, and would go to any address."""
    client.organization = client.project = client.admin_api_key = client.webhook_secret = None
    client._custom_headers = headers_of(model)


def _open_http_client(model: Model, keys: dict[str, str], timeout: httpx.Timeout) -> httpx.AsyncClient:
    """Through the proxies that the environment names, unless the server is on this machine.

    keys: by their variables.
    """
    import httpx

    from workbench.providers.response_size import ACCEPTED_ENCODING, limit_size
    from workbench.providers.transport import AiohttpTransport

    most = model.limits.concurrency + 4
    shared: dict[str, Any] = {
        "timeout": timeout,
        "headers": {"Accept-Encoding": ACCEPTED_ENCODING},
        "event_hooks": {
            "request": [send_keys_in(_headers_of_keys(model, keys))],
            "response": [limit_size(MOST_BYTES[model.kind])],
        },
    }
    address = Address.parse(model.base_url or "")
    proxy = find_proxy(address) if address else None
    if proxy:
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        return httpx.AsyncClient(
            proxy=proxy, trust_env=False, limits=limits, verify=shared_ssl_context(), **shared
        )
    transport = AiohttpTransport(most_connections=most, ssl_context=shared_ssl_context())
    return httpx.AsyncClient(transport=transport, trust_env=False, **shared)


def _headers_of_keys(model: Model, keys: dict[str, str]) -> dict[str, str] | None:
    """Header → key; None for a key that is sent as a bearer's in Authorization."""
    if isinstance(model, SystemModel) and model.system.url is not None:
        return {header: keys[variable] for header, variable in model.system.headers_env.items()}
    if model.sends_key_in is None:
        return None
    return dict.fromkeys([model.sends_key_in] if keys else [], next(iter(keys.values()), ""))


@cache
def shared_ssl_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than all else of opening one."""
    import httpx

    try:
        return httpx.create_ssl_context()
    except OSError as error:
        named = " or ".join(name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
        raise ProviderError(
            f"{named or 'The list of certificates'} cannot be read: {reason_of(error)}.",
            kind="unreachable",
            hint="SSL_CERT_FILE names a file of certificates in PEM format.",
        ) from None
