"""What the endpoints are sent, with every field described; the OpenAPI document is made of it.
Knows nothing about what becomes of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.service.service_error import ServiceError

Body = TypeVar("Body", bound=BaseModel)

MOST_TURNS = 1_000
"""Reading more of them would hold other requests up."""


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


class _Lenient(BaseModel):
    model_config = ConfigDict(
        extra="allow", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


class TurnBody(_Strict):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


class AskBody(_Strict):
    """A question."""

    question: str
    """The question."""
    history: Annotated[list[TurnBody], Field(max_length=MOST_TURNS)] = []
    """The earlier turns of the conversation, oldest first."""
    filter: dict[str, Any] | None = None
    """The metadata that a document must have to be searched, such as {"region": "NL"}, for a winner with
    `filter: question`."""
    model: str | None = None
    """The winner that answers, as GET /v1/models names it; null takes the first."""
    user: str = ""
    """What distinguishes who asks. Only a hash of it is stored."""


class FeedbackBody(_Strict):
    """What somebody thinks of an answer."""

    request: str
    """The id of the reply."""
    value: Literal[1, -1]
    """1 for a thumb up, -1 for a thumb down."""
    comment: str = ""
    """Why."""
    better_answer: str = ""
    """What the answer should have been."""
    tags: list[str] = Field(default_factory=list, max_length=20)
    """Why, by the names of quick tags, such as "wrong"."""
    user: str = ""
    """What distinguishes who judges, as in the question. Only a hash of it is stored."""

    @field_validator("value", mode="before")
    @classmethod
    def _check_value(cls, value: Any) -> Any:
        return "true" if value is True else value  # to Python, true is the number 1


class MessageBody(_Lenient):
    """A message of a chat."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    """A text, or parts of which each is {"type": "text", "text": "…"}."""


class StreamOptionsBody(_Lenient):
    """How a reply is streamed."""

    include_usage: bool | None = None
    """Whether a last chunk says how many tokens were used."""


class ChatBody(_Lenient):
    """A chat as OpenAI's API has it. The winner decides prompt and sampling: parameters that are not named
    here are accepted and change nothing."""

    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=MOST_TURNS)]
    """The last message of the user is the question, what the user and the assistant said before it the
    history. Other messages are not read."""
    model: str | None = None
    """The winner that answers, as GET /v1/models names it; null takes the first."""
    stream: bool | None = None
    """Whether the reply comes in pieces, as server-sent events."""
    stream_options: StreamOptionsBody | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Accepted; the winner's own is used."""
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    """Accepted; the winner's own is used."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """Accepted; the winner's own is used."""
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    """Accepted; the winner's own is used."""
    n: int | None = None
    """1 or null: a winner gives one answer."""
    logprobs: bool | None = None
    """false or null."""
    response_format: dict[str, Any] | None = None
    """{"type": "text"} or null."""
    tool_choice: str | dict[str, Any] | None = None
    """Nothing that requires a tool to be called: a winner calls none."""
    modalities: list[str] | None = None
    """["text"] or null."""
    user: str | dict[str, Any] | None = None
    """What distinguishes who asks. Only a hash of it is stored."""
    safety_identifier: str | None = None
    """As `user`."""


def read_body(data: bytes, shape: type[Body]) -> Body:
    """Raises ServiceError, which names what is wrong."""
    try:
        value = parse_strict_json(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ServiceError(400, "The body is not UTF-8.") from None
    except UnusableJson as error:
        raise ServiceError(400, f"The body {error}.") from None
    if not isinstance(value, dict):
        raise ServiceError(400, "The body must be a JSON object.")
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        param = ".".join(map(str, first["loc"]))
        raise ServiceError(400, f"{param}: {first['msg']}.", param=param) from None
