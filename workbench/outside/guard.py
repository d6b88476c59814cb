"""Calls code from outside in a thread of its own, for so long and no longer, and explains its failures.
Knows nothing about what the code does."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from workbench.errors import MissingPackage, ProviderError, WorkbenchError
from workbench.input.key_shapes import hide_keys

log = logging.getLogger(__name__)

T = TypeVar("T")
QUESTION_SECONDS = 60.0
"""For one question."""
DOCUMENT_SECONDS = 600.0
"""For one document, which a splitter may embed sentence by sentence."""
MOST_HANGS = 3
"""After so many calls that came to no end, a part is not called again: each leaves a thread behind."""

_hangs: Counter[str] = Counter()


def call_guarded(work: Callable[[], T], name: str, seconds: float = QUESTION_SECONDS) -> T:
    """What work() returns; that of a coroutine function is awaited.

    name: of the part, for messages.
    seconds: for how long it may work. Python cannot end a thread: one that hangs goes on until this process
        ends, and its result is not used.

    Raises ProviderError for whatever goes wrong: "timeout" for one that hangs, "rejected" for an exception.
    Errors of the workbench, such as a spent budget, pass through.
    """
    if _hangs[name] >= MOST_HANGS:
        raise ProviderError(
            f"{name} took longer than {seconds:g} s {MOST_HANGS} times: it is not called again.",
            kind="timeout",
            hint="Restart the worker to try it again.",
        )
    outcome: list[Any] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result = context.run(work)
            if inspect.isawaitable(result):
                result = asyncio.run(_wait_for(result))
            outcome.extend((True, result))
        except BaseException as error:  # noqa: BLE001 - somebody else's code, which may even exit
            outcome.extend((False, error))

    thread = threading.Thread(target=run, name=f"outside {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        _hangs[name] += 1
        raise ProviderError(
            f"{name} did not return within {seconds:g} s. Its thread continues until this process ends.",
            kind="timeout",
        )
    succeeded, result = outcome
    if succeeded:
        return result  # type: ignore[no-any-return]
    raise explain(name, result)


async def _wait_for(result: Any) -> Any:
    return await result


def explain(name: str, error: BaseException) -> WorkbenchError:
    """The error as a user can understand it; an error of the workbench inside it stays what it is."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, WorkbenchError):
            return inner
        inner = inner.__cause__ or inner.__context__
    log.warning("%s failed", name, exc_info=error)
    if isinstance(error, ImportError):
        return MissingPackage(f"{name} needs a package that is not installed: {one_line(error)}")
    return ProviderError(f"{name} failed: {type(error).__name__}: {one_line(error)}", kind="rejected")


def one_line(error: BaseException) -> str:
    """What an error says, in one line that is not too long, and without keys."""
    return hide_keys(" ".join(str(error).split()))[:300]
