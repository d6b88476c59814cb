"""Ends what is done for a client as soon as it hangs up.
Knows nothing about what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

Result = TypeVar("Result")


class HungUp(Exception):
    """The client is gone."""


async def unless_hung_up(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result:
    """What the work brings. Raises HungUp, once the work has been cancelled, when the client hangs up before.

    receive: that of a request whose body was read.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_hang_up(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HungUp
        return working.result()
    finally:
        for task in (working, watching):
            if not task.done():
                task.cancel()
        await asyncio.wait({working, watching})


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
