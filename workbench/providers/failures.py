"""Turns what went wrong between us and a server into a ProviderError in plain words, without the key.
Knows nothing about sending; it reads the SDK's exceptions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import ProviderError
from workbench.input.key_shapes import HIDDEN, hide_keys
from workbench.providers.asked_wait import read_wait, wait_in_words
from workbench.providers.certificates import explain_certificate
from workbench.providers.context_limit import is_too_long
from workbench.replies.untrusted import NotJson, read_json, storable_text
from workbench.space.model import Model

if TYPE_CHECKING:
    import httpx

LONGEST_DETAIL = 300
# What a 403 says that is not about the key.
FORBIDDEN = re.compile(
    r"content[ _-]?(?:filter|policy|management)|moderation|flagged|safety|guardrail|firewall|region\b|"
    r"country|territory|location|\bIP\b",
    re.I,
)
UNKNOWN_MODEL = re.compile(
    r"(?:unknown|invalid|unrecognized|no such) model\b|not a valid model|model_not_found"
    r"|\bmodel\b[^.]{0,80}\b(?:not found|does not exist|is unknown|is not available)",
    re.I,
)
# What OpenAI, Anthropic, Gemini, OpenRouter, Groq, Mistral, DeepSeek and LiteLLM say when no money is left.
MONEY_SPENT = re.compile(
    r"insufficient[ _](?:credits?|balance|funds|quota)|credit balance|billing hard limit"
    r"|(?:exceeded your current|used up (?:your|the)) quota|check your (?:plan and )?billing"
    r"|(?:out of|no|not enough|more) credits\b"
    r"|credits? (?:are |is |have been |has been )?(?:depleted|exhausted|used up)"
    r"|(?:spend(?:ing)?|monthly|usage|budget)\b[^.]{0,30}\b(?:limit|cap)\b[^.]{0,30}\b(?:reached|exceeded)"
    r"|budget has been exceeded|payment required",
    re.I,
)
# What a parameter's refusal can be answered with. The program does not leave a parameter out by itself:
# sampling settings are part of the model's identity, so an answer must have been made with those it names.
ADVICE = (
    *(
        (re.compile(rf"\b{name}\b"), f"Set {name}: null to leave it out of requests.")
        for name in ("temperature", "top_p", "seed")
    ),
    (re.compile(r"\bmax_(?:completion_)?tokens\b"), "Lower max_tokens on the model."),
    (
        re.compile(r"\bsystem\b.{0,40}\b(?:role|message|prompt|instruction)|developer instruction", re.I),
        "This model takes no system message: move the prompt's system part into its template.",
    ),
)
STATUS_OF_CODES = {
    "invalid_api_key": 401,
    "authentication_error": 401,
    "permission_error": 403,
    "insufficient_quota": 402,
    "billing_error": 402,
    "billing_hard_limit_reached": 402,
    "billing_not_active": 402,
    "budget_exceeded": 402,
    "model_not_found": 404,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "resource_exhausted": 429,
    "overloaded_error": 503,
    "server_error": 500,
    "api_error": 500,
    "internal_server_error": 500,
    "timeout": 504,
}
# Wider than the shapes of keys: in a server's message "key abcdef" is more likely a key than words.
LOOKS_LIKE_KEY = re.compile(r"\b(?:key|Bearer)[-_ ][A-Za-z0-9_-]{6,}")


def redact(text: str, key: str | None) -> str:
    """The text without the key, or anything that looks like one."""
    if key and len(key) >= 4:
        text = text.replace(key, HIDDEN)
    return LOOKS_LIKE_KEY.sub(HIDDEN, hide_keys(text))


def _words(body: Any, key: str | None) -> str:
    """What the server says, on one line, without the key. body: its `error`, of whatever shape."""
    given = (body.get(name) for name in ("message", "detail")) if isinstance(body, Mapping) else (body,)
    text = next((words for words in given if isinstance(words, str) and words), None)
    text = storable_text(text if text is not None else json.dumps(body))
    return redact(" ".join(text.split()), key)[:LONGEST_DETAIL]


def _body_of(response: httpx.Response) -> Any:
    """What an error's response says went wrong: its `error`, all of its JSON, or its text."""
    try:
        raw = read_json(response.content)
    except NotJson:
        return response.text
    return find_error_body(raw) or raw


