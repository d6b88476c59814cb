"""Query transforms from outside: functions of a user.
Knows nothing about what they do: an experiment file names them."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import Any

from workbench.errors import ProviderError
from workbench.outside.functions import load_user_function
from workbench.outside.guard import call_guarded
from workbench.pipeline.stage_context import TransformContext


async def transform_by_python(
    question: str, context: TransformContext, *, part: str, with_: dict[str, Any], revision: str = "1"
) -> str:
    """The text to search for, as `function(question, **with)` returns it. It gets `history`, the earlier
    turns as [{"role": …, "content": …}], where it takes that. Raises ProviderError when it fails."""
    function = load_user_function(part)
    given = dict(with_)
    if "history" in inspect.signature(function).parameters:
        given["history"] = [{"role": turn.role, "content": turn.text} for turn in context.history]
    text = await asyncio.to_thread(call_guarded, partial(function, question, **given), part)
    if not isinstance(text, str) or not text.strip():
        raise ProviderError(f"{part} must return the text to search for, not {text!r:.80}.", kind="nonsense")
    return text
