"""Turns what went wrong between us and a server into a ProviderError in plain words, without the key.
Knows nothing about sending; it reads the SDK's exceptions."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

from workbench.errors import ProviderError
from workbench.space.model import Model

LONGEST_DETAIL = 300
CONTEXT_WORDS = re.compile(
    r"context[ _](?:length|window|size)|maximum context|too (?:long|many tokens)", re.I
)
LOOKS_LIKE_KEY = re.compile(r"\b(?:sk|pk|key|Bearer)[-_ ][A-Za-z0-9_-]{6,}")


def redact(text: str, key: str | None) -> str:
    """The text without the key, or anything that looks like one."""
    if key and len(key) >= 4:
        text = text.replace(key, "[key]")
    return LOOKS_LIKE_KEY.sub("[key]", text)


def retry_after_seconds(value: str | None, now: float | None = None) -> float | None:
    """A Retry-After header's seconds: a number or an HTTP date; None when it is neither.

    now: the server's own time, from its Date header: ours may be wrong, or jump.
    """
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    at = _unix_seconds(value)
    if at is None:
        return None
    return max(0.0, at - (time.time() if now is None else now))


def _unix_seconds(date: str | None) -> float | None:
    """Of an HTTP date; None for what is none."""
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError):
        return None


def _detail(error: Any, key: str | None) -> str:
    body = getattr(error, "body", None)
    found = body.get("message") if isinstance(body, dict) else None
    text = found if isinstance(found, str) else str(getattr(error, "message", "") or error)
    return redact(" ".join(text.split()), key)[:LONGEST_DETAIL]


def explain_failure(error: Exception, model: Model, key: str | None) -> ProviderError:
    """A ProviderError for any exception of a request; what is no server's failure is raised as it is."""
    import httpx
    import openai

    at = model.base_url
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return ProviderError(
            f"{at} did not answer within {model.limits.timeout_seconds:g} s.", kind="timeout", retryable=True
        )
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model, key)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
            return ProviderError(f"{at} cut the connection in mid-reply.", kind="cut", retryable=True)
        if isinstance(cause, httpx.ConnectError):
            return ProviderError(
                f"Nothing answers at {at} ({redact(str(cause), key)}).",
                kind="refused",
                retryable=True,
                hint="Start the server, or correct base_url.",
            )
        return ProviderError(f"{at} cannot be reached: {redact(str(cause or error), key)}.", kind="refused",
                             retryable=True)  # fmt: skip
    if isinstance(error, httpx.HTTPError):
        return ProviderError(f"{at} cut the connection in mid-reply.", kind="cut", retryable=True)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | openai.APIResponseValidationError):
        return ProviderError(
            f"{at} replied with something that is not JSON.",
            kind="nonsense",
            retryable=True,
            hint="Is it an OpenAI-compatible server? Its address usually ends in /v1.",
        )
    raise error


def _of_status(error: Any, model: Model, key: str | None) -> ProviderError:
    status: int = error.status_code
    detail = _detail(error, key)
    at = model.base_url
    if status in (401, 403):
        hint = (
            f"Check {model.api_key_env}." if model.api_key_env else "Name its key's variable in api_key_env."
        )
        what = f"does not accept the key in {model.api_key_env}" if model.api_key_env else "asks for a key"
        return ProviderError(f"{at} {what}: {detail}", kind="key", hint=hint)
    if status == 404:
        return ProviderError(
            f"{at} knows no model {model.model!r}, or that is not its address: {detail}",
            kind="no_model",
            hint="A test of the connection lists what the server offers. The address usually ends in /v1.",
            remedy=("test_connection", model.name),
        )
    headers = error.response.headers
    wait = retry_after_seconds(headers.get("retry-after"), _unix_seconds(headers.get("date")))
    if status == 429:
        return ProviderError(
            f"{at} refuses more calls for now: {detail}", kind="rate_limit", retryable=True, retry_after=wait
        )
    if status in (408, 409, 425) or status >= 500:
        return ProviderError(
            f"{at} failed ({status}): {detail}", kind="server", retryable=True, retry_after=wait
        )
    if CONTEXT_WORDS.search(detail):
        return ProviderError(
            f"The prompt is longer than {model.name} takes: {detail}",
            kind="context",
            hint="Set context_window on the model, or lower top_k or chunk_tokens.",
        )
    advice: str | None = None
    if "temperature" in detail:
        advice = "Set temperature: null to leave it out of requests."
    return ProviderError(f"{at} rejected the request ({status}): {detail}", kind="rejected", hint=advice)
