"""The built-in splitters.
Knows nothing about how they cut: pipeline/splitters.py does."""

from __future__ import annotations

from workbench.parts.part import Splitter

SPLITTERS = (
    Splitter(
        name="sentence",
        label="Sentence",
        help="Joins whole sentences, as many as fit; one that is too long is cut between tokens.",
        function="workbench.pipeline.splitters:split_by_sentence",
    ),
    Splitter(
        name="token",
        label="Token",
        help="Cuts windows of exactly so many tokens, wherever sentences end.",
        function="workbench.pipeline.splitters:split_by_token",
        overlaps_sentences=False,
    ),
    Splitter(
        name="markdown",
        label="Markdown",
        help="Keeps sections, paragraphs, tables and code blocks whole where they fit. Titles name sections.",
        function="workbench.pipeline.splitters:split_by_markdown",
        section_titles=True,
    ),
)
DEFAULT_SPLITTER = "sentence"
