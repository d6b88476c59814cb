"""The command line: each command reads its arguments, calls the program and prints. One file per group.
Knows nothing about how anything is done. With --json, stdout gets one document and stderr everything else."""

from workbench.cli.app import main

__all__ = ["main"]
