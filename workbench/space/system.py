"""Defines a system: a RAG that retrieves and answers by itself, behind an address or as a Python function.
Knows nothing about talking to it: providers/ does that. Holds the names of keys' variables, never a key."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import JsonValue, field_validator, model_validator

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.input.json_path import JsonPath
from workbench.parts.outside import PYTHON, state_of
from workbench.space.model import HEADER_NAME, Limits, Model, Price
from workbench.space.prompt import Name

QUESTION, HISTORY = "{question}", "{history}"
DEFAULT_BODY: dict[str, JsonValue] = {"question": QUESTION, "history": HISTORY}
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
_FUNCTION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_NOT_OURS = frozenset("host content-length content-type transfer-encoding connection".split())


class ReplyMap(CheckedModel):
    """Where a system's JSON has what, as paths such as `$.data.sources`. A passage's begin at the passage."""

    answer: str = "$.answer"
    """The answer's text."""
    passages: str = "$.passages"
    """The list of what was retrieved, best first. Each is an object, or a text."""
    text: str = "$.text"
    """The text of a passage."""
    document: str = "$.document"
    """The name of its document in the corpus."""
    start: str = "$.start"
    """Where it begins in the document's text, in characters."""
    end: str = "$.end"
    """Where it ends in the document's text, in characters; exclusive."""
    score: str = "$.score"
    """Its retrieval score; higher is better."""
    usage: str = "$.usage"
    """Tokens, as {"input", "output"} or as the chat protocol has them."""
    cost_usd: str = "$.cost_usd"
    """What the answer cost in US dollars."""

    @field_validator("*")
    @classmethod
    def _paths(cls, value: str) -> str:
        JsonPath.parse(value)
        return value


