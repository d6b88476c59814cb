"""Says what is wrong with each field of a model that a person is describing.
Knows nothing about forms: the fields' values come in as plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from workbench.errors import ModelError
from workbench.input.key_shapes import hide_keys
from workbench.space.file_errors import explain_value
from workbench.space.model import Model
from workbench.space.model_input import find_fault

# What the fields that everybody fills in are called on pages; further ones go by their key.
LABELS = {
    "base_url": "The address",
    "api_key_env": "The variable",
    "model": "The name on the server",
    "name": "The name here",
}
EMPTY = {
    "base_url": "Choose a server, or write its address, such as http://127.0.0.1:8000/v1.",
    "model": "Choose a model of the server, or write the name that the server knows it by.",
    "name": "Give the model a name.",
}


def find_faults(data: Mapping[str, Any], taken: Collection[str] = ()) -> dict[str, str]:
    """Return field → what is wrong with it, as a sentence; empty for a model that can be registered.

    taken: names that other models have.
    """
    in_folder = bool(data.get("path"))  # then there is no server
    needed = {f: text for f, text in EMPTY.items() if not (in_folder and f in ("base_url", "model"))}
    faults = {field: text for field, text in needed.items() if not data.get(field)}
    if data.get("name") in taken:
        faults["name"] = f"A model named {data['name']!r} is registered already. Choose another name."
    fault = find_fault(dict(data))
    if fault is not None:
        faults.setdefault(str(fault.path[0]), f"{fault.message} {fault.hint}")
    try:
        Model.model_validate(data)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            field = str(item["loc"][0]) if item["loc"] else "name"
            faults.setdefault(field, explain_value(".".join(map(str, item["loc"])), item))
    except ModelError as error:
        faults.setdefault(error.about or "base_url", str(error))
    if "path" in faults:  # it is written where an address is
        faults["base_url"] = faults.pop("path")
    return {field: _reworded(field, hide_keys(text)) for field, text in faults.items()}


def is_folder(text: str | None) -> bool:
    """Return whether what was written for an address is a folder of this machine."""
    return bool(text) and "://" not in str(text) and str(text).startswith(("/", "~", "."))


def _reworded(field: str, text: str) -> str:
    """Begin with the field's label instead of its key."""
    label = LABELS.get(field)
    return f"{label}{text.removeprefix(field)}" if label and text.startswith(f"{field} ") else text
