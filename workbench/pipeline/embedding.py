"""Embeds texts: vectors that are stored come from the cache, the others from the model in concurrent batches.
Knows nothing about chunks, rate limits or costs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import Asker, Kind
from workbench.pipeline.batch_sizes import LEARNT, BatchSizes
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_forms import HeldRows, form_of
from workbench.pipeline.vector_rows import NewRows, TextRows
from workbench.space.model import Model

BATCH = 64
"""Texts per request, where the server takes so many."""

MOST_FAILED_TEXTS = 5
"""When more texts than this fail, each by itself, the fault is not the texts'."""

KINDS_OF_TEXTS = ("rejected", "context", "nonsense")
"""Failures of a request with one text that say something about the text."""

SHOWN_CHARACTERS = 60


class UnembeddedTexts(ProviderError):
    """Some texts have no vector. All the others have been embedded and stored."""

    errors: Mapping[str, ProviderError]
    """By text, why it has none."""

    def __init__(self, errors: Mapping[str, ProviderError]) -> None:
        text, first = next(iter(errors.items()))
        which = "A text has" if len(errors) == 1 else f"{len(errors)} texts have"
        begin = text[:SHOWN_CHARACTERS] + ("…" if len(text) > SHOWN_CHARACTERS else "")
        super().__init__(f"{which} no vector ({begin!r}): {first.message}", kind=first.kind, hint=first.hint)
        self.errors = errors


async def embed_texts(
    asker: Asker,
    model: Model,
    texts: Sequence[str],
    cache: VectorCache,
    *,
    kind: Kind,
    reuse: bool = True,
    observer: Observer = UNOBSERVED,
    sizes: BatchSizes = LEARNT,
) -> NDArray[Any]:
    """Unit vectors [n, d] in the order of the texts, or SparseVectors [n] of a sparse embedding model: see
    `embed_rows`."""
    made: list[HeldRows] = []

    def new_rows(count: int, width: int) -> HeldRows:
        made.append(form_of(model).rows(count, width))
        return made[-1]

    await embed_rows(
        asker, model, texts, cache, new_rows, kind=kind, reuse=reuse, observer=observer, sizes=sizes
    )
    return made[0].array if made else np.empty((0, 0), dtype=np.float32)


async def embed_rows(
    asker: Asker,
    model: Model,
    texts: Sequence[str],
    cache: VectorCache,
    new_rows: NewRows,
    *,
    kind: Kind,
    reuse: bool = True,
    observer: Observer = UNOBSERVED,
    sizes: BatchSizes = LEARNT,
) -> int:
    """Put the vectors of texts into rows; returns how many distinct texts there are.

    Each text is embedded with what the model wants to read before texts of this kind: its query_prefix for
    "embed_query", its document_prefix for "embed". `fingerprints.vectors` says how stored vectors are keyed,
    and `_embed` the rest.

    texts: read a block or a batch at a time, and not kept: they may be made when they are asked for.
    new_rows: makes the rows of so many texts and dimensions.
    """
    prefix = {"embed": model.document_prefix, "embed_query": model.query_prefix}.get(kind, "")
    prefixed = Prefixed(texts, prefix) if prefix else texts
    try:
        return await _embed(asker, model, prefixed, cache, new_rows, kind, reuse, observer, sizes)
    except UnembeddedTexts as error:
        if not prefix:
            raise
        errors = {text.removeprefix(prefix): why for text, why in error.errors.items()}
        raise UnembeddedTexts(errors) from None


