"""Runs a command in this process, which takes milliseconds.
Knows nothing about what the commands do."""

from __future__ import annotations

import contextlib
import io

from workbench.cli import main


def call(*arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; returns (exit code, output, errors). A bug raises."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            main(arguments)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), errors.getvalue()
