"""Lists what the model is given when a chunk is found: the chunk, or more of the text around it.
Knows nothing about how the text is taken: pipeline/ does."""

from __future__ import annotations

from workbench.parts.part import Returns

RETURNS = (Returns(name="chunk", label="Chunk", help="The chunk that was found.", function=None),)
DEFAULT_RETURNS = "chunk"
