"""A small server that speaks the OpenAI-compatible protocol strictly, and can misbehave on request.
Knows nothing about the workbench. Alone: python -m tests.protocol_server --port 8123"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import small_judge
from tests.raw_reply import Raw

DIMENSIONS = 48
CHAT_KEYS = {
    "model", "messages", "temperature", "max_tokens", "max_completion_tokens", "top_p", "seed", "stop",
    "stream", "stream_options", "n", "response_format",
}  # fmt: skip
Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Stall:
    seconds: float


@dataclass(frozen=True)
class Refuse:
    """An error status, with Retry-After when it is given."""

    status: int
    retry_after: str | None = None
    message: str = "The server refuses."
    code: str | None = None


@dataclass(frozen=True)
class Cut:
    """Half a reply, then the connection ends."""


@dataclass(frozen=True)
class Body:
    """Status 200 and this text, whatever was asked."""

    text: str


@dataclass(frozen=True)
class Reply:
    """A chat completion with these oddities. thinking: sent beside the text, in the field `thinking_field`."""

    text: str | list[dict[str, Any]] | None = ""
    finish_reason: str = "stop"
    usage: dict[str, Any] | None = None
    thinking: str | None = None
    thinking_field: str = "reasoning_content"


Misbehaviour = Stall | Refuse | Cut | Body | Reply | Raw


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


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


def embed(text: str) -> list[float]:
    """A direction made of the text's words: texts that share words are near."""
    vector = [0.0] * DIMENSIONS
    for word in words(text) or ["nothing"]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] % 2 else -1.0
    return vector if any(vector) else [1.0] * DIMENSIONS


def check_format(given: Any, messages: Messages, refused: tuple[str, ...]) -> None:
    """As OpenAI does: a strict schema is closed and requires all; JSON mode wants the word in the prompt."""
    kind = given.get("type") if isinstance(given, dict) else None
    if kind not in ("text", "json_object", "json_schema") or kind in refused:
        raise Invalid(f"Invalid parameter: 'response_format' of type '{kind}' is not supported")
    if kind == "json_object" and not any("json" in m["content"].lower() for m in messages):
        raise Invalid(
            "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'"
        )
    if kind != "json_schema":
        return
    wrapped = given.get("json_schema")
    if set(given) != {"type", "json_schema"} or not isinstance(wrapped, dict):
        raise Invalid("Missing required parameter: 'response_format.json_schema'")
    if set(wrapped) - {"name", "description", "schema", "strict"} or not wrapped.get("name"):
        raise Invalid("Invalid 'response_format.json_schema'")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wrapped["name"]):
        raise Invalid("Invalid 'response_format.json_schema.name'")
    if wrapped.get("strict"):
        check_strict(wrapped.get("schema"))


