"""Says which addresses belong to one site, and which redirects may be followed.
Knows nothing about requests and pages."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from workbench.input.plain_data import shown
from workbench.space.address import DEFAULT_PORTS, Address

Resolve = Callable[[str], Awaitable[Collection[str]]]
"""Host name → its IP addresses; none where it cannot be looked up."""


async def resolve(host: str) -> list[str]:
    """Look a host up; an IP address is its own."""
    with suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []  # the request will say so, or a proxy knows more
    return [str(entry[4][0]) for entry in found]


def is_same_site(one: Address, other: Address) -> bool:
    """Whether two addresses are on one site: the same host, with or without www, at the same port."""
    usual = set(DEFAULT_PORTS.values())
    same_port = one.port == other.port or {one.port, other.port} <= usual
    return same_port and one.host.removeprefix("www.") == other.host.removeprefix("www.")


async def why_not_to_follow(
    url: str, target: str, *, within_site: bool, resolve: Resolve = resolve
) -> str | None:
    """Why a redirect is not followed, as the rest of a sentence about the page; None where it is.

    A page of one host must not send the program to another host in the user's own network: whoever wrote
    the page could make it ask there what only the user may ask.

    within_site: whether it must stay on the site.
    """
    here, there = Address.parse(url), Address.parse(target)
    if here is None or there is None:
        return f"redirects to {shown(target)}, which is not a web address"
    if within_site and not is_same_site(here, there):
        return f"redirects to another site ({there.host})"
    if here.host != there.host:
        addresses = await resolve(there.host)
        if not all(map(_is_public, addresses)):
            return f"redirects to {there.host_and_port}, which is not a public address"
    return None


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False
