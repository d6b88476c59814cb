"""Requests for answers: how strictly they are checked, and the replies.
Knows nothing about HTTP, nor about misbehaviour other than a reply's."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from tests import small_judge
from tests.protocol_server.limits import Invalid, Messages, check_model, words
from tests.protocol_server.misbehaviour import Reply
from tests.protocol_server.response_format import check_format

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer

CHAT_KEYS = {
    "model", "messages", "temperature", "max_tokens", "max_completion_tokens", "top_p", "seed", "stop",
    "stream", "stream_options", "n", "response_format",
}  # fmt: skip


def answer_from_passages(messages: Messages) -> str:
    """The passage sentence that shares most words with the question, cited; else "I don't know."."""
    text = messages[-1]["content"]
    found = re.findall(r"Question: (.+)", text)
    question = set(words(found[-1])) if found else set(words(text))
    best, best_shared = "I don't know.", 1
    for number, passage in re.findall(r"^\[(\d+)\] (.*?)(?=^\[\d+\] |\nQuestion: |\Z)", text, re.S | re.M):
        for sentence in re.split(r"(?<=[.!?])\s+|\n", passage):
            shared = len(question & set(words(sentence)))
            if shared > best_shared:
                best, best_shared = f"{sentence.strip()} [{number}]", shared
    return best


def check_chat(server: ProtocolServer, body: dict[str, Any]) -> None:
    unknown = set(body) - CHAT_KEYS
    if unknown:
        raise Invalid(f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}")
    check_model(server, body)
    for name in server.refuses:
        if name in body:
            raise Invalid(f"Unsupported value: '{name}' does not support {body[name]} with this model.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Invalid("[] is too short - 'messages'")
    for message in messages:
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user", "assistant"):
            raise Invalid(f"'{message}' is not a valid message")
        if not isinstance(message["content"], str):
            raise Invalid("content must be a string")
        if message["role"] in server.refuses:
            raise Invalid("System role not supported")
    if "response_format" in body:
        check_format(body["response_format"], messages, server.refuses_formats)
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        raise Invalid("temperature must be between 0 and 2")
    if "max_tokens" in body and server.wants_max_completion_tokens:
        raise Invalid(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
    for name in ("max_tokens", "max_completion_tokens"):
        if name in body and (not isinstance(body[name], int) or body[name] < 1):
            raise Invalid(f"{name} must be a positive integer")
    prompt = server.count_tokens(messages)
    if server.context_tokens is not None and prompt > server.context_tokens:
        raise Invalid(server.too_long(prompt, server.context_tokens))


def chat_reply(server: ProtocolServer, body: dict[str, Any], odd: Reply | None) -> dict[str, Any]:
    if odd is not None:
        text = odd.text
    elif small_judge.is_judging(body["messages"]):
        text = server.judge(body["messages"])
    else:
        text = server.reply(body["messages"])
    thinking = {odd.thinking_field: odd.thinking} if odd is not None and odd.thinking is not None else {}
    tokens = server.count_tokens(body["messages"])
    if small_judge.is_judging(body["messages"]):  # JSON is more punctuation than words
        tokens = sum(len(m["content"]) for m in body["messages"]) // 4
    written = len(words(" ".join([str(text or ""), *thinking.values()])))
    usage: dict[str, Any] | None = {
        "prompt_tokens": tokens,
        "completion_tokens": written,
        "total_tokens": tokens + written,
    }
    if odd is not None and odd.usage is not None:
        usage = odd.usage or None
    found = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": server.models[0] if server.any_name else body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **thinking},
                "finish_reason": odd.finish_reason if odd else "stop",
            }
        ],
    }
    return found | ({"usage": usage} if usage else {})
