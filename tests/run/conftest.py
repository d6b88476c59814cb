"""The fixtures of a tiny experiment, for the tests of this room."""

from tests.tiny_experiment import chroma_runner, runner, tiny  # noqa: F401
