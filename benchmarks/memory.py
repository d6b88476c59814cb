"""The most memory that a process has had.
Knows nothing about what it did."""

from __future__ import annotations

from pathlib import Path


def most_memory(pid: int) -> int:
    """Bytes of resident memory at their highest since the program was started. Linux only.

    Not `ru_maxrss`, which in a child begins at what its parent had.
    """
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024
