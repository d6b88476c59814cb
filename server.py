"""Serves app.py: the browser gets a sketch of the page at once, and modules load before they are asked for.
Knows nothing about what the pages show. Start it with `python run.py`."""

from __future__ import annotations

import importlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from workbench.heaps import limit_heaps
from workbench.ui.first_paint import FirstPaint

limit_heaps()

# The first page's come first; after them what tables and charts need.
EARLY = (
    "workbench.ui.session", "workbench.ui.widgets.page_top", "workbench.ui.home.first_visit",
    "workbench.ui.home.experiment_row", "alembic.command", "pandas", "pyarrow", "altair",
)  # fmt: skip


def _load_modules() -> None:
    for name in EARLY:
        importlib.import_module(name)


@asynccontextmanager
async def _warm_up(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Load modules in the background, while the browser is still opening."""
    threading.Thread(target=_load_modules, name="loading modules", daemon=True).start()
    yield {}


app = st.App(Path(__file__).parent / "app.py", middleware=[Middleware(FirstPaint)], lifespan=_warm_up)
