"""`python -m workbench`: the command line.
Knows nothing about commands."""

import ctypes
from contextlib import suppress

# glibc gives each thread a heap of its own and keeps what was freed in it: with two heaps a long run takes
# 50 MB less (570 to 518 MB over 4,000 answers). Elsewhere there is no such call.
M_ARENA_MAX = -8
with suppress(OSError, AttributeError):
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)

from workbench.cli import main  # noqa: E402 (threads are started by what it imports)

if __name__ == "__main__":
    main()
