"""Lists what restricts a search to documents with certain metadata.
Knows nothing about how metadata are read and compared: corpus/ and pipeline/ do."""

from __future__ import annotations

from workbench.parts.part import Filter

FILTERS = (Filter(name="none", label="None", help="Searches all documents.", function=None),)
DEFAULT_FILTER = "none"