async def _embed(
    asker: Asker,
    model: Model,
    texts: Sequence[str],
    cache: VectorCache,
    new_rows: NewRows,
    kind: Kind,
    reuse: bool,
    observer: Observer,
    sizes: BatchSizes,
) -> int:
    """Put the texts' vectors into rows; only distinct texts that are not stored are embedded.

    As many batches are in flight as the model's `limits.concurrency` allows; an embedded model, which shares
    this machine's processors, gets one at a time. Each batch is stored as it arrives, so after an
    interruption at most those in flight are repeated. A batch that the server refuses is sent again in
    halves, and the later ones are no larger as long as this process lives, unless one text was to blame. A
    text that gets no usable vector among others is sent again by itself. Work that grows with the number of
    texts runs in threads.

    reuse: whether stored vectors are used.
    observer: is told how many texts are to come and how many are done.
    sizes: how many texts servers take at once.

    Raises ProviderError for the first batch that fails, once the others in flight have been stored.
    Raises UnembeddedTexts when a few texts fail by themselves, once all the others have been stored.
    """
    identity = await asyncio.to_thread(fingerprints.vectors, model)  # reads an embedded model's files
    rows = TextRows(len(texts), new_rows, form_of(model))
    stored = cache if reuse else None
    await asyncio.to_thread(rows.look_up, stored, identity, texts, partial(check_dimensions, model))
    distinct = rows.found + len(rows.missing)
    observer.expect("embed", distinct)
    observer.note("embed", rows.found, reused=rows.found)
    batches = _Batches(rows.missing, sizes.most(model, BATCH))
    missing = _MissingTexts(asker, model, texts, rows, cache, identity, kind, reuse, observer, batches)
    failed = await missing.embed()
    if failed:
        raise UnembeddedTexts(failed)
    if batches.size < batches.usual:
        sizes.learn(model, batches.size)
    return distinct


@dataclass(frozen=True)
class _MissingTexts:
    """The texts that have no vector yet: those at the places that `batches` hands out."""

    asker: Asker
    model: Model
    texts: Sequence[str]
    rows: TextRows
    cache: VectorCache
    identity: str
    """The model's, in the cache."""
    kind: Kind
    reuse: bool
    observer: Observer
    batches: _Batches
    failed: dict[str, ProviderError] = field(default_factory=dict)
    """By text, why it has no vector."""

    async def embed(self) -> dict[str, ProviderError]:
        """Embed and store them. Returns those that failed by themselves."""
        at_once = 1 if self.model.embedded else self.model.limits.concurrency
        count = -(-len(self.rows.missing) // self.batches.usual)
        await gather_all([self._embed_batches() for _ in range(min(at_once, count))])
        return self.failed

    async def _embed_batches(self) -> None:
        try:
            while places := self.batches.take():
                if places := await self._without_found(places):
                    await self._embed_batch(places)
        except BaseException:
            self.batches.close()  # after a failure no further batch is started
            raise

    async def _without_found(self, places: list[int]) -> list[int]:
        """The places whose texts have no vector yet. Another run may have embedded some of them since all
        were looked up, in other batches."""
        if not self.reuse or self.model.embedded:
            return places
        check = partial(check_dimensions, self.model)
        found = await asyncio.to_thread(
            self.rows.look_up_again, self.cache, self.identity, self.texts, places, check
        )
        self.observer.note("embed", len(found), reused=len(found))
        return [place for place in places if place not in found]

    async def _embed_batch(self, places: Sequence[int]) -> None:
        batch = [self.texts[place] for place in places]
        kept = _Kept(self.cache, self.identity, batch, self.model, self.rows.width)
        try:
            reply = await self.asker.embed(self.model, batch, kind=self.kind, kept=kept)
            vectors, usable = _checked(reply.vectors, batch, self.rows.width, self.model)
        except ProviderError as error:
            self._take_failure(error, places, batch)
            return
        if not usable.all():
            self.batches.put_alone([place for place, ok in zip(places, usable, strict=True) if not ok])
            places = [place for place, ok in zip(places, usable, strict=True) if ok]
            batch = [text for text, ok in zip(batch, usable, strict=True) if ok]
            vectors = vectors[usable]
        self.rows.width = form_of(self.model).width(vectors[0])
        await asyncio.to_thread(self._keep, batch, places, vectors, kept.is_done)
        self.observer.note("embed", len(batch), reused=len(batch) if reply.stored else 0)

    def _take_failure(self, error: ProviderError, places: Sequence[int], batch: Sequence[str]) -> None:
        """Let the batch be sent again in halves, or note that its one text fails. Raises the error unless it
        says something about the batch."""
        if len(batch) > 1 and error.kind == "batch":
            self.batches.halve(places)
        elif len(batch) == 1 and error.kind in KINDS_OF_TEXTS and len(self.failed) < MOST_FAILED_TEXTS:
            self.failed[batch[0]] = error
            self.batches.size = self.batches.usual  # it was the text, not the number of texts
        else:
            raise error

    def _keep(
        self, batch: Sequence[str], places: Sequence[int], vectors: NDArray[Any], is_cached: bool
    ) -> None:
        if not is_cached:
            self.cache.keep(self.identity, batch, vectors)
        self.rows.put(places, vectors)


@dataclass(frozen=True)
class Prefixed(Sequence[str]):
    """Texts with something before each."""

    texts: Sequence[str]
    prefix: str

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self.prefix + text for text in self.texts[place]]
        return self.prefix + self.texts[place]


