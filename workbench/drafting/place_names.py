"""Lists countries and cities that English writes as one word, to be told from other words and exchanged.
Knows nothing about corpora."""

from __future__ import annotations

COUNTRIES = tuple(
    """Argentina Australia Austria Belgium Brazil Bulgaria Canada Chile China Colombia Croatia Cyprus
    Denmark Egypt Estonia Finland France Germany Greece Hungary Iceland India Indonesia Ireland
    Italy Japan Kenya Latvia Lithuania Luxembourg Malaysia Malta Mexico Morocco Netherlands Nigeria
    Norway Peru Poland Portugal Romania Serbia Singapore Slovakia Slovenia Spain Sweden Switzerland
    Thailand Turkey Ukraine Vietnam""".split()
)
CITIES = tuple(
    """London Paris Berlin Rome Madrid Vienna Dublin Lisbon Oslo Helsinki Warsaw Prague Tokyo Chicago
    Boston Toronto Sydney""".split()
)
