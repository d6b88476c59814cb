"""Code that a user brings along: where a module's file is, whether it may run, which package provides it.
Knows nothing about parts, experiments or what the code does."""
