"""Lists what the model is given when a chunk is found: the chunk, or more of the text around it.
Knows nothing about how the text is taken: pipeline/ does, in one file each."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, Returns


class WindowSettings(PartSettings):
    chunks: int = Field(
        1, ge=1, le=50, description="Number of neighbouring chunks on each side of the chunk that was found"
    )


class ParentSettings(PartSettings):
    tokens: int = Field(512, ge=16, le=8192, description="Size of the parents in tokens")


class SectionSettings(PartSettings):
    tokens: int = Field(
        1024, ge=16, le=8192, description="Most tokens of a section; a longer one is cut by the splitter"
    )


class MergedSettings(PartSettings):
    tokens: int = Field(512, ge=16, le=8192, description="Size of the parents in tokens")
    share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of a parent that must be found for the whole parent to be returned",
    )


RETURNS = (
    Returns(
        name="chunk",
        label="Chunk",
        help="The chunk that was found.",
        function=None,
    ),
    Returns(
        name="window",
        label="Window",
        help="The chunk with its neighbours on each side: `window:2` gives up to five chunks for one.",
        function="workbench.pipeline.return_window:take_windows",
        settings=WindowSettings,
        short_setting="chunks",
        most_tokens=lambda settings, chunk_tokens: (2 * settings.chunks + 1) * chunk_tokens,
    ),
    Returns(
        name="parent",
        label="Parent",
        help="The larger piece around the chunk (small-to-big retrieval): the same splitter cuts the "
        "documents into parents, of 512 tokens with `parent:512`. Several chunks of one parent give it once.",
        function="workbench.pipeline.return_parent:take_parents",
        settings=ParentSettings,
        short_setting="tokens",
        most_tokens=lambda settings, chunk_tokens: int(settings.tokens) + chunk_tokens,
        parent_tokens=lambda settings: int(settings.tokens),
    ),
    Returns(
        name="section",
        label="Section",
        help="The whole section that contains the chunk, from its heading to the next one.",
        function="workbench.pipeline.return_section:take_sections",
        settings=SectionSettings,
        short_setting="tokens",
        most_tokens=lambda settings, chunk_tokens: int(settings.tokens) + chunk_tokens,
        section_tokens=lambda settings: int(settings.tokens),
    ),
    Returns(
        name="merged",
        label="Merged",
        help="The chunk, or, if most of a parent was found, the whole parent instead of its chunks "
        "(auto-merging retrieval).",
        function="workbench.pipeline.return_merged:take_merged",
        settings=MergedSettings,
        most_tokens=lambda settings, chunk_tokens: max(
            chunk_tokens, min(int(chunk_tokens / settings.share), int(settings.tokens) + chunk_tokens)
        ),
        parent_tokens=lambda settings: int(settings.tokens),
    ),
)
DEFAULT_RETURNS = "chunk"
