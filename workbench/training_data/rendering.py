"""Renders the prompt of a row exactly as a model is sent it.
Knows nothing about answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.types import AskedQuestion
from workbench.errors import ProviderError
from workbench.pipeline.answer_request import AnswerRequest, request_answer
from workbench.pipeline.examples import NO_EXAMPLES, ExamplePool
from workbench.pipeline.types import Hit
from workbench.providers.types import Message
from workbench.space.config import Config

TOO_LONG = "its prompt does not fit the model's context"


@dataclass(frozen=True)
class Rendered:
    """A prompt with what it was made of."""

    made: AnswerRequest
    config: Config
    instructions: str
    """Everything that the prompt says beside its passages, in one text."""

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.made.request.messages

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages that the prompt holds."""
        return self.made.hits

    @property
    def setting(self) -> str:
        return f"{self.config.prompt.label} · {self.config.retrieval.label}"


def render(
    config: Config, asked: AskedQuestion, hits: Sequence[Hit], today: str, pool: ExamplePool = NO_EXAMPLES
) -> Rendered | None:
    """The prompt of a configuration, cut to its model's declared context; None where not even the question
    fits."""
    try:
        made = request_answer(config, asked, hits, today, pool=pool)
        bare = request_answer(config, asked, (), today, pool=pool)
    except ProviderError:
        return None
    return Rendered(made, config, "\n".join(message.content for message in bare.request.messages))
