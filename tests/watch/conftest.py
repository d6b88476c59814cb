"""A store for what is served and watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.store.database import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "workbench.db")
