"""The fixtures of a tiny experiment, for the tests of this folder."""

from tests.tiny_experiment import runner, tiny  # noqa: F401
