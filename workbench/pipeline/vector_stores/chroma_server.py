"""Approximate indexes in a Chroma server, for all that share a store: one collection per fingerprint.
Knows nothing about questions or models, or when an approximate index is worth building.

A collection is written by whoever holds its build, and then only read.

The server gets vectors, and the positions of their chunks as ids: no text, no title, no name of a document.
A collection is written under another name and given its own last, so that one with its own name is whole. It
begins with the name of the store that it belongs to: other stores' collections are never touched.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.errors import IndexBuildError
from workbench.pipeline.vector_stores.chroma_http import (
    ChromaConnection,
    Collection,
    MissingCollection,
    ServerProblem,
    connect,
    rows_per_request,
)
from workbench.pipeline.vector_stores.hnsw import hnsw_settings
from workbench.pipeline.vector_stores.self_recall import finds_itself
from workbench.pipeline.vector_stores.types import HeldBuild, IndexContent, VectorServer
from workbench.providers.types import Vectors

log = logging.getLogger(__name__)

BUILDING = ".building"
"""The end of the name of a collection that is being written."""
ATTEMPTS = 3
"""How often an index is begun that is lost while it is written."""


@dataclass(frozen=True)
class StoredIndex:
    """A collection of this store on the server."""

    name: str
    """The collection's name."""
    key: str
    """The key of the index in it."""
    bytes: int
    """Of its vectors; the server needs two to three times as much. 0 where it is not known."""
    began_at: float
    """Unix seconds when it was begun, by the clock of whoever wrote it."""
    finished: bool
    """Whether it was written to its end."""


class ServerIndex:
    """An open index. A position is the index of a chunk in the list it was built from."""

    def __init__(self, connection: ChromaConnection, collection: Collection, count: int) -> None:
        self._connection = connection
        self._id = collection.id
        self.count = count

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (chunk position, cosine), best first.

        Raises IndexBuildError when the server cannot be asked or has lost vectors.
        """
        n = min(n, self.count)
        if n < 1 or not len(vectors):
            return [[] for _ in vectors]
        ids, distances = self._connection.query(self._id, vectors, n)
        if not all(ids):
            raise IndexBuildError(f"The Chroma server at {self._connection.host} has lost vectors.")
        return [
            sorted(
                ((int(i), 1.0 - float(d)) for i, d in zip(of_query, apart, strict=True)),
                key=lambda hit: (-hit[1], hit[0]),
            )
            for of_query, apart in zip(ids, distances, strict=True)
        ]


class _BuildLost(Exception):
    """An index was deleted while it was written, or somebody else may have taken over."""


def _require(held: HeldBuild) -> None:
    if held.lost():
        raise _BuildLost("The build of an index could not be renewed in time.")


class ChromaServer:
    """The indexes of one store in a Chroma server."""

    def __init__(self, server: VectorServer) -> None:
        self._connection = connect(server.url, server.token)
        self._builds = server.builds

    def has(self, key: str) -> bool:
        """Whether there is a finished index; whether it is sound is checked only when it is opened."""
        return self._connection.find(self._name(key)) is not None

    def open(self, content: IndexContent) -> ServerIndex | None:
        """The stored index of exactly this content, or None when it is missing, unfinished or damaged."""
        collection = self._connection.find(self._name(content.key))
        if collection is None:
            return None
        kept = (collection.metadata.get("count"), collection.metadata.get("chunks"))
        if kept != (len(content.chunks), content.digest):
            return None
        index = ServerIndex(self._connection, collection, len(content.chunks))
        try:
            if self._connection.count(collection.id) != index.count:
                return None
            return index if finds_itself(index, content.vectors) else None
        except ServerProblem as problem:
            if problem.passing:
                raise
            log.warning("%s The index is built again.", problem)
            return None  # the server is there, so it is the collection
        except IndexBuildError:
            return None

    def build(self, content: IndexContent) -> ServerIndex:
        """Build and open an index, or wait for who builds it. A sound one that is already stored stays."""
        content.require_vectors()
        for _ in range(ATTEMPTS):
            with self._builds.hold(content.key) as held:
                index = self.open(content)
                if index is not None:
                    return index
                try:
                    self._write(content, held)
                except _BuildLost as lost:
                    log.warning("%s It starts again.", lost)
                    continue
                index = self.open(content)
                if index is not None:
                    return index
                raise IndexBuildError(
                    f"The index just built on the Chroma server at {self._connection.host} does not find its "
                    "own vectors."
                )
        raise IndexBuildError(
            f"The Chroma server at {self._connection.host} lost an index {ATTEMPTS} times while it was "
            "written.",
            hint="Several servers behind one address must keep their collections in one place.",
        )

    def _write(self, content: IndexContent, held: HeldBuild) -> None:
        """Write a collection under another name, then give it its own. Raises _BuildLost."""
        name, count = self._name(content.key), len(content.vectors)
        self._connection.delete(name + BUILDING)  # of a builder that died: with its id, its writes end
        about = {
            "count": count,
            "chunks": content.digest,
            "bytes": int(content.vectors.nbytes),
            "began_at": time.time(),
        }
        try:
            collection = self._connection.create(name + BUILDING, hnsw_settings(count), about)
            rows = rows_per_request(content.vectors.shape[1])
            for start in range(0, count, rows):
                _require(held)
                self._connection.put(collection.id, start, content.vectors[start : start + rows])
            _require(held)
            self._connection.delete(name)  # what is damaged, or holds other chunks
            self._connection.rename(collection.id, name)
        except IndexBuildError as error:
            if held.lost() or isinstance(error, MissingCollection):  # another builder deleted it
                raise _BuildLost(str(error)) from error
            raise

    def list_stored(self) -> list[StoredIndex]:
        """The collections of this store. Others' are not among them."""
        return read_stored(self._connection.list_all(), self._builds.owner())

    def delete(self, stored: StoredIndex) -> None:
        """Delete a collection of this store."""
        self._connection.delete(stored.name)

    def _name(self, key: str) -> str:
        return _name(self._builds.owner(), key)


def read_stored(collections: Iterable[Collection], owner: str) -> list[StoredIndex]:
    """Those of a server's collections that belong to the store of this name."""
    own = re.compile(re.escape(_name(owner, "")) + r"([^.]+)(" + re.escape(BUILDING) + r")?")
    return [
        StoredIndex(
            collection.name,
            match[1],
            int(collection.metadata.get("bytes", 0)),
            float(collection.metadata.get("began_at", 0)),
            finished=match[2] is None,
        )
        for collection in collections
        if (match := own.fullmatch(collection.name))
    ]


def _name(owner: str, key: str) -> str:
    return f"workbench.{owner}.{key}"
