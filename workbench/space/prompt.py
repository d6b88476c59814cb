"""Defines a prompt: a named, versioned template with exactly four variables.
Knows nothing about passages or models: pipeline/prompt_rendering.py renders it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from workbench.errors import PromptError
from workbench.input.checked_model import CheckedModel
from workbench.nearest import nearest

VARIABLES = ("question", "passages", "examples", "today")

# One pass over a template: a doubled brace, a bare variable, or a brace that is a mistake.
TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")

# Letters of any script. The length is a bound of its own: in the pattern it takes pydantic 30 ms to compile.
Name = Annotated[str, Field(pattern=r"^\w[\w ._/-]*$", max_length=80)]


def check_template(template: str, *, where: str) -> set[str]:
    """The variables a template uses. Raises PromptError for any other use of a brace."""
    used: set[str] = set()
    for match in TOKEN.finditer(template):
        token = match.group(0)
        if token in ("{{", "}}"):
            continue
        name = match.group(1)
        if name in VARIABLES:
            used.add(name)
            continue
        line = template.count("\n", 0, match.start()) + 1
        shown = template[match.start() : match.start() + 40].split("\n")[0]
        if name:
            message = f"{where}, line {line}: {{{name}}} is not a variable."
        else:
            message = f"{where}, line {line}: a lone brace at {shown!r}."
        close = nearest(name, VARIABLES) if name else None
        hint = f"Did you mean {{{close}}}? " if close else ""
        hint += (
            "The variables are {question}, {passages}, {examples} and {today}, written bare; "
            "a literal brace is doubled: {{ or }}."
        )
        raise PromptError(message, hint=hint)
    return used


# A line that holds nothing but the examples, and the blank line after it.
_LINE_OF_EXAMPLES = re.compile(r"^[ \t]*\{examples\}[ \t]*(?:\n(?:[ \t]*\n)?|\Z)", re.MULTILINE)


def without_examples(template: str) -> str:
    """A template for a prompt without examples: a line of its own for them goes with the blank line after
    it."""
    return _LINE_OF_EXAMPLES.sub("", template)


def substitute(template: str, values: dict[str, str]) -> str:
    """Fill a template in one pass: variables inside the values are not expanded."""

    def replace(match: re.Match[str]) -> str:
        token = match.group(0)
        if token in ("{{", "}}"):
            return token[0]
        return values[match.group(1)]

    return TOKEN.sub(replace, template)


class Prompt(CheckedModel):
    """A prompt template."""

    name: Name
    version: int = 0
    """0 for a prompt written inline; the store numbers saved versions from 1."""
    system: str | None = None
    """The system message; None leaves it out."""
    template: str
    """The user message; must hold {question}."""
    notes: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        used = check_template(self.template, where=f"Prompt {self.name!r}")
        if "question" not in used:
            raise PromptError(f"Prompt {self.name!r} does not contain {{question}}, so it asks nothing.")
        if self.system is not None:
            check_template(self.system, where=f"Prompt {self.name!r}, system part")
        return self

    @cached_property
    def uses_examples(self) -> bool:
        """Whether it has a place for examples of questions with their answers."""
        return any(
            "examples" in check_template(text, where=self.name) for text in (self.system or "", self.template)
        )

    @property
    def label(self) -> str:
        """The name with the version, such as "concise@2"."""
        return f"{self.name}@{self.version}" if self.version else self.name

    @property
    def content(self) -> dict[str, str | None]:
        """What decides an answer: the texts, not the name."""
        return {"system": self.system or None, "template": self.template}
