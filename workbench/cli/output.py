"""Prints text and JSON to stdout, and errors and progress to stderr.
Knows nothing about what is shown."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any, NoReturn, TextIO

from workbench.cli.remedies import command_for
from workbench.errors import WorkbenchError
from workbench.formatting import printable, printable_json


def write_utf8() -> None:
    """Write UTF-8 in any locale, because JSON and CSV need it; what UTF-8 cannot encode is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


_reserved: TextIO | None = None


def reserve_stdout() -> None:
    """Let print_json alone write to standard output from now on. Whatever else is printed goes to standard
    error, by code from outside, too, and by programs that it starts.

    Does nothing where the command runs inside a program that collects what is printed to `sys.stdout`.
    """
    global _reserved
    if sys.stdout is not sys.__stdout__:
        return
    try:
        _reserved = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
        os.dup2(2, 1)
    except OSError:  # one of them is closed
        _reserved = None


def say(text: str, *, error: bool = False) -> None:
    """Print a text to stdout, or with `error` to stderr; a terminal obeys nothing that it holds."""
    print(printable(text), file=sys.stderr if error else sys.stdout)


def print_json(document: Any) -> None:
    """Print a JSON document to stdout. Raises ValueError for NaN and infinity, which JSON does not have."""
    print(
        printable_json(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)),
        file=_reserved,
        flush=_reserved is not None,
    )


def fail(error: WorkbenchError) -> NoReturn:
    """Print an error with its hint and the command that helps, and exit with its code."""
    say(f"Error: {error.message}", error=True)
    if error.hint:
        say(error.hint, error=True)
    if error.remedy:
        say(f"Try: {command_for(error.remedy)}", error=True)
    sys.exit(error.exit_code)