class System(CheckedModel):
    """A system that answers questions with a retrieval of its own. It is one of url, python and openai."""

    name: Name
    url: str | None = None
    """Where a POST of the question as JSON brings the answer and its passages as JSON."""
    python: str | None = None
    """A function, as "module:function": question and history to the same JSON. It may be async."""
    openai: Model | None = None
    """A chat endpoint that retrieves by itself; passages are read from its citations."""
    body: dict[str, JsonValue] = DEFAULT_BODY
    """What is sent to `url`: "{question}" and "{history}" in it stand for the two."""
    map: ReplyMap = ReplyMap()
    """Where the reply's JSON differs from {"answer", "passages": [{"text", …}], "usage", "cost_usd"}."""
    headers_env: dict[str, str] = {}
    """Header → the name of the environment variable that holds its value."""
    revision: str | None = None
    """Free text. Change it when the system has changed: its answers are then asked for anew."""
    price: Price | None = None
    """Of an answer for which the system tells no cost. None means unpriced, not free."""
    limits: Limits = Limits()
    notes: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """`timeout` is short for limits.timeout_seconds, and a chat endpoint needs no name of its own. Its
        server decides what is not set: no temperature and no max_tokens are sent."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if "timeout" in data:
            limits = data.get("limits") or {}
            data["limits"] = (
                {**limits, "timeout_seconds": data.pop("timeout")} if isinstance(limits, dict) else limits
            )
        server = data.get("openai")
        if isinstance(server, dict):
            data["openai"] = {"name": data.get("name"), "temperature": None, "max_tokens": None, **server}
        return data

    @field_validator("revision", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
        except ValueError:  # such as a bracket without its other half
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ExperimentError(
                f"url is {value!r}; it must be an address such as http://127.0.0.1:9000/ask.", about="systems"
            )
        if parts.username or parts.password:
            raise ExperimentError(
                "url must not contain a password; name a header and the variable of its value in "
                "headers_env.",
                about="systems",
            )
        return value

    @field_validator("python")
    @classmethod
    def _function(cls, value: str | None) -> str | None:
        if value is not None and not _FUNCTION.fullmatch(value):
            raise ExperimentError(
                f"python is {value!r}; it names a function as module:function, such as chain:answer.",
                about="systems",
            )
        return value

    @field_validator("headers_env")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        for header, variable in value.items():
            if not re.fullmatch(HEADER_NAME, header) or header.lower() in _NOT_OURS:
                raise ExperimentError(f"headers_env must not contain {header!r}.", about="systems")
            if not re.fullmatch(_VARIABLE, variable):
                raise ExperimentError(
                    f"headers_env: {header} must be the name of an environment variable (letters, digits, "
                    "_), never the key itself.",
                    about="systems",
                )
        return value

    @field_validator("body")
    @classmethod
    def _asks(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if not _holds(value, QUESTION):
            raise ExperimentError(
                f'body does not hold "{QUESTION}", so it asks nothing.',
                hint='Write it where the question belongs, as in body: {query: "{question}"}.',
                about="systems",
            )
        return value

    @model_validator(mode="after")
    def _one_door(self) -> Self:
        doors = [name for name in ("url", "python", "openai") if getattr(self, name) is not None]
        if len(doors) != 1:
            raise ExperimentError(
                f"System {self.name!r} needs exactly one of url, python and openai"
                f"{', and has ' + ' and '.join(doors) if doors else ''}.",
                about="systems",
            )
        if self.url is None and (self.headers_env or self.body != DEFAULT_BODY):
            what = "headers_env" if self.headers_env else "body"
            raise ExperimentError(f"System {self.name!r}: {what} belongs to a url.", about="systems")
        if self.openai is not None and self.openai.kind != "chat":
            raise ExperimentError(f"System {self.name!r}: openai must be of kind chat.", about="systems")
        return self

    @property
    def content(self) -> dict[str, Any]:
        """What decides an answer: neither name, price, limits nor the variables of keys."""
        if self.openai is not None:
            asked: dict[str, Any] = {"openai": self.openai.content}
        else:
            door = {"url": self.url, "body": self.body} if self.url else {"python": self.python}
            asked = {**door, "map": self.map.model_dump(exclude_defaults=True)}
        return {"system": asked, "revision": self.revision}

    @property
    def where(self) -> str:
        """Its address, or its function, as people write it."""
        return self.url or self.python or str(self.openai and self.openai.base_url)

    @cached_property
    def model(self) -> SystemModel:
        """The system as a model that calls are made to."""
        shared: dict[str, Any] = {
            "name": self.name,
            "kind": "system",
            "limits": self.limits,
            "price": self.price,
            "notes": self.notes,
            "system": self,
        }
        if self.openai is not None:
            server = {name: getattr(self.openai, name) for name in self.openai.model_fields_set}
            price = self.price or self.openai.price
            limits = self.limits if "limits" in self.model_fields_set else self.openai.limits
            return SystemModel(**{**server, **shared, "price": price, "limits": limits})
        header, variable = next(iter(self.headers_env.items()), (None, None))
        sampling = {"temperature": None, "max_tokens": None}
        return SystemModel(
            **shared,
            **sampling,
            base_url=self.url,
            python=self.python,
            api_key_env=variable,
            key_header=header,
        )


def _holds(value: JsonValue, wanted: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, wanted) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, wanted) for item in value)
    return isinstance(value, str) and wanted in value


class SystemModel(Model):
    """A system in the place of a model: asked under limits, retries, budget and ledger as models are."""

    kind: Literal["system"] = "system"  # type: ignore[assignment]
    system: System
    """What it is."""

    @model_validator(mode="before")
    @classmethod
    def _parts_of_address(cls, data: Any) -> Any:
        return data  # a system's address is used as it is written

    @model_validator(mode="after")
    def _complete(self) -> Self:
        return self  # the system has been checked

    @property
    def sends_key_in(self) -> str | None:
        return None if self.system.url else super().sends_key_in

    @property
    def key_variables(self) -> tuple[str, ...]:
        variables = dict.fromkeys(self.system.headers_env.values())
        return tuple(variables) if self.system.url else super().key_variables

    @property
    def content(self) -> dict[str, Any]:
        return self.system.content

    @property
    def state(self) -> list[str]:
        """What else decides an answer: the file of a function as it is now."""
        return state_of(PYTHON, self.system.python, {}) if self.system.python else []
