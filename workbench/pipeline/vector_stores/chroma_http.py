"""Speaks to a Chroma server: its collections over its documented HTTP interface, version 2.
Knows nothing about indexes, or what vectors are of.

Not through chromadb's own client: that waits for a reply for ever, drops the status of a refusal, and reads
the `.env` of the working folder (docs/decisions.md).
"""

from __future__ import annotations

import base64
import logging
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import httpx
import numpy as np
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from workbench.errors import IndexBuildError, ProviderError
from workbench.pipeline.vector_stores.types import shown_address, split_password
from workbench.providers.http_client import shared_ssl_context
from workbench.providers.proxies import find_proxy
from workbench.providers.types import Vectors
from workbench.space.address import Address

Result = TypeVar("Result")

OLDEST_SERVER = 1
"""The major version of the oldest server that is asked."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 300.0
"""How long a server may take for one request. With the last vectors of an index it writes all to its disk."""
RETRY_SECONDS = 10.0
"""How long it is asked again when it cannot be reached in mid-work: a server that is started anew is back."""
MOST_BYTES = 8_000_000
"""The vectors in one request. A server takes 40 MB of JSON, where a query takes five times as much."""
MOST_ROWS = 2_000
"""Vectors in one request; a server takes 5,461."""
PAGE = 100
"""Collections in one reply."""
DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"

START_HINT = "Start the server or correct WORKBENCH_CHROMA_URL; what was interrupted can then be resumed."

log = logging.getLogger(__name__)


class ServerProblem(IndexBuildError):
    """A Chroma server cannot be asked, or refuses."""

    passing = False
    """Whether it may be over in a moment: the server is started anew, or the network is away."""


class MissingCollection(IndexBuildError):
    """A collection is not on the server, or not any more."""


@dataclass(frozen=True)
class Collection:
    """A collection as the server lists it."""

    id: str
    """What it is asked by. A name may be given to another collection, an id never is."""
    name: str
    metadata: Mapping[str, Any]


class ChromaConnection:
    """A Chroma server. All methods raise ServerProblem, and with an id that is gone MissingCollection.

    Safe for threads.
    """

    def __init__(self, url: str, token: str | None) -> None:
        """Nothing is sent yet."""
        self.host = shown_address(url)
        """Scheme, host and port: what messages may show."""
        self._has_token = token is not None
        try:
            address = Address.parse(self.host)
            proxy = find_proxy(address) if address else None
        except ProviderError as error:
            raise ServerProblem(error.message, hint=error.hint) from None
        plain, auth = split_password(url)  # httpx writes addresses into the log
        self._client = httpx.Client(
            base_url=plain.rstrip("/"),
            auth=auth,
            # Chroma servers know the one, the proxies before them the other.
            headers={"authorization": f"Bearer {token}", "x-chroma-token": token} if token else {},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
            proxy=proxy,
            # Without TLS there is nothing to verify, and reading the certificates takes longer than all else.
            verify=url.startswith("https") and shared_ssl_context(),
        )
        weakref.finalize(self, self._client.close)
        self._checked: str | None = None

    def version(self) -> str:
        """The server's version. Asked once: every other method begins with it."""
        if self._checked is None:
            reply = self._send("GET", "/api/v2/version")
            version = reply.text.strip().strip('"') if reply.status_code == 200 else ""
            major = version.partition(".")[0]
            if not major.isdigit():
                raise ServerProblem(
                    f"{self.host} answers, but not as a Chroma server of version {OLDEST_SERVER}.0 or newer.",
                    hint="Correct WORKBENCH_CHROMA_URL, or start `chroma run` of a newer chromadb there.",
                )
            if int(major) < OLDEST_SERVER:
                raise ServerProblem(
                    f"The Chroma server at {self.host} is version {version}; it must be {OLDEST_SERVER}.0 or "
                    "newer.",
                    hint="Update chromadb where the server runs.",
                )
            self._checked = version
        return self._checked

    def find(self, name: str) -> Collection | None:
        """The collection of this name; None when there is none."""
        try:
            return _read_collection(self._ask("GET", f"/collections/{name}"))
        except MissingCollection:
            return None

    def list_all(self) -> list[Collection]:
        """All collections of the server, whoever made them."""
        found: list[Collection] = []
        while page := self._ask("GET", f"/collections?limit={PAGE}&offset={len(found)}"):
            found += map(_read_collection, page)
        return found

    def create(self, name: str, hnsw: Mapping[str, Any], metadata: Mapping[str, Any]) -> Collection:
        """A new, empty collection. Its name must be free."""
        asked = {"name": name, "configuration": {"hnsw": dict(hnsw)}, "metadata": dict(metadata)}
        return _read_collection(self._ask("POST", "/collections", asked))

    def rename(self, id_: str, name: str) -> None:
        """Give a collection another name, which must be free."""
        self._ask("PUT", f"/collections/{id_}", {"new_name": name})

    def delete(self, name: str) -> None:
        """Delete a collection. One that is not there is no error."""
        with suppress(MissingCollection):
            self._ask("DELETE", f"/collections/{name}")

    def count(self, id_: str) -> int:
        """How many vectors a collection holds."""
        return int(self._ask("GET", f"/collections/{id_}/count"))

    def put(self, id_: str, first: int, vectors: Vectors) -> None:
        """Store vectors [n, d] with the ids `first`, `first` + 1, ...; those that are there are replaced."""
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        asked = {
            "ids": [str(n) for n in range(first, first + len(rows))],
            "embeddings": [base64.b64encode(row.tobytes()).decode() for row in rows],
        }
        self._patiently(partial(self._ask, "POST", f"/collections/{id_}/upsert", asked))

    def query(self, id_: str, vectors: Vectors, n: int) -> tuple[list[list[str]], list[list[float]]]:
        """(ids, distances) of the n nearest to each row of vectors [q, d]."""
        ids: list[list[str]] = []
        distances: list[list[float]] = []
        rows = rows_per_request(vectors.shape[1])
        for start in range(0, len(vectors), rows):
            asked = {
                "query_embeddings": np.asarray(vectors[start : start + rows], dtype=np.float32).tolist(),
                "n_results": n,
                "include": ["distances"],
            }
            reply = self._patiently(partial(self._ask, "POST", f"/collections/{id_}/query", asked))
            ids += reply["ids"]
            distances += reply["distances"]
        return ids, distances

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """Ask again for a while when the server cannot be reached. Only for what may be done twice."""
        again = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, ServerProblem) and error.passing),
            stop=stop_after_delay(RETRY_SECONDS),
            wait=wait_random_exponential(multiplier=0.1, max=2.0),
            before_sleep=lambda state: (
                log.warning("%s It is asked again.", state.outcome.exception()) if state.outcome else None
            ),
            reraise=True,
        )
        return again(ask)

    def _ask(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> Any:
        self.version()
        reply = self._send(method, DATABASE + path, asked)
        try:
            read = reply.json()
        except ValueError:
            raise self._problem("sends something that is no JSON", f"status {reply.status_code}") from None
        if reply.status_code == 200:
            return read
        said = str(read.get("message") or read.get("error") if isinstance(read, dict) else read)
        if reply.status_code == 404:
            raise MissingCollection(f"The Chroma server at {self.host} has lost an index: {said[:200]}")
        raise self._problem("cannot do what it is asked", said)

    def _send(self, method: str, path: str, asked: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            reply = self._client.request(method, path, json=asked)
        except httpx.ConnectTimeout:
            reason = f"nothing answers within {CONNECT_SECONDS:.0f} s"
            raise self._problem("cannot be reached", reason, passing=True) from None
        except httpx.TimeoutException:
            raise self._problem("is silent", f"for {ANSWER_SECONDS:.0f} s") from None
        except httpx.TransportError as error:
            raise self._problem("cannot be reached", str(error), passing=True) from None
        except httpx.InvalidURL as error:
            raise self._problem("cannot be reached", str(error)) from None
        if reply.status_code in (401, 403):
            what = "refuses the token in WORKBENCH_CHROMA_TOKEN" if self._has_token else "wants a token"
            raise ServerProblem(
                f"The Chroma server at {self.host} {what} (status {reply.status_code}).",
                hint="Set WORKBENCH_CHROMA_TOKEN to a token that it takes, then resume.",
            )
        if reply.status_code in (502, 503, 504):  # of a proxy before it
            raise self._problem("cannot be reached", f"status {reply.status_code}", passing=True)
        return reply

    def _problem(self, what: str, reason: str, *, passing: bool = False) -> ServerProblem:
        said = " ".join(reason.split())[:200].rstrip(".") or "no reason is given"
        problem = ServerProblem(f"The Chroma server at {self.host} {what}: {said}.", hint=START_HINT)
        problem.passing = passing
        return problem


@lru_cache(maxsize=4)
def connect(url: str, token: str | None) -> ChromaConnection:
    """The connection to a server: one per address and token. Raises ServerProblem for a proxy that cannot be
    used."""
    return ChromaConnection(url, token)


def rows_per_request(dimensions: int) -> int:
    """How many vectors go into one request."""
    return max(1, min(MOST_ROWS, MOST_BYTES // (4 * dimensions)))


def _read_collection(read: Mapping[str, Any]) -> Collection:
    return Collection(str(read["id"]), str(read["name"]), dict(read.get("metadata") or {}))
