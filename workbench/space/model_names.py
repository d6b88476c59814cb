"""Suggests the name under which a served model is registered, and finds the models registered already.
Knows nothing about servers or the store: names, models and addresses come in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from workbench.space.address import Address
from workbench.space.model import Model

LONGEST_NAME = 80  # characters, as space/prompt.py allows


def suggest_name(served: str, taken: Collection[str]) -> str:
    """Return a short name, unlike those that are taken, for a model that its server calls `served`.

    "meta-llama/Llama-3.1-8B-Instruct" gives "Llama-3.1-8B-Instruct", "qwen3:latest" gives "qwen3", and a name
    that is taken gets a number: "qwen3-2".
    """
    last = served.replace("\\", "/").rstrip("/").rpartition("/")[2]
    last = last.removesuffix(".gguf").removesuffix(":latest")
    plain = re.sub(r"[^\w.-]+", "-", last, flags=re.ASCII).strip("-._")[: LONGEST_NAME - 4] or "model"
    number, name = 1, plain
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name


def find_registered(models: Iterable[Model], base_url: str, served: str) -> Model | None:
    """Return the model registered under the same address and name on the server; None without one.

    Addresses of this machine are the same whichever way they are written: localhost, 127.0.0.1.
    """
    place = _place(base_url)
    for model in models:
        if model.base_url is not None and model.model == served and _place(model.base_url) == place:
            return model
    return None


def _place(base_url: str) -> object:
    address = Address.parse(base_url)
    if address is not None and address.on_this_machine:
        return address.port
    return base_url.rstrip("/")


def is_name(text: str) -> bool:
    """Whether a model can be called so."""
    return len(text) <= LONGEST_NAME and re.fullmatch(r"\w[\w ._/-]*", text) is not None
