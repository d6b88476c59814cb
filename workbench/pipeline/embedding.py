"""Embeds texts: vectors that are stored come from the cache, the others from the model in concurrent batches.
Knows nothing about chunks, rate limits or costs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import Asker, Kind
from workbench.pipeline.batch_sizes import LEARNT, BatchSizes
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.vector_cache import VectorCache
from workbench.providers.types import Vectors
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
) -> Vectors:
    """Unit vectors [n, d] in the order of the texts, each with what the model wants to read before texts of
    this kind: its query_prefix for "embed_query", its document_prefix for "embed".

    `fingerprints.vectors` says how stored vectors are keyed, and `_embed` the rest.
    """
    prefix = {"embed": model.document_prefix, "embed_query": model.query_prefix}.get(kind, "")
    try:
        return await _embed(
            asker, model, [prefix + text for text in texts], cache, kind, reuse, observer, sizes
        )
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
    kind: Kind,
    reuse: bool,
    observer: Observer,
    sizes: BatchSizes,
) -> Vectors:
    """Unit vectors [n, d] in the order of the texts; only distinct texts that are not stored are embedded.

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
    vectors, missing = await asyncio.to_thread(_look_up, cache if reuse else None, identity, texts)
    observer.expect("embed", len(vectors) + len(missing))
    observer.note("embed", len(vectors), reused=len(vectors))
    batches = _Batches(missing, sizes.most(model, BATCH))
    width = len(next(iter(vectors.values()))) if vectors else None
    for stored in vectors.values():
        check_dimensions(model, len(stored), width or 0)
    failed: dict[str, ProviderError] = {}

    async def embed_batch(batch: Sequence[str]) -> None:
        nonlocal width
        kept = _Kept(cache, identity, batch, model, width)
        try:
            reply = await asker.embed(model, batch, kind=kind, kept=kept)
            unit, usable = _checked(reply.vectors, batch, width, model)
        except ProviderError as error:
            if len(batch) > 1 and error.kind == "batch":
                batches.halve(batch)
            elif len(batch) == 1 and error.kind in KINDS_OF_TEXTS and len(failed) < MOST_FAILED_TEXTS:
                failed[batch[0]] = error
                batches.size = batches.usual  # it was the text, not the number of texts
            else:
                raise
            return
        if not usable.all():
            batches.put_alone([text for text, ok in zip(batch, usable, strict=True) if not ok])
            batch = [text for text, ok in zip(batch, usable, strict=True) if ok]
            unit = unit[usable]
        width = unit.shape[1]
        if not kept.is_done:
            await asyncio.to_thread(cache.keep, identity, batch, unit)
        vectors.update(zip(batch, unit, strict=True))
        observer.note("embed", len(batch), reused=len(batch) if reply.stored else 0)

    async def embed_batches() -> None:
        try:
            while batch := batches.take():
                await embed_batch(batch)
        except BaseException:
            batches.close()  # after a failure no further batch is started
            raise

    concurrency = 1 if model.embedded else model.limits.concurrency
    await gather_all([embed_batches() for _ in range(min(concurrency, -(-len(missing) // batches.usual)))])
    if failed:
        raise UnembeddedTexts(failed)
    if batches.size < batches.usual:
        sizes.learn(model, batches.size)
    return await asyncio.to_thread(_in_order, texts, vectors, width or 0)


def _look_up(
    cache: VectorCache | None, identity: str, texts: Sequence[str]
) -> tuple[dict[str, Vectors], list[str]]:
    """(stored vectors by text, distinct texts that are not stored)."""
    stored = cache.find(identity, texts) if cache is not None else {}
    return stored, [text for text in dict.fromkeys(texts) if text not in stored]


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

    async def find(self) -> Vectors | None:
        stored = await asyncio.to_thread(self._cache.find, self._identity, self._texts)
        if len(stored) < len(self._texts):
            return None
        self.is_done = True
        return np.stack([stored[text] for text in self._texts])

    async def keep(self, vectors: Vectors) -> None:
        try:
            unit, usable = _checked(vectors, self._texts, self._dimensions, self._model)
        except ProviderError:
            return  # whoever asked for them checks them as well
        texts = [text for text, ok in zip(self._texts, usable, strict=True) if ok]
        await asyncio.to_thread(self._cache.keep, self._identity, texts, unit[usable])
        self.is_done = True


class _Batches:
    """Texts that are taken batch by batch, by several workers."""

    def __init__(self, texts: Sequence[str], usual: int) -> None:
        self._texts = deque(texts)
        self._alone: list[str] = []
        self.usual = usual
        """Texts of a batch at most, before a server has refused one."""
        self.size = usual
        """Texts of the next batch at most."""
        self._is_closed = False

    def take(self) -> list[str]:
        """The next texts; none when all are taken, or nobody may take more."""
        if self._is_closed:
            return []
        if self._alone:
            return [self._alone.pop()]
        return [self._texts.popleft() for _ in range(min(self.size, len(self._texts)))]

    def halve(self, batch: Sequence[str]) -> None:
        """Let a batch be taken again in halves, before all others, and let the later ones be no larger."""
        self.size = min(self.size, len(batch) // 2)
        self._texts.extendleft(reversed(batch))

    def put_alone(self, texts: Sequence[str]) -> None:
        """Let each of these texts be taken again by itself."""
        self._alone.extend(texts)

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
            hint="Serve the same model again, or raise the model's revision to embed everything anew.",
        )


def _checked(
    vectors: Vectors, texts: Sequence[str], dimensions: int | None, model: Model
) -> tuple[Vectors, NDArray[np.bool_]]:
    """(a server's vectors, scaled to unit length; which of them are usable: finite and not zero).

    dimensions: of the vectors that are there already; None without any. Raises ProviderError unless there is
    one usable vector at least, one row per text, of these dimensions.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise ProviderError(
            f"{model.name} returned vectors of shape {vectors.shape} for {len(texts)} texts.", kind="nonsense"
        )
    if dimensions:
        check_dimensions(model, vectors.shape[1], dimensions)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    usable = np.isfinite(vectors).all(axis=1) & (norms[:, 0] > 0)
    if not usable.any():
        raise ProviderError(f"{model.name} returned a vector that is zero or not finite.", kind="nonsense")
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: Vectors = vectors / norms
    return unit, usable


def _in_order(texts: Sequence[str], vectors: Mapping[str, Vectors], width: int) -> Vectors:
    rows = np.empty((len(texts), width), dtype=np.float32)
    for row, text in enumerate(texts):
        rows[row] = vectors[text]
    return rows
