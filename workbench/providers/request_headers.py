"""Makes the headers that a model's requests have beside those of the protocol: its key's, its gateway's.
Knows nothing about clients or about which host may get a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.space.model import Model

if TYPE_CHECKING:
    from openai import Omit


def headers_of(model: Model, key: str | None) -> dict[str, str | Omit]:
    """Headers by name. A key that has a header of its own is sent there as it is, and nowhere else."""
    from openai import Omit

    headers: dict[str, str | Omit] = dict(model.extra_headers)
    if model.sends_key_in is not None and model.sends_key_in.lower() != "authorization":
        headers["Authorization"] = Omit()
    if model.sends_key_in is not None and key:
        headers[model.sends_key_in] = key
    for name, value in (("OpenAI-Organization", model.organization), ("OpenAI-Project", model.project)):
        headers[name] = Omit() if value is None else value
    return headers
