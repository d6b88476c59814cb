"""The version of the workbench.
Knows nothing else, so that every module may say it."""

VERSION = "0.1.0"