def check_strict(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            check_strict(item)
    elif isinstance(node, dict):
        if node.get("type") == "object":
            properties = node.get("properties", {})
            if node.get("additionalProperties") is not False or set(node.get("required", ())) != set(
                properties
            ):
                raise Invalid("Invalid schema: 'additionalProperties' must be false and all be 'required'")
        for item in node.values():
            check_strict(item)


class Invalid(Exception):
    """error: the message, or the whole `error` of the reply."""

    def __init__(self, error: str | dict[str, Any], status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def openai_too_long(tokens: int, limit: int) -> str:
    return f"This model's maximum context length is {limit} tokens, however you requested {tokens} tokens."


@dataclass
class ProtocolServer:
    """A context manager. plan: (request number from 1, path, body) → how to misbehave, or None.

    refuses: names of parameters that no request may have; "system" is a message of that role.
    most_texts: how many texts one request may embed.
    slots: it works on so many requests at a time; the others wait in silence, as llama.cpp's do.
    seconds_each: how long it works on one.
    any_name: it answers to any model's name, and says in its reply what it serves, as llama.cpp does.
    too_long: what it says of a prompt that is too long, by its tokens and the limit.
    token_ratio: its tokens per word, for a tokenizer that counts more.
    model_rows: the list of models, in the form that another server gives it.
    pages: further pages for GET, by path.
    prefix: what its addresses begin with.
    key_header: the header that holds the bare key, instead of Authorization.
    tls: a server's context, for https.
    """

    models: tuple[str, ...] = ("test-chat", "test-embed")
    reply: Callable[[Messages], str] = answer_from_passages
    plan: Callable[[int, str, dict[str, Any]], Misbehaviour | None] = lambda n, path, body: None
    api_key: str | None = None
    context_tokens: int | None = None
    wants_max_completion_tokens: bool = False
    judge: Callable[[Messages], str] = small_judge.judge
    refuses_formats: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    most_texts: int | None = None
    slots: int | None = None
    seconds_each: float = 0.0
    any_name: bool = False
    too_long: Callable[[int, int], str | dict[str, Any]] = openai_too_long
    token_ratio: float = 1.0
    model_rows: list[dict[str, Any]] | None = None
    pages: dict[str, Any] = field(default_factory=dict)
    prefix: str = "/v1"
    key_header: str | None = None
    tls: ssl.SSLContext | None = None
    port: int = 0
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def __enter__(self) -> ProtocolServer:
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(self.slots or 10_000)
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self._http.daemon_threads = True
        if self.tls is not None:  # clients that refuse its certificate fail in their own threads
            plain = self._http.socket
            self._http.socket = self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self._http.server_address[1]}{self.prefix}"

    @property
    def judged(self) -> list[dict[str, Any]]:
        """Those of them that ask a judge."""
        return [b for b in self.posts if "messages" in b and small_judge.is_judging(b["messages"])]

    @property
    def posts(self) -> list[dict[str, Any]]:
        """Bodies of the chat and embedding requests, in order."""
        return [body for _, _, body in self.requests if body]

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> int:
        with self._lock:
            self.requests.append((path, headers, body))
            return len(self.posts)

    def count(self, change: int) -> None:
        with self._lock:
            self.in_flight += change
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def check_chat(self, body: dict[str, Any]) -> None:
        unknown = set(body) - CHAT_KEYS
        if unknown:
            raise Invalid(f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}")
        self._check_model(body)
        for name in self.refuses:
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
            if message["role"] in self.refuses:
                raise Invalid("System role not supported")
        if "response_format" in body:
            check_format(body["response_format"], messages, self.refuses_formats)
        temperature = body.get("temperature")
        if temperature is not None and not 0 <= temperature <= 2:
            raise Invalid("temperature must be between 0 and 2")
        if "max_tokens" in body and self.wants_max_completion_tokens:
            raise Invalid(
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            )
        for name in ("max_tokens", "max_completion_tokens"):
            if name in body and (not isinstance(body[name], int) or body[name] < 1):
                raise Invalid(f"{name} must be a positive integer")
        prompt = self.count_tokens(messages)
        if self.context_tokens is not None and prompt > self.context_tokens:
            raise Invalid(self.too_long(prompt, self.context_tokens))

    def count_tokens(self, messages: Messages) -> int:
        """Words and, in scripts without spaces, characters, times token_ratio."""
        text = " ".join(m["content"] for m in messages)
        unspaced = sum(ord(c) > 0x2E80 for c in text)
        return int((len(words(text)) + unspaced) * self.token_ratio)

    def check_embeddings(self, body: dict[str, Any]) -> None:
        unknown = set(body) - {"model", "input", "encoding_format", "dimensions", "user"}
        if unknown:
            raise Invalid(f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}")
        self._check_model(body)
        given = body.get("input")
        if not isinstance(given, list) or not given or not all(isinstance(t, str) and t for t in given):
            raise Invalid("'input' must be a non-empty list of non-empty strings")
        if self.most_texts is not None and len(given) > self.most_texts:
            raise Invalid(f"batch size {len(given)} > maximum allowed batch size {self.most_texts}", 422)

    def _check_model(self, body: dict[str, Any]) -> None:
        if body.get("model") not in self.models and not self.any_name:
            raise Invalid(f"The model '{body.get('model')}' does not exist", 404)


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


def embedding_reply(body: dict[str, Any]) -> dict[str, Any]:
    def encoded(vector: list[float]) -> Any:
        if body.get("encoding_format") == "base64":
            return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        return vector

    tokens = sum(len(words(t)) for t in body["input"])
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {"object": "embedding", "index": i, "embedding": encoded(embed(text))}
            for i, text in enumerate(body["input"])
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _handler(server: ProtocolServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _fail(
            self, status: int, message: str, headers: dict[str, str] | None = None, code: str | None = None
        ) -> None:
            error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
            self._send(status, {"error": error}, headers)

        def _may(self) -> bool:
            if server.key_header:
                if (
                    self.headers.get(server.key_header) == server.api_key
                    and not self.headers["Authorization"]
                ):
                    return True
                self._fail(401, "Access denied due to invalid subscription key.")
                return False
            if server.api_key and self.headers.get("Authorization") != f"Bearer {server.api_key}":
                self._fail(401, f"Incorrect API key provided: {self.headers.get('Authorization')}")
                return False
            return True

        def _stream(self, reply: dict[str, Any], body: dict[str, Any]) -> None:
            """The reply as server-sent events, a word at a time; usage in a last one, where it is asked for."""
            usage = reply.pop("usage", None)
            choice = reply["choices"][0]
            message = {name: text for name, text in choice["message"].items() if name != "role" and text}
            shared = {**reply, "object": "chat.completion.chunk"}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True

            def send(choices: list[Any], **more: Any) -> None:
                self.wfile.write(f"data: {json.dumps(shared | {'choices': choices} | more)}\n\n".encode())

            for name in sorted(message, key="content".__eq__):  # thinking comes first
                whole = message[name]
                pieces = (
                    re.findall(r"\s*\S+\s*", whole) if isinstance(whole, str) else [[part] for part in whole]
                )
                for piece in pieces:
                    send([{"index": 0, "delta": {name: piece}, "finish_reason": None}])
            send([{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
            if usage and (body.get("stream_options") or {}).get("include_usage"):
                send([], usage=usage)
            self.wfile.write(b"data: [DONE]\n\n")

        def do_GET(self) -> None:
            server.note(self.path, dict(self.headers), {})
            if not self._may():
                return
            if self.path in server.pages:
                self._send(200, server.pages[self.path])
                return
            if self.path != f"{server.prefix}/models":
                self._fail(404, f"Invalid URL (GET {self.path})")
                return
            rows = server.model_rows or [
                {"id": m, "object": "model", "created": 0, "owned_by": "tests"} for m in server.models
            ]
            self._send(200, {"object": "list", "data": rows})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.count(1)
            try:
                with server._slots:
                    time.sleep(server.seconds_each)
                    self._post(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked has hung up
            finally:
                server.count(-1)

        def _post(self, data: bytes) -> None:
            try:
                body = json.loads(data)
            except ValueError:
                self._fail(400, "The body is not JSON")
                return
            number = server.note(self.path, dict(self.headers), body)
            if not self._may():
                return
            odd = server.plan(number, self.path, body)
            if isinstance(odd, Stall):
                time.sleep(odd.seconds)
            elif isinstance(odd, Refuse):
                headers = {"Retry-After": odd.retry_after} if odd.retry_after is not None else {}
                self._fail(odd.status, odd.message, headers, odd.code)
                return
            elif isinstance(odd, Cut):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"id": "half a re')
                self.close_connection = True
                return
            elif isinstance(odd, Body):
                self._send(200, odd.text)
                return
            elif isinstance(odd, Raw):
                odd.send(self)
                return
            try:
                path = self.path.partition("?")[0]
                if path == f"{server.prefix}/chat/completions":
                    server.check_chat(body)
                    reply = chat_reply(server, body, odd if isinstance(odd, Reply) else None)
                    self._stream(reply, body) if body.get("stream") else self._send(200, reply)
                elif path == f"{server.prefix}/embeddings":
                    server.check_embeddings(body)
                    self._send(200, embedding_reply(body))
                else:
                    self._fail(404, f"Invalid URL (POST {self.path})")
            except Invalid as error:
                if isinstance(error.error, dict):
                    self._send(error.status, {"error": error.error})
                else:
                    self._fail(error.status, error.error)

    return Handler


def main() -> None:
    from tests.providers.oddities import REPLIES, STREAMS

    oddities = {
        f"{kind}: {row.name}": row.reply
        for kind, rows in (("stream", STREAMS), ("reply", REPLIES))
        for row in rows
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--oddity", choices=oddities, metavar="NAME", help="of tests/providers/oddities.py")
    given = parser.parse_args()
    with ProtocolServer(port=given.port, plan=lambda n, path, body: oddities.get(given.oddity)) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
