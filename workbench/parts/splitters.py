"""Lists the built-in splitters.
Knows nothing about how they split: pipeline/splitters.py does."""

from __future__ import annotations

from workbench.parts.part import Splitter

SPLITTERS = (
    Splitter(
        name="sentence",
        label="Sentence",
        help="Fills each chunk with whole sentences. A sentence that is too long is cut between tokens.",
        function="workbench.pipeline.splitters:split_by_sentence",
    ),
    Splitter(
        name="token",
        label="Token",
        help="Cuts windows of exactly `chunk_tokens` tokens and ignores sentence boundaries.",
        function="workbench.pipeline.splitters:split_by_token",
        overlaps_sentences=False,
    ),
    Splitter(
        name="markdown",
        label="Markdown",
        help="Keeps sections, paragraphs, tables and code blocks whole where they fit. A chunk's title names "
        "its section.",
        function="workbench.pipeline.splitters:split_by_markdown",
        section_titles=True,
    ),
)
DEFAULT_SPLITTER = "sentence"
