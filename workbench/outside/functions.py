"""Loads a plain Python function that an experiment file names, once the user has allowed its file.
Knows nothing about what it does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from workbench.errors import ExperimentError
from workbench.parts.outside import PYTHON, code_of
from workbench.user_code.loading import load
from workbench.user_code.permission import require


def load_user_function(path: str) -> Callable[..., Any]:
    """The function that "module:function" names. Raises CodeNotAllowed before anything of it is run."""
    require(code_of(PYTHON, path, {}))
    if path.partition(":")[0].partition(".")[0] in sys.stdlib_module_names:
        raise ExperimentError(f"{path} is a function of Python's standard library: name one of your own.")
    function = load(path)
    if not callable(function):
        raise ExperimentError(f"{path} is not a function.")
    return function  # type: ignore[no-any-return]
