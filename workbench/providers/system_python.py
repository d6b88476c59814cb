"""Asks a system that is a Python function of the user's, once the user has allowed its file.
Knows nothing about retries, limits or money: one call, one reply or one ProviderError."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from functools import cached_property
from typing import Any

from workbench.errors import ProviderError
from workbench.input.json_path import describe
from workbench.outside.functions import load_user_function
from workbench.outside.guard import MOST_HANGS, explain
from workbench.providers.system_reply import read_reply
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.replies.untrusted import NotJson, read_json
from workbench.space.system import SystemModel


class PythonSystem:
    """One function. An async one runs on an event loop of its own, so that its clients keep their
    connections; any other runs in a thread for each call.

    Raises CodeNotAllowed before anything of its file is run, and ExperimentError when it cannot be imported.
    """

    def __init__(self, model: SystemModel) -> None:
        assert model.system.python is not None
        self._system, self._path = model.system, model.system.python
        self._seconds = model.limits.timeout_seconds
        self._function: Callable[..., Any] = load_user_function(self._path)
        self._takes_history = _takes_two(self._function)
        self._hangs = 0

    @property
    def identity(self) -> str:
        return json.dumps(self._system.content)

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        if self._hangs >= MOST_HANGS:
            raise ProviderError(
                f"{self._path} did not return {MOST_HANGS} times: it is not called again.",
                kind="timeout",
                hint="Restart the worker, or run the experiment again, to try it again.",
            )
        *earlier, last = request.messages
        history = [{"role": turn.role, "content": turn.content} for turn in earlier]
        given = (last.content, history) if self._takes_history else (last.content,)
        started = time.perf_counter()
        result = await self._call(given)
        return read_reply(self._to_json(result), self._system, request, time.perf_counter() - started)

    async def _call(self, given: tuple[Any, ...]) -> Any:
        try:
            async with asyncio.timeout(self._seconds):
                if inspect.iscoroutinefunction(self._function):
                    return await self._await(self._function(*given))
                result = await _in_thread(lambda: self._function(*given), self._path)
                return await self._await(_wait_for(result)) if inspect.isawaitable(result) else result
        except TimeoutError:
            self._hangs += 1
            raise ProviderError(
                f"{self._path} did not return within {self._seconds:g} s.",
                kind="timeout",
                hint="Raise timeout in the experiment file if it needs longer.",
            ) from None
        except Exception as error:  # the user's code may raise anything
            raise explain(self._path, error) from None

    async def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        threading.Thread(target=_run, args=(loop,), name=f"system {self._path}", daemon=True).start()
        return loop

    def _to_json(self, result: Any) -> Any:
        """What a server would have sent: a text alone is an answer."""
        if isinstance(result, str):
            result = {"answer": result}
        if not isinstance(result, dict):
            raise ProviderError(
                f"{self._path} returned {describe(result)}, not a dict.",
                kind="nonsense",
                hint='Return {"answer": …, "passages": [{"text": …}]}: docs/systems.md shows it.',
            )
        try:
            return read_json(json.dumps(result, default=str))
        except (NotJson, ValueError, TypeError, RecursionError) as error:
            raise ProviderError(
                f"{self._path} returned what cannot be written as JSON: {error}.", kind="nonsense"
            ) from None

    async def close(self) -> None:
        loop = self.__dict__.pop("_loop", None)
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped, and close it."""
    with closing(loop):
        loop.run_forever()
        if tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.wait(tasks))


async def _in_thread(work: Callable[[], Any], name: str) -> Any:
    """What work() returns, from a thread. When this is cancelled the thread goes on: Python cannot end it."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()

    def settle(set_outcome: Callable[[Any], None], value: Any) -> None:
        if not outcome.done():
            set_outcome(value)

    def run() -> None:
        try:
            result, set_outcome = work(), outcome.set_result
        except BaseException as error:  # somebody else's code, which may even exit
            result = (
                error if isinstance(error, Exception) else RuntimeError(f"{type(error).__name__}: {error}")
            )
            set_outcome = outcome.set_exception
        try:
            loop.call_soon_threadsafe(settle, set_outcome, result)
        except RuntimeError:
            return  # the program has ended meanwhile

    threading.Thread(target=run, name=f"system {name}", daemon=True).start()
    return await outcome


async def _wait_for(result: Any) -> Any:
    return await result


def _takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function takes the history beside the question."""
    try:
        inspect.signature(function).bind("question", [])
    except (TypeError, ValueError):
        return False
    return True
