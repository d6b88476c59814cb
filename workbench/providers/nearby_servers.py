"""Asks servers nearby what they serve, from code that is not asynchronous, and remembers their answers.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from workbench.providers.addresses import is_nearby
from workbench.providers.server_facts import ServerFacts, ask_server
from workbench.providers.trust import Trust
from workbench.space.model import Model
from workbench.space.system import SystemModel

# A plan is made anew with each edit of an experiment.
REMEMBERED_SECONDS = 20.0
_remembered: dict[str, tuple[float, ServerFacts]] = {}


def ask_servers_nearby(models: Sequence[Model], trust: Trust) -> dict[str, ServerFacts]:
    """What the servers on this machine and its network say, by base_url.

    trust: what the user has confirmed; nothing is sent to another address.

    Others are not asked: they refuse a name that they do not know, and a plan is nobody's business far away.
    """
    served = [m for m in models if m.base_url and not isinstance(m, SystemModel)]
    allowed = [m for m in served if trust.allows(m)]
    nearby = {str(m.base_url): m for m in allowed if is_nearby(m.base_url)}
    now = time.monotonic()
    to_ask = [m for url, m in nearby.items() if url not in _remembered or _remembered[url][0] < now]
    if to_ask:

        async def ask_all() -> list[ServerFacts]:
            return await asyncio.gather(*(ask_server(model, trust) for model in to_ask))

        with ThreadPoolExecutor(1) as executor:  # the caller may be inside an event loop
            answers = executor.submit(asyncio.run, ask_all()).result()
        for model, facts in zip(to_ask, answers, strict=True):
            _remembered[str(model.base_url)] = (now + REMEMBERED_SECONDS, facts)
    return {url: _remembered[url][1] for url in nearby}
