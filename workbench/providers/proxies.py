"""Finds the proxy that requests to an address go through, as the environment says.
Knows nothing about models or requests."""

from __future__ import annotations

import ipaddress
import re
from importlib.util import find_spec
from urllib.request import getproxies

from workbench.errors import ProviderError
from workbench.space.address import DEFAULT_PORTS, Address

SCHEMES = ("http", "https", "socks5", "socks5h")


def find_proxy(address: Address) -> str | None:
    """The URL of the proxy, None to connect directly: to this machine, and to what NO_PROXY lists.

    Raises ProviderError for a proxy that cannot be used.
    """
    named = getproxies()
    url = named.get(address.scheme) or named.get("all")
    if not url or address.on_this_machine or is_exempt(address, named.get("no", "")):
        return None
    url = url if "://" in url else f"http://{url}"
    scheme = url.partition("://")[0].lower()
    place = url.rpartition("@")[2].rpartition("://")[2]  # without a name and a password
    variable = f"{address.scheme.upper()}_PROXY" if named.get(address.scheme) else "ALL_PROXY"
    if scheme not in SCHEMES or address_of_proxy(url) is None:
        raise ProviderError(
            f"{variable} names a proxy that cannot be used: {scheme}://{place}.",
            kind="unreachable",
            hint=f"Write it as SCHEME://HOST:PORT; the schemes are {', '.join(SCHEMES)}. "
            "Hosts that need no proxy go into NO_PROXY.",
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise ProviderError(
            f"{variable} names a SOCKS proxy ({place}), and the package for those is not installed.",
            kind="unreachable",
            hint="Install it with `python -m pip install socksio`, name an HTTP proxy, or list the host in "
            "NO_PROXY.",
        )
    return url


def address_of_proxy(url: str) -> Address | None:
    """A proxy's address, without the name and password that its URL may hold; None for what is none."""
    scheme, _, rest = url.rpartition("://")
    return Address.parse(f"{'https' if scheme.lower() == 'https' else 'http'}://{rest.rpartition('@')[2]}")


def is_exempt(address: Address, no_proxy: str) -> bool:
    """Whether NO_PROXY lists an address: `*`, a name with all below it (with or without a dot or `*.` before
    it), an IP address, or a range such as 10.0.0.0/8; each may have a port."""
    return any(_covers(entry, address) for entry in re.split(r"[\s,;]+", no_proxy) if entry)


def _covers(entry: str, address: Address) -> bool:
    entry = entry.lower().rpartition("://")[2].rstrip("/")
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in_range(address.host, entry)
    match = re.fullmatch(r"(\[[^\]]+\]|[^:]+|[^:]*:[^:]*:.*?)(?::([0-9]+))?", entry)
    if match is None:
        return False
    if match[2] and int(match[2]) != (address.port or DEFAULT_PORTS[address.scheme]):
        return False
    host = match[1].strip("[]").removeprefix("*").strip(".")
    if _is_in_range(address.host, host):
        return True
    return bool(host) and (address.host == host or address.host.endswith(f".{host}"))


def _is_in_range(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
