"""Indexes in a real Chroma server: what it is sent, what happens when it fails, who may write what.
Knows nothing about when one is chosen, or about experiments."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from tests.chroma_server import ChromaServerProcess, guarded_by_token, served_by
from tests.pipeline.vector_stores.conftest import builds_in
from tests.pipeline.vectors import chunks_of, unit_vectors
from workbench.errors import IndexBuildError
from workbench.pipeline.vector_stores import chroma_http
from workbench.pipeline.vector_stores.chroma_http import DATABASE, MissingCollection, ServerProblem
from workbench.pipeline.vector_stores.chroma_server import BUILDING, ChromaServer
from workbench.pipeline.vector_stores.types import Builds, HeldBuild, IndexContent, VectorServer

pytestmark = pytest.mark.xdist_group("chroma server")

KEY = "0a1b2c"
CONTENT = IndexContent(KEY, chunks_of(40), unit_vectors(40))


@pytest.fixture
def builds(tmp_path: Path, new_database: Path) -> Builds:
    return builds_in(tmp_path / "home", new_database)


@pytest.fixture
def store(chroma_server: ChromaServerProcess, builds: Builds) -> ChromaServer:
    return ChromaServer(VectorServer(chroma_server.url, None, builds))


def raw(server: ChromaServerProcess) -> httpx.Client:
    """Asks the server itself."""
    return httpx.Client(base_url=server.url + DATABASE, trust_env=False, timeout=60)


def id_of(server: ChromaServerProcess, builds: Builds, end: str = "") -> str:
    with raw(server) as ask:
        return str(ask.get(f"/collections/workbench.{builds.owner()}.{KEY}{end}").json()["id"])


def test_the_server_gets_vectors_and_numbers_and_no_text(
    chroma_server: ChromaServerProcess, store: ChromaServer, builds: Builds
) -> None:
    store.build(IndexContent(KEY, chunks_of(3), unit_vectors(3), ["a context"] * 3))
    with raw(chroma_server) as ask:
        collection = ask.get(f"/collections/workbench.{builds.owner()}.{KEY}").json()
        asked = {"include": ["documents", "metadatas", "uris"]}
        kept = ask.post(f"/collections/{collection['id']}/get", json=asked).json()
    assert set(collection["metadata"]) == {"count", "chunks", "bytes", "began_at"}
    assert kept["ids"] == ["0", "1", "2"]
    assert not any(filter(None, [*kept["documents"], *kept["metadatas"], *kept["uris"]]))


def test_vectors_are_sent_in_several_requests_when_one_would_be_too_large(
    store: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_http, "MOST_BYTES", 4 * 8 * 16)
    index = store.build(CONTENT)
    assert [row[0][0] for row in index.query(CONTENT.vectors, 1)] == list(range(40))


def test_what_a_builder_left_unfinished_is_no_index_and_is_written_anew(
    chroma_server: ChromaServerProcess, store: ChromaServer, builds: Builds
) -> None:
    with raw(chroma_server) as ask:
        ask.post("/collections", json={"name": f"workbench.{builds.owner()}.{KEY}{BUILDING}"})
    assert not store.has(KEY) and store.open(CONTENT) is None
    assert [one.finished for one in store.list_stored()] == [False]
    assert store.build(CONTENT).count == 40
    assert [one.finished for one in store.list_stored()] == [True]


@pytest.mark.parametrize("harm", ["vectors are gone", "vectors are others"])
def test_a_damaged_collection_is_noticed_and_built_again(
    chroma_server: ChromaServerProcess, store: ChromaServer, builds: Builds, harm: str
) -> None:
    store.build(CONTENT)
    with raw(chroma_server) as ask:
        at = f"/collections/{id_of(chroma_server, builds)}"
        if harm == "vectors are gone":
            ask.post(f"{at}/delete", json={"ids": ["3", "4"]}).raise_for_status()
        else:
            others = {"ids": [str(n) for n in range(40)], "embeddings": unit_vectors(40, seed=9).tolist()}
            ask.post(f"{at}/upsert", json=others).raise_for_status()
    assert store.open(CONTENT) is None
    assert [row[0][0] for row in store.build(CONTENT).query(CONTENT.vectors, 1)] == list(range(40))


def test_a_server_that_restarts_goes_on_and_one_that_restarts_empty_is_filled_again(
    chroma_server: ChromaServerProcess, store: ChromaServer
) -> None:
    index = store.build(CONTENT)
    before = index.query(CONTENT.vectors, 5)
    chroma_server.kill()
    restart = threading.Thread(target=chroma_server.start)
    restart.start()
    assert index.query(CONTENT.vectors, 5) == before  # it waited for the server
    restart.join()
    assert store.open(CONTENT) is not None
    chroma_server.start_empty()
    with pytest.raises(MissingCollection, match="has lost an index"):
        index.query(CONTENT.vectors, 5)
    assert not store.has(KEY)
    assert store.build(CONTENT).query(CONTENT.vectors, 5) == before


def test_a_server_that_is_away_is_named_with_what_to_do(builds: Builds) -> None:
    store = ChromaServer(VectorServer("http://me:s3cret@127.0.0.1:9", None, builds))
    with pytest.raises(ServerProblem, match=r"at http://127.0.0.1:9 cannot be reached") as caught:
        store.open(CONTENT)
    assert "WORKBENCH_CHROMA_URL" in str(caught.value.hint) and "s3cret" not in str(caught.value)
    with pytest.raises(ServerProblem):
        store.build(CONTENT)
    assert not builds.is_held(KEY)


def test_a_server_that_wants_a_token_gets_the_right_one_alone(
    chroma_server: ChromaServerProcess, builds: Builds
) -> None:
    with guarded_by_token(chroma_server.url, "right") as url:
        for token, message in (
            (None, "wants a token"),
            ("wrong", "refuses the token in WORKBENCH_CHROMA_TOKEN"),
        ):
            with pytest.raises(ServerProblem, match=message) as caught:
                ChromaServer(VectorServer(url, token, builds)).has(KEY)
            assert "wrong" not in str(caught.value) and "WORKBENCH_CHROMA_TOKEN" in str(caught.value.hint)
        assert ChromaServer(VectorServer(url, "right", builds)).build(CONTENT).count == 40


def test_a_password_in_the_address_is_not_logged(builds: Builds, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with answering(401, b"") as url:
        store = ChromaServer(VectorServer(url.replace("://", "://me:s3cret@"), None, builds))
        with pytest.raises(ServerProblem, match="wants a token"):
            store.has(KEY)
    assert "s3cret" not in caplog.text


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """The address of a server that gives one reply to everything."""

    class Reply(BaseHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with served_by(Reply) as address:
        yield address


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b'"0.4.24"', "is version 0.4.24; it must be 1.0 or newer"),
        (404, b"Not Found", "answers, but not as a Chroma server"),
        (200, b"<html>a login page</html>", "answers, but not as a Chroma server"),
        (302, b"", "answers, but not as a Chroma server"),
        (503, b"starting", r"cannot be reached: status 503"),
    ],
)
def test_what_is_no_chroma_server_of_today_is_said_to_be_none(
    builds: Builds, status: int, body: bytes, message: str
) -> None:
    with answering(status, body) as url, pytest.raises(IndexBuildError, match=message):
        ChromaServer(VectorServer(url, None, builds)).has(KEY)


def test_stores_on_one_server_neither_see_nor_delete_each_others_indexes(
    chroma_server: ChromaServerProcess, store: ChromaServer, tmp_path: Path, new_database: Path
) -> None:
    builds = builds_in(tmp_path / "other", new_database)
    other = ChromaServer(VectorServer(chroma_server.url, None, builds))
    with raw(chroma_server) as ask:
        somebodys = f"workbench.{builds.owner()}x.{KEY}"
        ask.post("/collections", json={"name": somebodys}).raise_for_status()
    store.build(CONTENT)
    assert not other.has(KEY) and other.list_stored() == []
    other.build(CONTENT)
    [own] = store.list_stored()
    assert (own.key, own.bytes) == (KEY, CONTENT.vectors.nbytes)
    store.delete(own)
    assert not store.has(KEY) and other.open(CONTENT) is not None
    with raw(chroma_server) as ask:
        assert ask.get(f"/collections/{somebodys}").status_code == 200


class Overtaken:
    """Builds whose first builder loses its lease in mid-work, when `meanwhile` is done."""

    def __init__(self, owner: str, meanwhile: list[object]) -> None:
        self._owner, self._meanwhile = owner, meanwhile

    def owner(self) -> str:
        return self._owner

    @contextmanager
    def hold(self, key: str) -> Iterator[HeldBuild]:
        yield self  # type: ignore[misc]

    def is_held(self, key: str) -> bool:
        return False

    def lost(self) -> bool:
        if not self._meanwhile:
            return False
        self._meanwhile.pop()()  # type: ignore[operator]
        return True


def test_a_builder_that_was_overtaken_takes_the_index_of_the_other(
    chroma_server: ChromaServerProcess, store: ChromaServer, builds: Builds
) -> None:
    overtaken = Overtaken(builds.owner(), [lambda: store.build(CONTENT)])
    late = ChromaServer(VectorServer(chroma_server.url, None, overtaken))
    assert late.build(CONTENT).query(CONTENT.vectors[7:8], 1)[0][0][0] == 7
    assert [one.finished for one in store.list_stored()] == [True]


def test_writes_of_a_builder_end_when_the_next_one_begins(
    chroma_server: ChromaServerProcess, store: ChromaServer, builds: Builds
) -> None:
    with raw(chroma_server) as ask:
        name = f"workbench.{builds.owner()}.{KEY}{BUILDING}"
        old = ask.post("/collections", json={"name": name}).json()["id"]
        store.build(CONTENT)
        late = {"ids": ["1"], "embeddings": [[1.0] * 8]}
        assert ask.post(f"/collections/{old}/upsert", json=late).status_code == 404
        assert ask.put(f"/collections/{old}", json={"new_name": f"{name}x"}).status_code != 200
    assert [one.finished for one in store.list_stored()] == [True]
