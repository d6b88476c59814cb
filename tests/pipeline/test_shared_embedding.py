"""Several homes embed one corpus: each in parts, and what one has embedded the others find in their shared store.
Knows nothing about clusters."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from benchmarks.event_loop import EMBEDDING
from tests.pipeline.small_corpus import DENSE, DOCUMENTS, VectorsByText
from workbench.errors import Stopped
from workbench.pipeline import embedding, fingerprints
from workbench.pipeline.asker import EmbeddedTexts
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.embedding_parts import Part, TextsOfPart, Unembedded, numbers_of
from workbench.pipeline.vector_cache import VectorCache, text_key
from workbench.run.progress import Progress
from workbench.space.retrieval import Retrieval
from workbench.store.database import Store, open_store
from workbench.store.sharing.shared_vectors import SharedVectors
from workbench.store.sharing.tables import SharedVectorRow


def home(folder: Path, name: str, store: Store | None) -> Caches:
    shared = None if store is None else SharedVectors(store)
    return Caches(folder / name / "cache", folder / name / "indexes", shared_vectors=shared)


TEXTS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "find", "share", "damage"]), st.integers(0, 1), st.sets(TEXTS)),
    max_size=12,
)


@settings(max_examples=15)
@given(STEPS)
def test_a_home_finds_what_it_kept_and_what_others_shared(
    tmp_path_factory: pytest.TempPathFactory, new_database: Path, steps: list[tuple[str, int, set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("homes")
    shutil.copy(new_database, folder / "workbench.db")
    store = open_store(folder / "workbench.db")
    shared = SharedVectors(store)
    # The second home kept vectors of some texts before it shared a store.
    before = VectorCache(folder / "1.db")
    before.keep("m", ["a", "b"], np.ones((2, 4), dtype=np.float32))
    homes = [VectorCache(folder / f"{number}.db", shared) for number in range(2)]
    near, far = [set[str](), {"a", "b"}], set[str]()
    for what, number, chosen in steps:
        cache, texts = homes[number], sorted(chosen)
        if what == "keep":
            cache.keep("m", texts, np.ones((len(texts), 4), dtype=np.float32))
            near[number] |= chosen
            far |= chosen
        elif what == "share":
            cache.share([text_key("m", text) for text in texts])
            far |= chosen & near[number]
        elif what == "damage":
            with store.write() as session:
                keys = [text_key("m", text) for text in texts]
                session.execute(
                    update(SharedVectorRow).where(SharedVectorRow.key.in_(keys)).values(vector=b"x")
                )  # type: ignore[attr-defined]
            far -= chosen
        else:
            keys = {text_key("m", text) for text in texts}
            found = cache.find("m", texts)
            assert set(found) == chosen & (near[number] | far)
            assert all(np.array_equal(vector, np.ones(4)) for vector in found.values())
            near[number] |= set(found)
            assert cache.count_keys(keys) >= len(found)
    store.dispose()


@given(st.lists(st.text(max_size=3), max_size=30), st.integers(1, 9))
def test_parts_are_all_of_the_texts_and_equal_texts_are_in_one_part(texts: list[str], parts: int) -> None:
    keys = [text_key("m", text) for text in texts]
    cut = [list(TextsOfPart(texts, numbers_of(keys), Part(number, parts))) for number in range(parts)]
    assert sorted(text for part in cut for text in part) == sorted(texts)
    assert sum(len(set(part)) for part in cut) == len(set(texts))
    counted = Unembedded("k", len(set(texts)), frozenset(keys)).count_in_parts(parts)
    assert [counted[Part(number, parts)] for number in range(parts)] == [len(set(part)) for part in cut]


def test_what_homes_embed_in_parts_is_what_one_embeds_and_nothing_is_embedded_twice(
    store: Store, tmp_path: Path
) -> None:
    alone, asker = CorpusOpener(DOCUMENTS, home(tmp_path, "alone", None)), VectorsByText()
    expected = asyncio.run(alone.open(DENSE, asker)).vectors
    openers = [CorpusOpener(DOCUMENTS, home(tmp_path, name, store)) for name in ("first", "second")]
    several = VectorsByText()

    async def embed() -> None:
        [before] = await openers[0].find_unembedded(DENSE, several)
        assert before.distinct == len(before.missing) == asker.texts
        for number in range(4):
            await openers[number % 2].embed_part(DENSE, before.key, Part(number, 4), several)
        for opener in openers:
            [after] = await opener.find_unembedded(DENSE, several)
            assert after == replace(before, missing=frozenset())
            opened = (await opener.open(DENSE, several)).vectors
            assert expected is not None and opened is not None
            assert opened.tobytes() == expected.tobytes()

    asyncio.run(embed())
    assert several.texts == asker.texts


def test_a_part_that_was_lost_costs_its_next_home_only_what_was_not_stored(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 4)

    class Dying(VectorsByText):
        async def embed(self, *given: Any, **options: Any) -> EmbeddedTexts:
            if self.texts:
                raise Stopped("The process dies.")
            return await super().embed(*given, **options)

    async def embed() -> None:
        first, second = (CorpusOpener(DOCUMENTS, home(tmp_path, name, store)) for name in ("first", "second"))
        [before] = await first.find_unembedded(DENSE, lost)
        with pytest.raises(Stopped):
            await first.embed_part(DENSE, before.key, Part(0, 1), lost)
        await second.embed_part(DENSE, before.key, Part(0, 1), again)
        assert lost.texts + again.texts == before.distinct and 0 < lost.texts < before.distinct

    lost, again = Dying(), VectorsByText()
    asyncio.run(embed())


def test_texts_that_another_run_embeds_meanwhile_in_other_batches_are_not_embedded_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 4)
    served = EMBEDDING.model_copy(update={"limits": EMBEDDING.limits.model_copy(update={"concurrency": 1})})
    setting = DENSE.model_copy(update={"embedding": served})
    other = VectorsByText()

    class Overtaken(VectorsByText):
        async def embed(self, *given: Any, **options: Any) -> EmbeddedTexts:
            if not self.texts:  # all were looked up, and the first batch is under way
                opener = CorpusOpener(DOCUMENTS, home(tmp_path, "other", store))
                await opener.embed_part(setting, before.key, Part(0, 2), other)
            return await super().embed(*given, **options)

    async def embed() -> None:
        nonlocal before
        first = CorpusOpener(DOCUMENTS, home(tmp_path, "first", store), progress)
        [before] = await first.find_unembedded(setting, overtaken)
        opened = (await first.open(setting, overtaken)).vectors
        alone = await CorpusOpener(DOCUMENTS, home(tmp_path, "alone", None)).open(setting, VectorsByText())
        assert opened is not None and alone.vectors is not None
        assert opened.tobytes() == alone.vectors.tobytes()

    before, progress, overtaken = Unembedded("", 0, frozenset()), Progress(), Overtaken()
    asyncio.run(embed())
    assert other.texts > 4 and overtaken.texts + other.texts <= before.distinct + 4
    counted = progress["embed"]
    assert (counted.done, counted.total) == (before.distinct, before.distinct)
    assert counted.reused == before.distinct - overtaken.texts


def test_a_home_gives_others_what_it_embedded_before_it_shared_a_store(store: Store, tmp_path: Path) -> None:
    asker = VectorsByText()
    asyncio.run(CorpusOpener(DOCUMENTS, home(tmp_path, "old", None)).open(DENSE, asker))
    asyncio.run(CorpusOpener(DOCUMENTS, home(tmp_path, "old", store)).find_unembedded(DENSE, asker))
    asked = asker.texts
    asyncio.run(CorpusOpener(DOCUMENTS, home(tmp_path, "new", store)).open(DENSE, asker))
    assert asker.texts == asked


def test_what_a_service_is_asked_stays_in_its_home(store: Store, tmp_path: Path) -> None:
    async def ask() -> None:
        opener, asker = CorpusOpener(DOCUMENTS, home(tmp_path, "service", store)), VectorsByText()
        await opener.open(DENSE, asker)
        opener.keep_to_this_home()
        await opener.embed_queries(EMBEDDING, ["private?"], asker)
        [left] = await opener.find_unembedded(DENSE, asker)
        assert not left.missing

    asyncio.run(ask())
    asked = text_key(fingerprints.vectors(EMBEDDING), "private?")
    assert VectorCache(tmp_path / "service" / "cache" / "vectors.db").count_keys({asked}) == 1
    assert SharedVectors(store).find_stored([asked]) == set()


def test_settings_that_are_opened_at_the_same_time_each_get_their_own_corpus(tmp_path: Path) -> None:
    settings = [DENSE.model_copy(update={"chunk_tokens": tokens}) for tokens in (16, 24, 32, 48)]

    async def open_all() -> list[set[str]]:
        opener = CorpusOpener(DOCUMENTS, home(tmp_path, "one", None))
        opened = await asyncio.gather(*(opener.open(one, VectorsByText()) for one in settings * 3))
        return [{chunk.text for chunk in corpus.chunks} for corpus in opened]

    async def open_alone(setting: Retrieval) -> set[str]:
        opener = CorpusOpener(DOCUMENTS, home(tmp_path, "one", None))
        return {chunk.text for chunk in (await opener.open(setting, VectorsByText())).chunks}

    together = asyncio.run(open_all())
    assert together == [asyncio.run(open_alone(one)) for one in settings] * 3


def test_work_that_several_processes_find_done_is_counted_once() -> None:
    progress = Progress()
    for done, reused in ((3, 1), (10, 4)):  # one says it twice, and another one found all of it
        worker = Progress()
        worker.observe_work("embed", "k").expect("embed", 10)
        worker.observe_work("embed", "k").note("embed", done, reused=reused)
        for key, work in worker.works.items():
            progress.merge_work(key, work)
            progress.merge_work(key, work)
    counted = progress["embed"]
    assert (counted.done, counted.total, counted.reused) == (10, 10, 4)
    progress.observe_work("embed", "another").note("embed", 1)
    assert (counted.done, counted.total) == (11, 11)
