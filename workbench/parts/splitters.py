"""Lists the built-in splitters.
Knows nothing about how they split: pipeline/splitters/ does, in one file per splitter."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, Splitter


class SemanticSettings(PartSettings):
    percentile: float = Field(
        90,
        gt=0,
        lt=100,
        description="Percentile of the distances between neighbouring sentences above which a chunk ends: "
        "the lower it is, the more chunks there are",
    )


SPLITTERS = (
    Splitter(
        name="sentence",
        label="Sentence",
        help="Fills each chunk with whole sentences. A sentence that is too long is cut between tokens.",
        function="workbench.pipeline.splitters.sentence:split_by_sentence",
    ),
    Splitter(
        name="token",
        label="Token",
        help="Cuts windows of exactly `chunk_tokens` tokens and ignores sentence boundaries.",
        function="workbench.pipeline.splitters.token:split_by_token",
        overlaps_sentences=False,
    ),
    Splitter(
        name="markdown",
        label="Markdown",
        help="Keeps sections, paragraphs, tables and code blocks whole where they fit. A chunk's title names "
        "its section.",
        function="workbench.pipeline.splitters.markdown:split_by_markdown",
        section_titles=True,
    ),
    Splitter(
        name="recursive",
        label="Recursive",
        help="Fills each chunk with whole paragraphs. One that is too long is cut into lines, then "
        "sentences, then words.",
        function="workbench.pipeline.splitters.recursive:split_recursively",
    ),
    Splitter(
        name="semantic",
        label="Semantic",
        help="Ends a chunk where neighbouring sentences are about different things, by the vectors of the "
        "embedded encoder. Encoding every sentence takes a while, once.",
        function="workbench.pipeline.splitters.semantic:split_by_meaning",
        settings=SemanticSettings,
        uses_encoder=True,
    ),
    Splitter(
        name="page",
        label="Page",
        help="One chunk per page of a PDF, or slide of a presentation. A page that is too long, and a "
        "document without pages, is cut at sentences.",
        function="workbench.pipeline.splitters.page:split_by_page",
        reads_document=True,
    ),
    Splitter(
        name="code",
        label="Code",
        help="Keeps functions, classes and blocks of source code whole where they fit, by their indentation.",
        function="workbench.pipeline.splitters.code:split_by_code",
        overlaps_sentences=False,
    ),
    Splitter(
        name="whole",
        label="Whole document",
        help="One chunk per document, whatever its length; `chunk_tokens` and `chunk_overlap` do not matter. "
        "An embedding model may read only its beginning.",
        function="workbench.pipeline.splitters.whole:keep_whole",
        sized=False,
    ),
)
DEFAULT_SPLITTER = "sentence"
