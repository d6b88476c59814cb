"""Where an address is: on this machine, on a local network, or elsewhere; and its forms in models.yaml.
Knows nothing about what is sent there."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal")  # noqa: S104


def is_nearby(base_url: str | None) -> bool:
    """Whether the host is this machine or one of a local network, as servers that people run themselves are.

    A name without a dot is taken for one, such as that of a container's.
    """
    host = (urlsplit(base_url or "").hostname or "").lower()
    try:
        address = ip_address(host)
    except ValueError:
        return (
            host in THIS_MACHINE
            or host.endswith((".local", ".lan", ".internal", ".localhost"))
            or ("." not in host and host != "")
        )
    return address.is_loopback or address.is_private or address.is_link_local


def server_root(base_url: str) -> str:
    """The address that a server's pages outside the OpenAI protocol are under: base_url without /v1."""
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")
