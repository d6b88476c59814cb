"""The server itself: how it behaves, and what it was sent.
Knows nothing about the form of requests and replies."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any, Literal

from tests import small_judge
from tests.protocol_server.chat import answer_from_passages
from tests.protocol_server.handler import make_handler
from tests.protocol_server.limits import Messages, count_tokens, openai_too_long
from tests.protocol_server.misbehaviour import Misbehaviour
from tests.protocol_server.reranking import DIALECTS, Dialect, relevance
from tests.protocol_server.training import Training


@dataclass
class ProtocolServer:
    """A context manager. plan: (request number from 1, path, body) → how to misbehave, or None.

    refuses: names of parameters that no request may have; "system" is a message of that role.
    most_texts: how many texts one request may embed or rerank.
    reranks: the dialect of its /rerank (reranking.DIALECTS); None for a server that has none.
    sparse: whether it has /embed_sparse, and with which model; None for a server that has no such page.
    relevance: (question, passage) → the score that it gives.
    ignores_dimensions: its vectors are as long as ever, whatever is asked for.
    slots: it works on so many requests at a time; the others wait in silence, as llama.cpp's do.
    seconds_each: how long it works on one.
    any_name: it answers to any model's name, and says in its reply what it serves, as llama.cpp does.
    too_long: what it says of a prompt that is too long, by its tokens and the limit.
    token_ratio: its tokens per word, for a tokenizer that counts more.
    model_rows: the list of models, in the form that another server gives it.
    pages: further pages for GET, by path.
    training: what it trains and which adapters it loads; None for a server that does neither.
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
    reranks: str | None = None
    sparse: Literal["splade", "another model"] | None = None
    relevance: Callable[[str, str], float] = relevance
    ignores_dimensions: bool = False
    slots: int | None = None
    seconds_each: float = 0.0
    any_name: bool = False
    too_long: Callable[[int, int], str | dict[str, Any]] = openai_too_long
    token_ratio: float = 1.0
    model_rows: list[dict[str, Any]] | None = None
    pages: dict[str, Any] = field(default_factory=dict)
    training: Training | None = None
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
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), make_handler(self))
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
    def root_url(self) -> str:
        """Its address without a prefix."""
        return self.base_url.removesuffix(self.prefix)

    def dialect_at(self, path: str) -> Dialect | None:
        """How the page at this path reranks; None where it does not."""
        dialect = DIALECTS.get(self.reranks or "")
        return dialect if dialect is not None and path in dialect.paths else None

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

    def count_tokens(self, messages: Messages) -> int:
        """As it reports them."""
        return count_tokens(messages, self.token_ratio)
