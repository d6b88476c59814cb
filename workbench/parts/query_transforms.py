"""Lists the built-in query transforms.
Knows nothing about how they work: pipeline/hyde.py does."""

from __future__ import annotations

from workbench.parts.part import QueryTransform

QUERY_TRANSFORMS = (
    QueryTransform(
        name="plain",
        label="Question as asked",
        help="Searches for the question as it is.",
        function=None,
    ),
    QueryTransform(
        name="hyde",
        label="HyDE",
        help="`query_model` drafts an answer; the search text is the question followed by the draft.",
        function="workbench.pipeline.hyde:transform_hyde",
        calls=1,
    ),
)
DEFAULT_QUERY_TRANSFORM = "plain"
