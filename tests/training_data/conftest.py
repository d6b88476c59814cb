"""Provides a library: a small home with an experiment that is not run.
Knows nothing about what is tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training_data.books import Library
from workbench.settings import Settings


@pytest.fixture
def library(settings: Settings, tmp_path: Path) -> Library:
    return Library(settings, tmp_path)
