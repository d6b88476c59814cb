"""Checks models where they come in: keys pasted where none belongs, addresses that can be read in two ways.
Knows nothing about files. Stored models are not checked, so that what a home holds stays readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workbench.errors import ModelError
from workbench.key_shapes import has_key_shape, is_key_not_name, names_secret
from workbench.space.address import Address
from workbench.space.model import EMBEDDED_PREFIX

RIGHT_WAY = (
    "Put the key in the environment or in .env, such as OPENAI_API_KEY=…, and name the variable: "
    "`api_key_env: OPENAI_API_KEY`. If the key has been shared with this file, replace it."
)
SECRET_IN_QUERY = ("code", "sig", "signature")
_TELLTALES = ("base_url", "api_key_env", "extra_body", "extra_headers", "extra_query")


def check_model_input(data: Any, where: str) -> None:
    """Check every model inside plain data, such as a parsed file. Values that may be keys are not shown.

    where: the file or the model, for messages.

    Raises ModelError for a key in a model's settings, an address that is not spelled plainly, or the name
    of an embedded model with an address.
    """
    for model in _find_models(data):
        _check_keys(model, where)
        url = model.get("base_url")
        if not isinstance(url, str):
            continue
        if "://" in url and "@" not in url and Address.parse(url) is None:
            raise ModelError(
                f"{where}: base_url is {url!r}; it must be an address in plain ASCII such as "
                "http://127.0.0.1:8000/v1, with a port up to 65535.",
                hint="Write a host with other letters as its xn--… form.",
            )
        if str(model.get("name", "")).startswith(EMBEDDED_PREFIX):
            raise ModelError(
                f"{where}: {model['name']!r} has a base_url, and names that begin with {EMBEDDED_PREFIX} are "
                "those of models in this process, which send nothing.",
                hint="Give the model behind the address another name.",
            )


def _find_models(data: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever looks like a model, at any depth."""
    if isinstance(data, Mapping):
        if any(name in data for name in _TELLTALES):
            yield data
        for value in data.values():
            yield from _find_models(value)
    elif isinstance(data, list):
        for value in data:
            yield from _find_models(value)


def _check_keys(model: Mapping[str, Any], where: str) -> None:
    variable = model.get("api_key_env")
    if isinstance(variable, str) and is_key_not_name(variable):
        raise ModelError(
            f"{where}: api_key_env must be the name of an environment variable, never the key itself.",
            hint=RIGHT_WAY,
        )
    url = model.get("base_url")
    if isinstance(url, str) and _url_holds_key(url):
        raise ModelError(f"{where}: base_url holds a key.", hint=RIGHT_WAY)
    for setting in ("extra_body", "extra_headers", "extra_query"):
        for path, value in _texts(model.get(setting), setting):
            name = path.rpartition(".")[2]
            is_secret = names_secret(name) or (setting != "extra_body" and name.lower().endswith("key"))
            if has_key_shape(value) or (value.strip() and is_secret):
                raise ModelError(f"{where}: {_shown(path)} holds a key.", hint=RIGHT_WAY)


def _url_holds_key(url: str) -> bool:
    if has_key_shape(url):
        return True
    try:
        query = urlsplit(url).query
    except ValueError:
        return False
    return any(names_secret(name) or name.lower() in SECRET_IN_QUERY for name, _ in parse_qsl(query))


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each text inside a setting, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)


def _shown(path: str) -> str:
    """A path without the parts that may be keys themselves."""
    return ".".join("…" if is_key_not_name(part) else part for part in path.split("."))
