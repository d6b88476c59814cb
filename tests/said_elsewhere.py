"""What a forked process says of itself. In a module of its own: that process imports it, and nothing of the product
with it.
Knows nothing about how processes are forked."""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection


def say_what_is_here(variable: str, out: Connection) -> None:
    """Sends (whether the product is loaded, the value of an environment variable)."""
    out.send(("workbench.api" in sys.modules, os.environ.get(variable)))
