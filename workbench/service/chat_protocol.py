"""OpenAI's chat protocol: what a chat asks, and the replies, whole or in pieces.
Knows nothing about HTTP or how answers are made."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from workbench.pipeline.passages import Passage
from workbench.service.answering import Answering
from workbench.service.request_bodies import ChatBody, MessageBody
from workbench.service.service_error import ServiceError
from workbench.ship.serving import Unscored

_CITATION = re.compile(r"\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class ChatQuestion:
    """What a chat asks."""

    text: str
    history: list[dict[str, str]]
    """The earlier turns, oldest first, as {"role", "content"}."""
    model: str | None
    user: str
    stream: bool
    include_usage: bool
    is_task: bool
    """Whether a chat program asks it on its own account (`is_chat_task`)."""


def read_chat(body: ChatBody) -> ChatQuestion:
    """Raises ServiceError for a chat without a question, and for what a winner cannot do."""
    _refuse_what_cannot_be_done(body)
    turns = [
        {"role": message.role, "content": _text_of(message, number)}
        for number, message in enumerate(body.messages)
        if message.role in ("user", "assistant")
    ]
    while turns and turns[-1]["role"] != "user":
        turns.pop()
    if not turns:
        raise ServiceError(400, "messages: there is no message of the user.", param="messages")
    question = turns.pop()["content"]
    if not question.strip():
        raise ServiceError(400, "messages: the last message of the user is empty.", param="messages")
    return ChatQuestion(
        text=question,
        history=turns,
        model=body.model,
        user=body.safety_identifier or _name_of(body.user),
        stream=bool(body.stream),
        include_usage=bool(body.stream_options and body.stream_options.include_usage),
        is_task=not turns and is_chat_task(question),
    )


def is_chat_task(text: str) -> bool:
    """Whether a message is a task of Open WebUI: a chat's title, tags or follow-up questions, a search query,
    an autocompletion. Its templates begin alike and hold the chat. "### Output:" would not tell them from
    questions: the template that it puts around a question with a file has one, too."""
    return text.startswith("### Task:\n") and all(
        mark in text for mark in ("<chat_history>", "</chat_history>")
    )


def _name_of(user: str | dict[str, Any] | None) -> str:
    """Chat programs send an object at times."""
    if isinstance(user, dict):
        return str(user.get("id") or user.get("email") or "")
    return user or ""


def _refuse_what_cannot_be_done(body: ChatBody) -> None:
    if body.n not in (None, 1):
        raise ServiceError(400, "n: a winner gives one answer.", param="n")
    if body.logprobs:
        raise ServiceError(400, "logprobs: they are not available.", param="logprobs")
    if body.response_format is not None and body.response_format.get("type") != "text":
        raise ServiceError(
            400, "response_format: the winner's prompt decides the form.", param="response_format"
        )
    if body.tool_choice not in (None, "none", "auto"):
        raise ServiceError(400, "tool_choice: a winner calls no tools.", param="tool_choice")
    if body.modalities is not None and set(body.modalities) - {"text"}:
        raise ServiceError(400, "modalities: a winner answers with text.", param="modalities")


def _text_of(message: MessageBody, number: int) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    texts = []
    for place, part in enumerate(message.content):
        param = f"messages.{number}.content.{place}"
        if part.get("type") != "text":
            what = str(part.get("type"))[:40]
            raise ServiceError(400, f"{param}: only parts of type text are read, not {what!r}.", param=param)
        if not isinstance(part.get("text"), str):
            raise ServiceError(400, f"{param}: text is missing.", param=param)
        texts.append(part["text"])
    return "\n".join(texts)


def cited_passages(answer: Unscored) -> list[dict[str, Any]]:
    """The passages that the answer cites by number, such as [1], in the order of their numbers."""
    numbers = {int(n) for group in _CITATION.findall(answer.text) for n in re.findall(r"\d+", group)}
    return [
        {
            "number": number,
            "document": passage.document,
            "title": passage.title,
            "page": passage.page,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
        }
        for number, passage in enumerate(map(Passage.of, answer.hits), start=1)
        if number in numbers
    ]


def _usage(answer: Unscored) -> dict[str, Any]:
    used = answer.usage
    return {
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.input + used.output,
        "prompt_tokens_details": {"cached_tokens": used.cached},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning},
    }


def _finish_reason(answer: Unscored) -> str:
    return "length" if "cut_at_max_tokens" in answer.flags else "stop"


def _ours(answering: Answering, answer: Unscored) -> dict[str, Any]:
    """What OpenAI's replies do not have."""
    return {
        "citations": cited_passages(answer),
        "corpus_version": answering.running.corpus_version,
        "cached": answering.is_cached,
    }


def completion(answering: Answering, answer: Unscored) -> dict[str, Any]:
    """The whole reply."""
    return {
        "id": answering.id,
        "object": "chat.completion",
        "created": int(answering.asked_at),
        "model": answering.model_id,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": answer.text,
                    "refusal": None,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": _finish_reason(answer),
            }
        ],
        "usage": _usage(answer),
        "service_tier": "default",
        "system_fingerprint": answering.running.service.id,
        **_ours(answering, answer),
    }


def event(document: dict[str, Any]) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


class ChatChunks:
    """Makes the pieces of one streamed reply."""

    def __init__(self, answering: Answering, *, include_usage: bool) -> None:
        self._answering = answering
        self._include_usage = include_usage
        self._sent = ""

    def _chunk(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        usage = {"usage": None} if self._include_usage else {}
        return event(
            {
                "id": self._answering.id,
                "object": "chat.completion.chunk",
                "created": int(self._answering.asked_at),
                "model": self._answering.model_id,
                "service_tier": "default",
                "system_fingerprint": self._answering.running.service.id,
                "choices": choices,
                **usage,
                **more,
            }
        )

    def _delta(self, delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._chunk([choice], **more)

    def first(self) -> bytes:
        return self._delta({"role": "assistant", "content": "", "refusal": None})

    def more(self, text: str) -> bytes:
        """What has come since, of the text so far; nothing where a reply that broke off has begun again and
        has not yet come further."""
        if not text.startswith(self._sent) or text == self._sent:
            return b""
        piece, self._sent = text[len(self._sent) :], text
        return self._delta({"content": piece})

    def last(self, answer: Unscored) -> bytes:
        """The rest. Raises ServiceError when the model began again and answered otherwise."""
        if not answer.text.startswith(self._sent):
            raise ServiceError(
                502,
                "The model's reply broke off, and its second reply differs. Ask again.",
                kind="server_error",
                code="reply_broke_off",
            )
        end = self._delta({}, _finish_reason(answer), **_ours(self._answering, answer))
        usage = self._chunk([], usage=_usage(answer)) if self._include_usage else b""
        return self.more(answer.text) + end + usage + DONE


def model_list(models: list[tuple[str, float]]) -> dict[str, Any]:
    """The reply of /v1/models. models: (name, when it began to be served, in Unix seconds)."""
    return {"object": "list", "data": [model_entry(*model) for model in models]}


def model_entry(name: str, created: float) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": int(created or time.time()),
        "owned_by": "rag-workbench",
    }
