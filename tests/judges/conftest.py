"""Provides the fixtures of the tiny experiment."""

from tests.tiny_experiment import runner, tiny  # noqa: F401
