"""The fixtures of a tiny experiment, for the tests of this room."""

from tests.tiny_experiment import runner, tiny  # noqa: F401
