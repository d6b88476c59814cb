"""The tools that a service offers to programs of language models by MCP: ask and search.
Knows nothing about how clients reach them: mcp_door.py does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from workbench.errors import WorkbenchError
from workbench.pipeline.passages import Passage
from workbench.service.answering import AnswerService
from workbench.service.chat_protocol import cited_passages
from workbench.service.service_error import ServiceError, as_service_error
from workbench.version import VERSION

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


class McpTurn(BaseModel):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    """Whose turn it was."""
    content: str
    """What was said."""


class Source(BaseModel):
    """A passage of a document."""

    number: int
    """By which the answer cites it, such as [1]; from 1, best first."""
    document: str
    """The document's path inside the corpus."""
    title: str
    """The document's title."""
    page: int | None
    """The page it begins on, from 1; null for documents without pages."""
    text: str
    """Its text."""


class Asked(BaseModel):
    """An answer."""

    id: str
    """The request's id, for feedback."""
    answer: str
    """What the winner's model answered; it cites sources by number."""
    sources: list[Source]
    """The passages that the answer cites."""


class Found(BaseModel):
    """What a search found."""

    passages: list[Source]
    """The passages, best first."""


Question = Annotated[str, Field(description="The question, as a person would ask it.")]
History = Annotated[list[McpTurn] | None, Field(description="Earlier turns of a conversation, oldest first.")]
Metadata = Annotated[
    dict[str, Any] | None,
    Field(description="Metadata that the documents must have, where the winner filters."),
]
Model = Annotated[
    str | None, Field(description="Which of several winners answers, by name; null takes the main one.")
]


def make_mcp_server(service: AnswerService) -> MCPServer[Any]:
    """Imports the `mcp` package, which takes a while."""
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    names = ", ".join(winner.model_id for winner in service.winners)
    server: MCPServer[Any] = MCPServer(
        "rag-workbench",
        title="RAG Workbench",
        instructions=f"Answers questions from documents ({names}), with the passages that answers rest on.",
        version=VERSION,
        log_level="WARNING",
    )

    @server.tool(structured_output=True)
    async def ask(
        question: Question, history: History = None, filter: Metadata = None, model: Model = None
    ) -> Asked:
        """Answer a question from the documents, with the passages that the answer cites."""
        try:
            async with service.ask(
                question, model=model, history=_turns(history), filter=filter, prefix="mcp"
            ) as answering:
                answer = await answering.result()
        except (ServiceError, WorkbenchError) as error:
            raise ToolError(as_service_error(error).message) from error
        sources = [Source.model_validate(passage) for passage in cited_passages(answer)]
        return Asked(id=answering.id, answer=answer.text, sources=sources)

    @server.tool(structured_output=True)
    async def search(
        question: Question, history: History = None, filter: Metadata = None, model: Model = None
    ) -> Found:
        """Find the passages of the documents that answer a question, without asking the winner's model."""
        try:
            _, passages = await service.retrieve(
                question, model=model, history=_turns(history), filter=filter
            )
        except (ServiceError, WorkbenchError) as error:
            raise ToolError(as_service_error(error).message) from error
        return Found(passages=[_source(number, p) for number, p in enumerate(passages, start=1)])

    return server


def _turns(history: list[McpTurn] | None) -> list[dict[str, str]]:
    return [turn.model_dump() for turn in history or ()]


def _source(number: int, passage: Passage) -> Source:
    return Source(
        number=number,
        document=passage.document,
        title=passage.title,
        page=passage.page,
        text=passage.text,
    )