def explain_failure(error: Exception, model: Model, key: str | None) -> ProviderError:
    """A ProviderError for any exception of a request; what is no server's failure is raised as it is."""
    import httpx
    import openai

    from workbench.providers.response_size import ResponseTooLarge

    at = model.base_url
    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx.TimeoutException):
        return ProviderError(
            f"{at} did not answer within {model.limits.timeout_seconds:g} s.", kind="timeout", retryable=True
        )
    if isinstance(error, openai.APIStatusError):
        headers = error.response.headers
        if error.response.is_redirect:
            place = redact(headers.get("location", "another address"), key)[:LONGEST_DETAIL]
            return ProviderError(
                f"{at} redirects to {place}. Redirects are not followed, so that a key stays with its host.",
                kind="rejected",
                hint="Write the address that answers in base_url.",
            )
        body = _body_of(error.response)
        status = _status_in(body)
        # A code is more exact than the status: OpenAI refuses with 429 when the money is spent.
        status = status if status in (402, 404) else error.status_code
        words = _words(body, key)
        return _classify(model, status, words, read_wait(headers, words, limits=status == 429))
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    if (refusal := explain_certificate(cause, model)) is not None:
        return refusal
    if isinstance(cause, httpx.ProxyError):
        return ProviderError(
            f"The proxy of the environment did not connect to {at}: {redact(str(cause), key)}.",
            kind="refused",
            retryable=True,
            hint="Its address is in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY. "
            "Hosts that need no proxy go into NO_PROXY.",
        )
    if isinstance(cause, ResponseTooLarge):
        return ProviderError(f"{at} cannot be used: {cause}.", kind="nonsense")
    if isinstance(cause, httpx.DecodingError):
        return ProviderError(
            f"{at} replied with compressed data that is damaged.", kind="nonsense", retryable=True
        )
    if isinstance(error, openai.APIConnectionError):
        if isinstance(cause, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
            return explain_cut(model)
        if isinstance(cause, httpx.ConnectError):
            return ProviderError(
                f"Nothing answers at {at} ({redact(str(cause).replace(' ssl:default', ''), key)}).",
                kind="refused",
                retryable=True,
                hint="Start the server, or correct its address (base_url)."
                if model.tuned is None
                else f"{model.name} is a trained model: `models serve {model.name}` starts its server where "
                "it was trained; anywhere else, serve its files and give their address as base_url.",
            )
        return ProviderError(f"{at} cannot be reached: {redact(str(cause or error), key)}.", kind="refused",
                             retryable=True)  # fmt: skip
    if isinstance(error, httpx.HTTPError):
        return explain_cut(model)
    if isinstance(error, NotJson):
        return ProviderError(
            f"{at} replied with something that is not JSON ({error}).",
            kind="nonsense",
            retryable=True,
            hint="Is it an OpenAI-compatible server? Its address usually ends in /v1.",
        )
    raise error


def explain_error_body(body: Any, model: Model, key: str | None) -> ProviderError:
    """A ProviderError for an error that came with status 200, or in the middle of a stream.

    body: the reply's `error`. Its code says what the status would have said; without one it may pass.
    """
    return _classify(model, _status_in(body), _words(body, key), None)


def explain_cut(model: Model) -> ProviderError:
    return ProviderError(
        f"{model.base_url} closed the connection during the reply.", kind="cut", retryable=True
    )


def find_error_body(raw: Any) -> Any:
    """What a reply with status 200, or an event of a stream, says went wrong; None when it says nothing."""
    if not isinstance(raw, Mapping):
        return None
    if raw.get("object") == "error" or raw.get("type") == "error":
        return raw.get("error") or raw
    return raw.get("error") or None


def _status_in(body: Any) -> int | None:
    """The HTTP status that an error's code, status or type stands for; None when it names none."""
    for name in ("code", "status", "type"):
        value = body.get(name) if isinstance(body, dict) else None
        if isinstance(value, str) and value.lower() in STATUS_OF_CODES:
            return STATUS_OF_CODES[value.lower()]
        if isinstance(value, int | str) and re.fullmatch("[45][0-9][0-9]", str(value)):
            return int(value)
    return None


def _classify(model: Model, status: int | None, detail: str, wait: float | None) -> ProviderError:
    """status: None when an error came without one. detail: the server's words. wait: how long it asks for."""
    error = _error_for(model, status, detail, wait)
    error.status, error.words = status, detail
    return error


def _error_for(model: Model, status: int | None, detail: str, wait: float | None) -> ProviderError:
    at = model.base_url
    # Some servers say with 429 that the money is spent, others with 400 or 403. Gemini says the same of a
    # limit that is renewed in a minute, and then for how long to wait.
    if status in (None, 400, 403, 429) and MONEY_SPENT.search(detail) and wait_in_words(detail) is None:
        status = 402
    if status == 403 and FORBIDDEN.search(detail):
        return ProviderError(
            f"{at} forbids the request (403): {detail}",
            kind="rejected",
            hint="Its message does not mention the key: ask the provider what the account may use.",
        )
    if status in (401, 403):
        hint = (
            f"Check {model.api_key_env}." if model.api_key_env else "Name its key's variable in api_key_env."
        )
        what = f"does not accept the key in {model.api_key_env}" if model.api_key_env else "asks for a key"
        return ProviderError(f"{at} {what}: {detail}", kind="key", hint=hint)
    if status == 402:
        return ProviderError(
            f"{at} asks for payment: {detail}",
            kind="payment",
            hint="Add credit to the account, or raise its spending limit.",
        )
    if status == 404 or (status in (None, 400, 422) and UNKNOWN_MODEL.search(detail)):
        return ProviderError(
            f"{at} knows no model {model.model!r}, or that is not its address: {detail}",
            kind="no_model",
            hint="A test of the connection lists what the server offers. The address usually ends in /v1.",
            remedy=("test_connection", model.name),
        )
    if status == 429:
        return ProviderError(
            f"{at} refuses further calls for now: {detail}",
            kind="rate_limit",
            retryable=True,
            retry_after=wait,
        )
    if is_too_long(detail):
        return ProviderError(
            f"The prompt is longer than {model.name} takes: {detail}",
            kind="context",
            hint="Set context_window on the model, or lower top_k or chunk_tokens.",
        )
    if status is None:
        return ProviderError(f"{at} replied with an error: {detail}", kind="nonsense", retryable=True)
    if status in (408, 409, 425) or status >= 500:
        return ProviderError(
            f"{at} failed ({status}): {detail}", kind="server", retryable=True, retry_after=wait
        )
    advice = next((words for pattern, words in ADVICE if pattern.search(detail)), None)
    return ProviderError(f"{at} rejected the request ({status}): {detail}", kind="rejected", hint=advice)
