"""Lists the built-in query transforms.
Knows nothing about how they work: pipeline/ does, in one file per transform."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, QueryTransform


class HistorySettings(PartSettings):
    turns: int = Field(
        1, ge=1, le=20, description="Number of the user's last turns that are searched for, too"
    )


class RewriteSettings(PartSettings):
    turns: int = Field(6, ge=1, le=20, description="Number of the last turns that the model reads")


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
    QueryTransform(
        name="history",
        label="Earlier turns and question",
        help="Searches for a follow-up question together with what the user said before it. Other questions "
        "stay as they are.",
        function="workbench.pipeline.query_history:transform_history",
        settings=HistorySettings,
        for_follow_ups=True,
    ),
    QueryTransform(
        name="rewrite",
        label="Standalone question",
        help="`query_model` rewrites a follow-up question so that it stands alone. Other questions stay as "
        "they are and cost no call.",
        function="workbench.pipeline.query_rewriting:transform_rewrite",
        settings=RewriteSettings,
        calls=1,
        for_follow_ups=True,
    ),
)
DEFAULT_QUERY_TRANSFORM = "plain"
