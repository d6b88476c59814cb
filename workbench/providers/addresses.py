"""Where an address is: on this machine, on a local network, or elsewhere; and its forms in models.yaml.
Knows nothing about what is sent there."""

from __future__ import annotations

from workbench.space.address import Address


def is_nearby(base_url: str | None) -> bool:
    """Whether the host is this machine or one of a local network, as servers that people run themselves are.

    A name without a dot is taken for one, such as that of a container's.
    """
    address = Address.parse(base_url or "")
    return address is not None and address.in_local_network


def server_root(base_url: str) -> str:
    """The address that a server's pages outside the OpenAI protocol are under: base_url without /v1."""
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")