class _Kept:
    """One batch's vectors in the cache (`KeptVectors`)."""

    def __init__(
        self, cache: VectorCache, identity: str, texts: Sequence[str], model: Model, dimensions: int | None
    ) -> None:
        self._cache = cache
        self._identity = identity
        self._texts = texts
        self._model = model
        self._dimensions = dimensions
        self.is_done = False
        """Whether they are there."""

    async def find(self) -> NDArray[Any] | None:
        stored = await asyncio.to_thread(self._cache.find, self._identity, self._texts)
        if len(stored) < len(self._texts):
            return None
        self.is_done = True
        return form_of(self._model).stack([stored[text] for text in self._texts])

    async def keep(self, vectors: NDArray[Any]) -> None:
        try:
            checked_vectors, usable = _checked(vectors, self._texts, self._dimensions, self._model)
        except ProviderError:
            return  # whoever asked for them checks them as well
        texts = [text for text, ok in zip(self._texts, usable, strict=True) if ok]
        await asyncio.to_thread(self._cache.keep, self._identity, texts, checked_vectors[usable])
        self.is_done = True


class _Batches:
    """The places of texts that are taken batch by batch, by several workers."""

    def __init__(self, places: Iterable[int], usual: int) -> None:
        self._places = deque(places)
        self._alone: list[int] = []
        self.usual = usual
        """Texts of a batch at most, before a server has refused one."""
        self.size = usual
        """Texts of the next batch at most."""
        self._is_closed = False

    def take(self) -> list[int]:
        """The next texts; none when all are taken, or nobody may take more."""
        if self._is_closed:
            return []
        if self._alone:
            return [self._alone.pop()]
        return [self._places.popleft() for _ in range(min(self.size, len(self._places)))]

    def halve(self, batch: Sequence[int]) -> None:
        """Let a batch be taken again in halves, before all others, and let the later ones be no larger."""
        self.size = min(self.size, len(batch) // 2)
        self._places.extendleft(reversed(batch))

    def put_alone(self, places: Sequence[int]) -> None:
        """Let each of these texts be taken again by itself."""
        self._alone.extend(places)

    def close(self) -> None:
        """Let nobody take more."""
        self._is_closed = True


def check_dimensions(model: Model, dimensions: int, earlier: int) -> None:
    """Raises ProviderError when vectors differ in their dimensions from earlier ones, which they must not be
    mixed with. Its kind blames no text."""
    if dimensions != earlier:
        raise ProviderError(
            f"{model.name} returned vectors of {dimensions:,} dimensions, but earlier ones have {earlier:,}: "
            "its server now serves another model.",
            kind="no_model",
            hint="Serve the same model again, or change the model's revision to embed everything again.",
        )


def _checked(
    vectors: NDArray[Any], texts: Sequence[str], dimensions: int | None, model: Model
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """(a server's vectors as they are stored, which of them are usable), see `VectorForm.check`.

    dimensions: of the vectors that are there already; None without any. Raises ProviderError as well unless
    these have as many.
    """
    form = form_of(model)
    found, usable = form.check(vectors, texts, model)
    if dimensions:
        check_dimensions(model, form.width(found[0]), dimensions)
    return found, usable
