"""The interface of vector stores: what an index of vectors does, and where indexes are kept.
Knows nothing about any store. Another one is one file, and an entry in `registry.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from workbench.errors import IndexBuildError
from workbench.pipeline.types import Chunk
from workbench.providers.types import Vectors
from workbench.space.address import Address


@dataclass(frozen=True)
class IndexContent:
    """What an index is made of. A position is the index of a chunk in `chunks`."""

    key: str
    """The fingerprint of the chunks and of how they are embedded: the index's name."""
    chunks: Sequence[Chunk]
    """What is searched. A store sees their number and a hash of their ids, never their texts."""
    vectors: Vectors
    """[chunks, d], unit rows."""
    contexts: Sequence[str] = ()
    """What the chunks are embedded with, where they have a context."""

    @cached_property
    def digest(self) -> str:
        """A hash of what is indexed. A model may write other contexts for the same chunks and settings."""
        hashed, separator = hashlib.sha256(), b""
        for text in chain((chunk.id for chunk in self.chunks), self.contexts):
            hashed.update(separator + text.encode())
            separator = b"\n"
        return hashed.hexdigest()

    def require_vectors(self) -> None:
        """Raises IndexBuildError when there is nothing to index, or not one vector per chunk."""
        if not self.chunks or len(self.chunks) != len(self.vectors):
            raise IndexBuildError(
                f"An index needs one vector per chunk: there are {len(self.chunks)} chunks and "
                f"{len(self.vectors)} vectors."
            )


class VectorIndex(Protocol):
    """An open index of vectors."""

    count: int
    """How many vectors it contains."""

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (position, cosine), best first, ties by position.

        An approximate index may miss some. Of equal vectors at the end of a list it need not return the
        first. The time grows with the number of chunks: call it in a thread, with many queries at once.
        Threads may query at the same time. Raises IndexBuildError when the index was damaged after it was
        opened, or its server cannot be asked.
        """
        ...


class VectorStore(Protocol):
    """Where indexes are kept. An index is written once, by one writer, and then only read."""

    def has(self, key: str) -> bool:
        """Whether nothing has to be built under this key. Whether a stored index is sound is checked only
        when it is opened. Raises IndexBuildError when the store cannot be asked."""
        ...

    def open(self, content: IndexContent) -> VectorIndex | None:
        """The stored index of exactly this content; None when it is missing, unfinished or damaged.
        Raises IndexBuildError when the store cannot be asked."""
        ...

    def build(self, content: IndexContent) -> VectorIndex:
        """Build and open an index. A sound one that is already stored stays.

        When several threads or processes need the same index, the first one builds it and the others wait.
        Raises IndexBuildError when there is nothing to index, the index cannot be written, or the new one
        does not find its own vectors.
        """
        ...


class HeldBuild(Protocol):
    """The right to build one index, while nobody else may."""

    def lost(self) -> bool:
        """Whether somebody else may have taken it over by now, since it could not be renewed in time."""
        ...


class Builds(Protocol):
    """Who builds which index, where several processes share what is built."""

    def owner(self) -> str:
        """A name of all that share these builds, in letters and digits: nobody else has it."""
        ...

    def hold(self, key: str) -> AbstractContextManager[HeldBuild]:
        """Wait until nobody else builds under this key, then keep others out until the end of the block.
        Raises StoreError, and Stopped when the work that waits is stopped."""
        ...

    def is_held(self, key: str) -> bool:
        """Whether somebody builds under this key now."""
        ...


@dataclass(frozen=True, repr=False)
class VectorServer:
    """A server that keeps indexes for several processes."""

    url: str
    """Its address, which may hold a name and a password."""
    token: str | None
    """What the server wants from those who ask it; None for nothing."""
    builds: Builds
    """Who builds what there."""

    @property
    def address(self) -> str:
        """Scheme, host and port: what may be shown."""
        return shown_address(self.url)


def split_password(url: str) -> tuple[str, tuple[str, str] | None]:
    """A URL without the name and password in it, and those; None where it has none."""
    parts = urlsplit(url)
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return plain, None
    return plain, (unquote(parts.username), unquote(parts.password or ""))


def shown_address(url: str) -> str:
    """Scheme, host and port of a URL, without a name and a password."""
    address = Address.parse(split_password(url)[0])
    return address.origin if address else "the address in WORKBENCH_CHROMA_URL"
