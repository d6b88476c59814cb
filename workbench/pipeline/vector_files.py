"""Keeps the vectors of a large corpus in files that are mapped into memory, so that they take none.
Knows nothing about models or how texts are embedded."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench.errors import StoreError
from workbench.pipeline.observer import Observer
from workbench.pipeline.sparse import Postings, postings_of
from workbench.pipeline.stored_arrays import NewArrays, StoredArrays, find_arrays, find_facts
from workbench.pipeline.vector_forms import SparseRows
from workbench.pipeline.vector_rows import NewRows
from workbench.providers.types import Vectors

LEAST_MAPPED = 20_000
"""Chunks from which their vectors are in a file: with 384 dimensions 30 MB. Those of fewer are in memory."""

VECTORS = "vectors"

Embed = Callable[[NewRows], Awaitable[int]]
"""Puts the vectors of all texts into the rows that it makes; returns how many distinct texts there are."""


AnyForm = TypeVar("AnyForm")

OpenFile = Callable[[Path, str, str, Sequence[str], Embed, Observer], Awaitable[AnyForm]]
"""Opens the files of texts' vectors, or writes them: see `_open_or_write`."""


async def open_vector_file(
    folder: Path, key: str, identity: str, texts: Sequence[str], embed: Embed, observer: Observer
) -> Vectors:
    """The vectors of texts as a map of their file [n, d], which is written when it is not there or damaged.
    See `_open_or_write`."""

    async def write(new: NewArrays) -> int:
        return await embed(partial(new.rows, VECTORS))

    stored = await _open_or_write(folder, key, identity, texts, write, observer)
    return stored.arrays[VECTORS]


async def open_postings_file(
    folder: Path, key: str, identity: str, texts: Sequence[str], embed: Embed, observer: Observer
) -> Postings:
    """The postings of texts' sparse vectors as maps of their files, likewise."""

    async def write(new: NewArrays) -> int:
        rows = SparseRows(len(texts))
        distinct = await embed(lambda count, width: rows)

        def keep() -> None:
            for name, array in postings_of(rows.array).items():
                new.keep(name, array)

        await asyncio.to_thread(keep)
        return distinct

    return (await _open_or_write(folder, key, identity, texts, write, observer)).arrays


async def _open_or_write(
    folder: Path,
    key: str,
    identity: str,
    texts: Sequence[str],
    write: Callable[[NewArrays], Awaitable[int]],
    observer: Observer,
) -> StoredArrays:
    """The arrays of texts' vectors, which are written when they are not there or damaged.

    folder, key: where they are.
    identity: the model's fingerprint.
    write: embeds the texts and writes the arrays; returns how many distinct texts there are.
    observer: is told how many texts there are, when none need be embedded.

    What was embedded before an interruption is in the vector cache, and the files are written again from
    there. Raises StoreError when they cannot be written, and what `write` raises.
    """
    content = await asyncio.to_thread(content_of, identity, texts)
    stored = await asyncio.to_thread(find_arrays, folder, key, content)
    if stored is not None:
        distinct = stored.facts["distinct"]
        observer.expect("embed", distinct)
        observer.note("embed", distinct, reused=distinct)
        return stored
    new = await asyncio.to_thread(NewArrays, folder, key, content)
    try:
        distinct = await write(new)
        new.note(distinct=distinct)
        await asyncio.to_thread(new.finish)
    finally:
        await asyncio.to_thread(new.discard)
    stored = await asyncio.to_thread(find_arrays, folder, key, content)
    if stored is None:
        raise StoreError(f"The vectors just written to {folder / key} are gone or damaged.", hint="Resume.")
    return stored


def content_of(identity: str, texts: Sequence[str]) -> str:
    """A hash of what is embedded: a model may write other contexts for the same chunks under the same
    settings."""
    digest = hashlib.sha256(identity.encode())
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def count_in_file(folder: Path, key: str) -> int | None:
    """How many distinct texts a finished file has the vectors of; None when there is none. It is not read."""
    facts = find_facts(folder, key)
    return None if facts is None else facts.get("distinct")
