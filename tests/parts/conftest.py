"""Provides the fixtures of the tiny experiment and of the command-line tests.
Knows nothing about parts."""

from tests.cli.conftest import folder as folder
from tests.tiny_experiment import runner as runner
from tests.tiny_experiment import tiny as tiny
