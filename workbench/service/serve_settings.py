"""The settings of `serve`: where it listens, who may ask, and how much.
Knows nothing about where they come from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from workbench.service.renewing import RenewalSettings
from workbench.service.request_log import LogSettings
from workbench.service.second_winner import SplitSettings
from workbench.service.watching import WatchSettings
from workbench.space.address import is_loopback

KEY_VARIABLE = "WORKBENCH_SERVE_KEY"


@dataclass(frozen=True)
class ServeSettings:
    """How a service listens and what it lets through."""

    host: str = "127.0.0.1"
    """The address that it listens at."""
    port: int = 8600
    """The port; 0 takes a free one."""
    key: str | None = None
    """What clients must send as a bearer token; None asks for none."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names by which clients may call it, without a port."""
    allowed_origins: tuple[str, ...] = ()
    """The web pages that may ask it from a browser, such as "https://chat.example.com"."""
    most_body_bytes: int = 1_000_000
    """The longest request."""
    most_question_characters: int = 20_000
    """The longest question."""
    requests_per_minute: int = 600
    """For each client's address; 0 sets no limit."""
    concurrency: int = 256
    """How many requests are worked on at once."""
    cached_answers: int = 1_000
    """How many answers are kept in memory for equal questions; 0 answers each question anew."""
    tells_tasks_apart: bool = True
    """Whether tasks of chat programs, such as titles, are told from questions (`is_chat_task`)."""
    grace_seconds: int = 30
    """How long replies may still take after Ctrl-C."""
    traces: str | None = None
    """Where traces are sent, such as "http://127.0.0.1:6006/v1/traces"; None sends none."""
    watching: WatchSettings = WatchSettings()
    """How it is watched."""
    log: LogSettings = LogSettings()
    """What is kept of requests, and for how long."""
    renewal: RenewalSettings = RenewalSettings()
    """How newer versions of corpora and winners are noticed."""
    split: SplitSettings = SplitSettings()
    """What the second winner gets of the first one's traffic."""

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can reach it."""
        return is_loopback(self.host)

    @property
    def is_wildcard(self) -> bool:
        """Whether it listens at all addresses of this machine."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False
