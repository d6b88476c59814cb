"""The names under which traces carry questions, answers, passages and tokens, in both vocabularies.
Knows nothing about spans. Both sending and importing traces read this one table.

Sources: OpenInference's semantic conventions (openinference-semantic-conventions 0.1.42), OpenTelemetry's for
generative AI (gen_ai.*, semantic conventions 1.38 and, for what was exported before, 1.28).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """One fact's names."""

    openinference: str
    """Its attribute in OpenInference; "" where it has none."""
    gen_ai: tuple[str, ...] = ()
    """Its attributes in gen_ai.*, the present one first; () where it has none."""

    @property
    def sent(self) -> tuple[str, ...]:
        """The names under which it is sent."""
        return tuple(filter(None, (self.openinference, *self.gen_ai[:1])))

    @property
    def read(self) -> tuple[str, ...]:
        """The names under which it may come."""
        return tuple(filter(None, (self.openinference, *self.gen_ai)))


KIND = Names("openinference.span.kind", ("gen_ai.operation.name",))
"""What a span is: see KINDS."""
INPUT = Names("input.value")
"""What went in: the question."""
OUTPUT = Names("output.value")
"""What came out: the answer."""
MODEL = Names("llm.model_name", ("gen_ai.response.model", "gen_ai.request.model"))
"""The model that answered."""
REQUESTED_MODEL = Names("", ("gen_ai.request.model",))
"""The model that was asked for."""
PROVIDER = Names("llm.provider", ("gen_ai.provider.name", "gen_ai.system"))
"""Who serves it."""
INPUT_TOKENS = Names("llm.token_count.prompt", ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"))
OUTPUT_TOKENS = Names(
    "llm.token_count.completion", ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
)
COST = Names("llm.cost.total")
"""US dollars."""
FIRST_TOKEN_SECONDS = Names("", ("gen_ai.response.time_to_first_chunk",))
"""Seconds from the request to the first piece of the reply."""
USER = Names("user.id")
SESSION = Names("session.id", ("gen_ai.conversation.id",))
METADATA = Names("metadata")
"""Further facts, as JSON."""
INPUT_MESSAGES = Names("llm.input_messages", ("gen_ai.input.messages", "gen_ai.prompt"))
"""The messages that went in; OpenInference spreads them: llm.input_messages.0.message.content."""
OUTPUT_MESSAGES = Names("llm.output_messages", ("gen_ai.output.messages", "gen_ai.completion"))
"""The messages that came out."""
MESSAGE_ROLE = "message.role"
MESSAGE_CONTENT = "message.content"
DOCUMENTS = Names("retrieval.documents", ("gen_ai.retrieval.documents",))
"""The passages; OpenInference spreads them: retrieval.documents.0.document.content."""
DOCUMENT_ID = "document.id"
DOCUMENT_CONTENT = "document.content"
DOCUMENT_SCORE = "document.score"
DOCUMENT_METADATA = "document.metadata"


@dataclass(frozen=True)
class Kind:
    """A kind of span."""

    openinference: str
    """Its openinference.span.kind."""
    gen_ai: str
    """Its gen_ai.operation.name."""


ANSWER = Kind("CHAIN", "invoke_workflow")
"""The whole of a request."""
RETRIEVE = Kind("RETRIEVER", "retrieval")
"""Finding passages."""
GENERATE = Kind("LLM", "chat")
"""The call of the model that answers."""


def spread(prefix: str, position: int, name: str) -> str:
    """The name of one item's attribute in OpenInference: retrieval.documents.0.document.content."""
    return f"{prefix}.{position}.{name}"
