"""Checks models where they come in: keys pasted where none belongs, addresses that can be read in two ways.
Knows nothing about files. Stored models are not checked, so that what a home holds stays readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workbench.errors import ModelError
from workbench.input.key_shapes import has_key_shape, is_key_not_name, names_secret
from workbench.space.address import Address
from workbench.space.model import EMBEDDED_PREFIX, OWN_HEADERS, Model

RIGHT_WAY = (
    "Put the key in the environment or in .env, such as OPENAI_API_KEY=…, and name the variable: "
    "`api_key_env: OPENAI_API_KEY`. If others have seen the key, replace it."
)
SECRET_IN_QUERY = ("code", "sig", "signature")
MARKS = (
    "base_url", "api_key_env", "extra_body", "extra_headers", "extra_query", "llamaindex", "url",
    "headers_env",
)  # fmt: skip
"""A model or a system can be told by any of these keys."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a model. Values that may be keys are not shown."""

    path: Path
    """Where it is in the data."""
    message: str
    """What is wrong, in one sentence."""
    hint: str
    """How to do it right."""


def check_model(model: Model) -> None:
    """Raise ModelError for a model that must not come in."""
    fault = find_fault(model.model_dump(mode="json"))
    if fault is not None:
        raise ModelError(f"Model {model.name!r}: {fault.message}", hint=fault.hint)


def find_fault(data: Any) -> Fault | None:
    """The first fault of the models inside plain data, such as a parsed file, at any depth.

    A fault is a key in a model's settings, an address that is not spelled plainly, or an address under the
    name of an embedded model.
    """
    for path, model in _find_models(data, ()):
        for fault in (
            *_find_keys(model, path),
            *_find_odd_addresses(model, path),
            *_find_odd_headers(model, path),
        ):
            return fault
    return None


def _find_models(data: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(data, Mapping):
        if any(name in data for name in MARKS):
            yield path, data
        for name, value in data.items():
            yield from _find_models(value, (*path, name))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from _find_models(value, (*path, position))


def _find_keys(model: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    variable, url = model.get("api_key_env"), model.get("base_url")
    if isinstance(variable, str) and is_key_not_name(variable):
        message = "api_key_env must be the name of an environment variable, never the key itself."
        yield Fault((*path, "api_key_env"), message, RIGHT_WAY)
    for name, address in (("base_url", url), ("url", model.get("url"))):
        if isinstance(address, str) and _url_holds_key(address):
            yield Fault((*path, name), f"{name} contains a key.", RIGHT_WAY)
    for setting in ("organization", "project", "revision", "notes", "stop"):
        if any(has_key_shape(text) for _, text in _texts(model.get(setting), (setting,))):
            yield Fault((*path, setting), f"{setting} contains a key.", RIGHT_WAY)
    for setting in ("extra_body", "extra_headers", "extra_query", "with", "body"):
        for inner, text in _texts(model.get(setting), (setting,)):
            name = str(inner[-1])
            is_secret = names_secret(name) or (
                setting in ("extra_headers", "extra_query") and name.lower().endswith("key")
            )
            if has_key_shape(text) or (text.strip() and is_secret):
                shown = ".".join("…" if is_key_not_name(str(part)) else str(part) for part in inner)
                yield Fault((*path, setting), f"{shown} contains a key.", RIGHT_WAY)


def _find_odd_addresses(model: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    url, name = model.get("base_url"), model.get("name")
    if not isinstance(url, str):
        return
    if "://" in url and "@" not in url and Address.parse(url) is None:
        message = f"base_url is {url!r}; it must be an address in plain ASCII with a port up to 65535."
        hint = "Such as http://127.0.0.1:8000/v1. Write a host with other letters in its xn--… form."
        yield Fault((*path, "base_url"), message, hint)
    if isinstance(name, str) and name.startswith(EMBEDDED_PREFIX):
        message = f"{name!r} has a base_url, but names that begin with {EMBEDDED_PREFIX} are those of models "
        message += "in this process, which send nothing."
        yield Fault((*path, "name"), message, "Give the model behind the address another name.")


def _find_odd_headers(model: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    name = model.get("key_header")
    if isinstance(name, str) and name.lower() in OWN_HEADERS - {"authorization", "api-key"}:
        message = f"key_header must not be {name!r}, which says something else about a request."
        hint = "Name the header that the server reads the key from, such as api-key."
        yield Fault((*path, "key_header"), message, hint)


def _url_holds_key(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return has_key_shape(url)
    # The host itself is left out: it may well be called sk-gateway.
    user = parts.netloc.rpartition("@")[0]
    return has_key_shape(parts._replace(netloc=user).geturl()) or any(
        names_secret(name) or name.lower() in SECRET_IN_QUERY for name, _ in parse_qsl(parts.query)
    )


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Each text inside a setting, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
