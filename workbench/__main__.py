"""`python -m workbench`: the command line.
Knows nothing about commands."""

import os
import sys

# `python -m` looks for every module in the working folder first. A json.py there, which may have come with
# somebody else's experiment, would run unasked. The project's own folder stays: the package is found through
# it. Only modules that Python itself has loaded may be imported before this.
PROJECT = os.path.realpath(f"{__file__}/../..")
if __name__ == "__main__" and not sys.flags.safe_path and os.path.realpath(sys.path[0]) != PROJECT:
    del sys.path[0]

import gc  # noqa: E402

from workbench.heaps import limit_heaps  # noqa: E402

limit_heaps()
gc.disable()  # of what is loaded nothing goes: looking through it takes a tenth of the start
from workbench.cli import main  # noqa: E402 (threads are started by what it imports)

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
