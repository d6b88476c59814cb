"""A store in which one winner is a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.store.database import Store, open_store
from workbench.store.serving.records import Service
from workbench.store.serving.services import put_service


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "workbench.db")
    put_service(store, Service("s1", "support: concise", "winner", None))
    return store
