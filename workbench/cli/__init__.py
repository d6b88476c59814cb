"""The command line: one file a group of commands; each reads arguments, calls the program and prints.
Knows nothing about how anything is done. With --json one document goes to stdout, the rest to stderr."""

from workbench.cli.app import main

__all__ = ["main"]
