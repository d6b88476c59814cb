"""Lists what restricts a search to documents with certain metadata.
Knows nothing about how metadata are read and compared: corpus/ and pipeline/ do."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from workbench.input.conditions import BadCondition, describe_condition, read_condition
from workbench.parts.part import Filter, PartSettings


def _condition(value: Any) -> dict[str, Any]:
    try:
        return read_condition(value)
    except BadCondition as error:
        raise PydanticCustomError("condition", "{what}", {"what": str(error)}) from None


class WhereSettings(PartSettings):
    condition: Annotated[dict[str, Any], BeforeValidator(_condition)] = Field(
        description="Metadata that a document must have, such as {region: NL}",
        json_schema_extra={"start": {}},
    )


def _where_in_words(settings: Any) -> str:
    return f"Where {describe_condition(settings.condition)}"


FILTERS = (
    Filter(name="none", label="None", help="Searches all documents.", function=None),
    Filter(
        name="question",
        label="The question's own",
        help="Searches the documents that meet the question's `filter`; all for a question without one.",
        function="workbench.pipeline.filtering:own_condition",
    ),
    Filter(
        name="where",
        label="A condition",
        help="Searches the documents that meet one condition, for all questions. In a file, write just the "
        "condition: `{region: NL}`.",
        function="workbench.pipeline.filtering:given_condition",
        settings=WhereSettings,
        in_words=_where_in_words,
    ),
    Filter(
        name="derived",
        label="Derived by a model",
        help="`query_model` gets the keys of the metadata with their usual values, and says which of them "
        "the question asks for.",
        function="workbench.pipeline.derived_filter:derive_condition",
        calls=1,
    ),
)
DEFAULT_FILTER = "none"
OWN_FILTER = "question"
"""The filter that reads what comes with a question."""
