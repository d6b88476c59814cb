"""Reads the address of a server strictly, and says which addresses a host that a person wrote stands for.
Knows nothing about models, keys or connections."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from workbench.errors import InputError

DEFAULT_PORTS = {"http": 80, "https": 443}
# Libraries read odd addresses in different ways. Of what is spelled like this, all read the same host.
_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(?:[/?#][^\s\\]*)?", re.IGNORECASE | re.ASCII
)
_NETWORK_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach it: localhost, or an address such as 127.0.0.1."""
    address = _ip_of(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a server listens."""

    scheme: str
    """http or https."""
    host: str
    """A name in lower case without a final dot, or an IP address without brackets."""
    port: int
    """The usual one of the scheme where the URL has none."""

    @classmethod
    def parse(cls, url: str) -> Self | None:
        """Read the address in a URL; None for one that is not spelled plainly, in ASCII."""
        match = _URL.fullmatch(url)
        if match is None:
            return None
        scheme, host = match[1].lower(), match[2].lower().removesuffix(".")
        if host.startswith("["):
            try:
                host = str(ipaddress.IPv6Address(host[1:-1]))
            except ValueError:
                return None
        port = int(match[3]) if match[3] else DEFAULT_PORTS[scheme]
        return cls(scheme, host, port) if host.strip(".") and port < 65536 else None

    @property
    def host_and_port(self) -> str:
        """The host, with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, in one spelling for each address."""
        return f"{self.scheme}://{self.host_and_port}"

    @property
    def argument(self) -> str:
        """The shortest text that `HostPattern` reads as this address."""
        plain = self.scheme == "https" or self.in_local_network
        return self.host_and_port if plain else self.origin

    @property
    def on_this_machine(self) -> bool:
        """Whether it is a loopback address, or the one of servers that listen on all of this machine's."""
        address = _ip_of(self.host)
        return is_loopback(self.host) or (address is not None and address.is_unspecified)

    @property
    def in_local_network(self) -> bool:
        """Whether it means something only on this machine or in its network."""
        address = _ip_of(self.host)
        if address is not None:
            return self.on_this_machine or address.is_private or address.is_link_local
        return "." not in self.host or self.host.endswith(_NETWORK_NAMES)


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host as a person writes it: HOST, HOST:PORT or SCHEME://HOST:PORT.

    Without a scheme it stands for https, in the local network for http as well. Without a port it stands for
    the usual one, in the local network for any.
    """

    address: Address
    """What was written, with https and its port where they were left out."""
    has_scheme: bool
    """Whether a scheme was written."""
    has_port: bool
    """Whether a port was written."""

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Read a host; None when the text is none."""
        text = text.strip()
        if text.count(":") > 1 and "://" not in text and not text.startswith("["):
            text = f"[{text}]"
        has_scheme = "://" in text
        address = Address.parse(text if has_scheme else f"https://{text}")
        if address is None:
            return None
        authority = text.split("://")[-1].split("/")[0]
        return cls(address, has_scheme, re.search(r":[0-9]+$", authority) is not None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a host. Raises InputError when the text is none."""
        pattern = cls.find(text)
        if pattern is None:
            raise InputError(
                f"{text!r} is not a host.",
                hint="Write it as HOST, HOST:PORT or http://HOST:PORT, such as api.example.com.",
            )
        return pattern

    def matches(self, address: Address) -> bool:
        """Whether it stands for this address."""
        if self.address.host != address.host:
            return False
        if self.has_scheme and self.address.scheme != address.scheme:
            return False
        if not self.has_scheme and address.scheme != "https" and not address.in_local_network:
            return False
        if self.has_port:
            return self.address.port == address.port
        return address.in_local_network or address.port == DEFAULT_PORTS[address.scheme]
