"""Lists the built-in query transforms.
Knows nothing about how they work: pipeline/ does, in one file per transform."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, QueryTransform


class HistorySettings(PartSettings):
    turns: int = Field(1, ge=1, le=20, description="Number of the user's last turns added to the search")


class RewriteSettings(PartSettings):
    turns: int = Field(6, ge=1, le=20, description="Number of the last turns that the model reads")


class SeveralSettings(PartSettings):
    queries: int = Field(3, ge=1, le=10, description="Number of wordings that the model writes")


class DecomposeSettings(PartSettings):
    parts: int = Field(3, ge=2, le=8, description="The most parts that a question is split into")


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
        call_kind="hyde",
        asks_for="for a draft",
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
        call_kind="rewrite",
        asks_for="to rewrite follow-up questions",
        writes=True,
        for_follow_ups=True,
    ),
    QueryTransform(
        name="several",
        label="Several wordings",
        help="`query_model` writes other wordings of the question; they and the question are searched for, "
        "and their rankings are combined by reciprocal rank fusion.",
        function="workbench.pipeline.several_queries:transform_several",
        settings=SeveralSettings,
        calls=1,
        asks_for="for other wordings",
        writes=True,
        most_texts=lambda settings: 1 + int(settings.queries),
    ),
    QueryTransform(
        name="decompose",
        label="Parts of the question",
        help="`query_model` splits a question that asks for several things; each part is searched for "
        "separately, and the passages are taken from the parts in turn. A question that asks for one thing "
        "is searched for as it is.",
        function="workbench.pipeline.decomposition:transform_decompose",
        settings=DecomposeSettings,
        calls=1,
        asks_for="for the parts of a question",
        writes=True,
        most_texts=lambda settings: int(settings.parts),
        in_turn=True,
    ),
    QueryTransform(
        name="step_back",
        label="Step back",
        help="`query_model` writes a more general question; it and the question are searched for, and their "
        "rankings are combined by reciprocal rank fusion.",
        function="workbench.pipeline.step_back:transform_step_back",
        calls=1,
        asks_for="for a more general question",
        writes=True,
        most_texts=lambda settings: 2,
    ),
)
DEFAULT_QUERY_TRANSFORM = "plain"
