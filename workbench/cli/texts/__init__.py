"""Turns what commands show into text and CSV: plain data goes in, a string comes out.
Knows nothing about where the data comes from, and prints nothing."""
