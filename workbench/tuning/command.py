"""Fills the placeholders of a recipe's commands and makes them lists of arguments, so that no value is code.
Knows nothing about what a command does. No shell is started here; a recipe may name one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from workbench.errors import TuningError
from workbench.nearest import did_you_mean

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
INNER = "command"
"""The placeholder of a recipe's `through` that stands for its whole command, as one argument."""


def split_command(text: str) -> list[str]:
    """The words of a command as a shell splits it. Raises TuningError where quotes do not close."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise TuningError(f"The command {text[:80]!r} cannot be read: {error}.") from None
    if not words:
        raise TuningError("A recipe's command is empty.")
    return words


def check_placeholders(text: str, known: Mapping[str, object]) -> None:
    """Raise TuningError for a placeholder that does not exist, or that stands where no value is safe."""
    for word in split_command(text):
        for match in _PLACEHOLDER.finditer(word):
            if match[1] not in known:
                raise TuningError(
                    f"The recipe's command has a placeholder {match[0]}, which does not exist.",
                    hint=did_you_mean(match[1], known),
                )
            before = word[: match.start()]
            if _is_script(word) and (before.count("'") % 2 or before.count('"') % 2):
                raise TuningError(
                    f"The recipe's command has {match[0]} inside quotes.",
                    hint="Write it without quotes: the value is quoted where it is filled in.",
                )


def _is_script(word: str) -> bool:
    """Whether a word is read by a shell again, such as that behind `sh -c`."""
    return bool(re.search(r"[\s;&|<>$`()]", _PLACEHOLDER.sub("", word)))


def fill_command(text: str, values: Mapping[str, str]) -> list[str]:
    """The arguments of a command: each placeholder is replaced once, by a value that stays one argument.

    In a word that a shell reads again (`sh -c "cd {out} && …"`), values are quoted for it.
    """

    def fill(word: str) -> str:
        script = _is_script(word)

        def value_of(match: re.Match[str]) -> str:
            value = values[match[1]]
            return shlex.quote(value) if script and match[1] != INNER else value

        return _PLACEHOLDER.sub(value_of, word)

    check_placeholders(text, values)
    return [fill(word) for word in split_command(text)]


def wrap_command(through: str, command: list[str]) -> list[str]:
    """A command carried out by another one, such as `ssh box {command}`: there it is one argument, quoted for
    the shell that reads it."""
    return fill_command(through, {INNER: shlex.join(command)})
