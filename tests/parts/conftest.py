"""The tiny corpus, a runner of experiments and a folder for commands, as in the engine's and the commands' tests.
Knows nothing about parts."""

from tests.cli.conftest import folder as folder
from tests.tiny_experiment import runner as runner
from tests.tiny_experiment import tiny as tiny
