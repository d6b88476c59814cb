"""Names the files in a folder of training data, for those that write, read and train on them.
Knows nothing about what is in them, and imports nothing: pages need it at once."""

from __future__ import annotations

CARD = "card.json"
README = "README.md"
ROWS = "train.jsonl"
ROWS_JSON = "train.json"
"""The rows as LLaMA-Factory reads them: one list."""
