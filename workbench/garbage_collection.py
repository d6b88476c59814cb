"""Frees what nothing refers to any more: rows of the store, indexes, chunks, vectors, extracted documents.
Knows nothing about how it is computed. Everything except replies can be computed again."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from workbench.calls.claims import clear_away
from workbench.calls.response_cache import CacheOnlyAsker
from workbench.cluster.local_cluster import find_abandoned
from workbench.corpus.corpus import (
    documents_folder,
    find_corpus,
    list_corpora,
    load_corpus,
    require_own_folder,
)
from workbench.corpus.reading_cache import cache_files
from workbench.corpus.types import AskedQuestion, Document
from workbench.errors import IndexBuildError, ModelError, StoreError, WorkbenchError
from workbench.fingerprint import fingerprint
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_cache import chunk_file, find_stored_chunks
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.context_cache import context_file, find_stored_contexts
from workbench.pipeline.keyword_files import name_of as keyword_folder
from workbench.pipeline.search_terms import Segmenter
from workbench.pipeline.search_texts import SearchText, transform_questions
from workbench.pipeline.selection import parent_chunking
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.stored_arrays import BUILDING
from workbench.pipeline.types import Chunk, Chunking, searched_text
from workbench.pipeline.vector_cache import VectorCache, text_key
from workbench.pipeline.vector_stores.registry import VectorIndexKind
from workbench.run.corpus_of_experiment import FETCHED
from workbench.settings import Settings
from workbench.ship.winner import Winner, read_winner
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.database import Store
from workbench.store.experiments import find_needed_corpora, list_experiments
from workbench.store.free_rows import Freed, find_retrievals, free_rows
from workbench.store.questions import get_questions
from workbench.store.records import ExperimentRecord
from workbench.store.serving.records import Service
from workbench.store.serving.services import list_services
from workbench.store.sharing.corpus_copies import free_copies, list_copies
from workbench.tuning.fine_tuning import RETRIEVAL as TUNING
from workbench.tuning.unneeded import unneeded_environments, unneeded_trainings

FRESH_SECONDS = 600.0
"""While an experiment runs, newer files are kept: it may need them although nothing refers to them yet."""
BUILDING_SECONDS = 3600.0
"""A folder of an unfinished index that is older was left by a worker that died."""


@dataclass(frozen=True)
class Cleaned:
    """What `clean` did."""

    dry_run: bool
    """Whether nothing was deleted, only counted."""
    freed: dict[str, Freed]
    """Kind → what was freed, or would be."""
    left: tuple[str, ...]
    """What was not touched and why, in words."""
    file_bytes: int = 0
    """By how many bytes the database files shrank."""

    def to_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "freed": {kind: {"count": f.count, "bytes": f.bytes} for kind, f in self.freed.items()},
            "bytes": sum(f.bytes for f in self.freed.values()),
            "file_bytes": self.file_bytes,
            "left": list(self.left),
        }


@dataclass
class _Needed:
    """What experiments, winners and tuning may still use."""

    keys: dict[str, StageKeys] = field(default_factory=dict)
    """Corpus path → the stage keys of its documents."""
    chunkings: set[Chunking] = field(default_factory=set)
    """How the documents that are searched are cut."""
    parents: set[Chunking] = field(default_factory=set)
    """How they are cut into parents, which are returned and not searched."""
    used: set[tuple[str, Chunking]] = field(default_factory=set)
    """(corpus path, chunking) of some experiment."""
    contexts: dict[str, Retrieval] = field(default_factory=dict)
    """Hash of a chunk context with its model → a setting that has it."""
    embeddings: dict[str, Model] = field(default_factory=dict)
    """Model identity → embedding model."""
    extracted: set[Path] = field(default_factory=set)
    """Cache files of extracted documents."""
    queries: set[str] = field(default_factory=set)
    """Texts that are searched for: questions and what query transforms made of them."""
    rankings: list[str] = field(default_factory=list)
    """Keys of rankings that unfinished experiments will look for, or from which passages were selected."""
    unread: list[str] = field(default_factory=list)
    """Corpora and folders of models that unfinished experiments need and that cannot be read."""

    def add_model(self, model: Model) -> None:
        self.embeddings[fingerprints.model(model)] = model

    def add_retrieval(self, retrieval: Retrieval) -> None:
        self.chunkings.add(Chunking.of(retrieval))
        if (parents := parent_chunking(retrieval)) is not None:
            self.parents.add(parents)
        self.contexts[fingerprint(*fingerprints.context(retrieval))] = retrieval
        for model in retrieval.embeddings:
            self.add_model(model)

    @property
    def all_documents(self) -> Iterator[Document]:
        for keys in self.keys.values():
            yield from keys.documents

    def index_keys(self, *kinds: VectorIndexKind) -> set[str]:
        """The keys of needed indexes of these kinds, and of their vectors."""
        retrievals = [
            setting.model_copy(update=chunking._asdict())
            for chunking, setting in product(self.chunkings, self.contexts.values())
        ]
        return {
            keys.index(retrieval, model)
            for keys in self.keys.values()
            for retrieval, model in product(retrievals, self.embeddings.values())
            if keys.index_kind(retrieval) in kinds
        }

    def keyword_folders(self) -> set[str]:
        """The names of the folders of needed keyword indexes."""
        corpora = {
            fingerprints.keywords(keys.chunks(retrieval), retrieval)
            for keys in self.keys.values()
            for chunking, setting in product(self.chunkings, self.contexts.values())
            for retrieval in [setting.model_copy(update=chunking._asdict())]
        }
        return {keyword_folder(key, segmenter) for key in corpora for segmenter in get_args(Segmenter)}

    def chunk_files(self, folder: Path) -> set[Path]:
        chunkings = self.chunkings | self.parents
        return {chunk_file(d, *c, folder) for d in self.all_documents for c in chunkings}

    def context_files(self, folder: Path) -> set[Path]:
        return {
            context_file(document, setting.model_copy(update=chunking._asdict()), folder)
            for document in self.all_documents
            for chunking, setting in product(self.chunkings, self.contexts.values())
        }

    def vector_keys(self, caches: Caches) -> set[bytes]:
        embedded = {
            (fingerprints.vectors(model), prefix)
            for model in self.embeddings.values()
            for prefix in (model.query_prefix, model.document_prefix)
        }
        return {
            text_key(identity, prefix + text)
            for text in self._all_texts(caches)
            for identity, prefix in embedded
        }

    def _all_texts(self, caches: Caches) -> Iterator[str]:
        """What may be embedded; some texts several times."""
        yield from self.queries
        for path, chunking in product(self.keys, self.chunkings):
            for document in self.keys[path].documents:
                chunks = find_stored_chunks(document, *chunking, caches.chunks)
                if chunks is None and (path, chunking) in self.used:
                    chunks = chunk_document(document, *chunking)
                yield from self._texts_of(document, chunking, chunks or (), caches.contexts)

    def _texts_of(
        self, document: Document, chunking: Chunking, chunks: Sequence[Chunk], folder: Path
    ) -> Iterator[str]:
        """What may be embedded of a document's chunks, with each context that is stored."""
        for setting in self.contexts.values():
            if setting.situating.part.function is None:
                yield from map(searched_text, chunks)
                continue
            retrieval = setting.model_copy(update=chunking._asdict())
            rows = find_stored_contexts(document, retrieval, len(chunks), folder)
            # A chunk whose context has yet to be written may be searched without one until then.
            texts = (row.text if row else "" for row in rows)
            yield from map(searched_text, chunks, texts)


def _add_corpus(needs: _Needed, path: Path, settings: Settings, *, needed: bool) -> str | None:
    """Add a corpus's documents and questions; returns its version, None when it cannot be read.

    needed: whether an unfinished experiment needs it.
    """
    cache = settings.cache / "documents"
    try:
        corpus = load_corpus(path, settings.corpora, cache_dir=cache, allow_empty=True)
        needs.extracted |= cache_files(documents_folder(path), cache)
    except (WorkbenchError, OSError):
        if needed:
            needs.unread.append(str(path))
        return None
    needs.keys[str(path)] = StageKeys(corpus.documents, settings.vector_index)
    needs.queries.update(q.text for q in corpus.questions)
    return corpus.version


def _add_experiment(needs: _Needed, record: ExperimentRecord, store: Store, version: str | None) -> None:
    questions = [q.question.asked for q in get_questions(store, record.id)]
    needs.queries.update(q.text for q in questions)
    groups: dict[str, Retrieval] = {}
    selected: set[str] = set()
    for retrieval in find_retrievals(store, record.id):
        needs.add_retrieval(retrieval)
        needs.used.add((record.corpus_path, Chunking.of(retrieval)))
        groups[fingerprints.group(retrieval)] = retrieval
        if not retrieval.cuts_only:
            selected.add(fingerprints.group(retrieval))
    transforms = {(r.query, r.query_model and r.query_model.name): r for r in groups.values()}
    for retrieval in transforms.values():
        needs.queries |= _search_texts(store, retrieval, questions)
    if version == record.corpus_version:
        # Answers point to what the prompts got; where that is no plain cut, not to the rankings themselves.
        unfinished = record.state != "done"
        for retrieval in (r for key, r in groups.items() if unfinished or key in selected):
            keys = needs.keys[record.corpus_path]
            corpus, within = keys.chunks(retrieval), keys.within(retrieval, questions)
            try:
                for kind in get_args(VectorIndexKind):  # it may resume with either kind
                    needs.rankings += fingerprints.rankings(corpus, retrieval, kind, questions, within)
            except ModelError:  # the folder of its reranker is gone
                needs.unread.append(str(retrieval.rerank_model and retrieval.rerank_model.path))


def _search_texts(store: Store, retrieval: Retrieval, questions: Sequence[AskedQuestion]) -> set[str]:
    """What query transforms made of these questions, as far as the calls are stored."""
    transformed = asyncio.run(transform_questions(retrieval, questions, CacheOnlyAsker(store)))
    return {text for item in transformed if isinstance(item, SearchText) for text in item.texts}


def _add_service(needs: _Needed, service: Service) -> set[str]:
    """Add what a service searches, wherever its winner's file is; returns the paths of its corpus."""
    try:
        config = Winner.model_validate(service.winner).to_config() if service.winner else None
    except (WorkbenchError, ValidationError):
        return set()  # a newer version's
    if config is None or config.system is not None or not service.corpus_path:
        return set()
    for end in config.ends:
        needs.add_retrieval(end.retrieval)
    return {service.corpus_path}


def _find_needs(store: Store, settings: Settings) -> _Needed:
    needs = _Needed()
    needs.add_retrieval(TUNING)
    records = list_experiments(store, archived=True)
    needed = {r.corpus_path for r in records if r.state != "done"}
    paths = {r.corpus_path for r in records} | {str(c.path) for c in list_corpora(settings.corpora)}
    for file in settings.winners.glob("*.y*ml"):
        try:
            winner = read_winner(file)
            for end in winner.to_config().ends:
                if end.system is None:
                    needs.add_retrieval(end.retrieval)
            require_own_folder(winner.corpus.name, settings.corpora, file=file, named=paths)
            paths.add(str(find_corpus(winner.corpus.name, settings.corpora)))
        except WorkbenchError:
            continue  # not a winner, or its corpus is gone: it needs nothing
    for service in list_services(store):
        paths |= _add_service(needs, service)
    versions = {
        path: _add_corpus(needs, Path(path), settings, needed=path in needed) for path in sorted(paths)
    }
    for record in records:
        _add_experiment(needs, record, store, versions[record.corpus_path])
    return needs


def _size_of(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())


def _remove(path: Path) -> None:
    """Delete a file or folder. A folder is renamed first, so that readers find all of it or nothing."""
    if path.is_dir():
        trash = path.with_name(f"freed-{path.name}")
        path.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _free_files(paths: Iterable[Path], *, older_than: float, dry_run: bool) -> Freed:
    freed = Freed()
    for path in paths:
        try:
            if path.stat().st_mtime <= older_than:
                freed += Freed(1, _size_of(path))
                if not dry_run:
                    _remove(path)
        except OSError:
            continue  # deleted by somebody else
    return freed


def clean(store: Store, settings: Settings, *, dry_run: bool = False) -> Cleaned:
    """Free what no experiment, winner, corpus, rating or running worker needs. The ledger's sum stays.

    While an experiment is under way, rows of the store and files younger than ten minutes are not touched.
    """
    if not dry_run:
        clear_away(store)
    needs = _find_needs(store, settings)
    left: list[str] = []
    rows, busy = free_rows(store, needs.rankings, dry_run=dry_run or bool(needs.unread))
    if busy:
        left.append(
            "Replies, rankings and passages, and the space of what was freed: "
            f"experiment {', '.join(busy)} is running."
        )
    if needs.unread:
        left.append(
            "Replies, rankings, passages, indexes, chunks and vectors: unfinished experiments need "
            f"{', '.join(needs.unread)}, which cannot be read."
        )
        rows = dict.fromkeys(rows, Freed())
    files = _free_caches(needs, store, settings, busy=bool(busy), dry_run=dry_run)
    if not needs.unread:
        caches = Caches.of(settings, store)
        files["indexes"] += _free_on_server(needs, caches, left, busy=bool(busy), dry_run=dry_run)
    files |= _free_trainings(store, settings, dry_run=dry_run)
    abandoned = find_abandoned(settings.home)
    files["folders of clusters"] = _free_files(abandoned, older_than=time.time(), dry_run=dry_run)
    if not busy:
        files["corpora"] = _free_corpora(store, settings, dry_run=dry_run)
    shrunk = 0
    if not dry_run and not busy:
        shrunk = _shrink(store, settings, left)
    return Cleaned(dry_run, files | rows, tuple(left), shrunk)


def _free_caches(
    needs: _Needed, store: Store, settings: Settings, *, busy: bool, dry_run: bool
) -> dict[str, Freed]:
    now = time.time()
    cutoff = now - FRESH_SECONDS if busy else now
    caches, documents = Caches.of(settings, store), settings.cache / "documents"
    chunks = caches.chunks
    kinds = ("indexes", "vector files", "keywords", "chunks", "contexts", "vectors")
    freed = dict.fromkeys(kinds, Freed())
    if not needs.unread:
        # Vectors first: the chunks say which texts they belong to.
        in_use = needs.vector_keys(caches) if caches.vectors.exists() or caches.shared_vectors else set()
        if caches.vectors.exists():
            vectors = VectorCache(caches.vectors)
            freed["vectors"] = Freed(*vectors.free(in_use, dry_run=dry_run))
            vectors.close()
        if caches.shared_vectors is not None and not busy:
            freed["vectors"] += Freed(*caches.shared_vectors.free(in_use, dry_run=dry_run))
        for kind, folder, used in (
            ("indexes", caches.indexes, needs.index_keys("chroma")),  # exact ones are not stored
            ("vector files", caches.vector_files, needs.index_keys(*get_args(VectorIndexKind))),
            ("keywords", caches.keywords, needs.keyword_folders()),
        ):
            folders = [p for p in folder.glob("*") if p.is_dir() and p.name not in used]
            unfinished = [p for p in folders if p.name.startswith(BUILDING)]
            finished = [p for p in folders if p not in unfinished]
            freed[kind] = _free_files(finished, older_than=cutoff, dry_run=dry_run) + _free_files(
                unfinished, older_than=now - BUILDING_SECONDS, dry_run=dry_run
            )
        unneeded = set(chunks.glob("*/*.json")) - needs.chunk_files(chunks)
        freed["chunks"] = _free_files(unneeded, older_than=cutoff, dry_run=dry_run)
        contexts = caches.contexts
        unneeded = set(contexts.glob("*/*.json")) - needs.context_files(contexts)
        freed["contexts"] = _free_files(unneeded, older_than=cutoff, dry_run=dry_run)
    unneeded = set(documents.glob("*/*.json")) - needs.extracted
    freed["documents"] = _free_files(unneeded, older_than=cutoff, dry_run=dry_run)
    return freed


def _free_corpora(store: Store, settings: Settings, *, dry_run: bool) -> Freed:
    """Free copies of corpora, in the store and fetched from it, that no unfinished experiment needs."""
    versions = store.query(find_needed_corpora).versions
    used = {copy.key for copy in list_copies(store) if copy.version in versions}
    fetched = [path for path in (settings.cache / FETCHED).glob("*") if path.name not in used]
    freed = _free_files(fetched, older_than=time.time(), dry_run=dry_run)
    return freed + Freed(*free_copies(store, find_needed_corpora, dry_run=dry_run))


def _free_on_server(needs: _Needed, caches: Caches, left: list[str], *, busy: bool, dry_run: bool) -> Freed:
    """Free this store's indexes on a Chroma server; those of other stores are never touched.

    left: gets a sentence when the server cannot be asked.
    """
    freed = Freed()
    if caches.server is None:
        return freed
    from workbench.pipeline.vector_stores.chroma_server import ChromaServer  # late: few have one

    now, keys = time.time(), needs.index_keys("chroma")
    cutoff = now - FRESH_SECONDS if busy else now
    try:
        indexes = ChromaServer(caches.server)
        for stored in indexes.list_stored():
            older_than = cutoff if stored.finished else now - BUILDING_SECONDS
            if (
                (stored.finished and stored.key in keys)
                or stored.began_at > older_than
                or caches.server.builds.is_held(stored.key)
            ):
                continue
            if not dry_run:
                indexes.delete(stored)
            freed += Freed(1, stored.bytes)
    except IndexBuildError as error:
        left.append(f"Indexes on the Chroma server: {error.message}")
    return freed


def _free_trainings(store: Store, settings: Settings, *, dry_run: bool) -> dict[str, Freed]:
    """Free what trainings left behind, once it is an hour old: an environment may be in the making."""
    cutoff = time.time() - BUILDING_SECONDS
    return {
        "trainings": _free_files(unneeded_trainings(store, settings), older_than=cutoff, dry_run=dry_run),
        "environments": _free_files(
            unneeded_environments(store, settings), older_than=cutoff, dry_run=dry_run
        ),
    }


def _shrink(store: Store, settings: Settings, left: list[str]) -> int:
    """Shrink the database files by the space of freed rows and vectors; returns by how many bytes.

    left: gets a sentence when the database cannot be shrunk.
    """
    file = Caches.of(settings, None).vectors
    before = file.stat().st_size if file.exists() else 0
    if before:
        vectors = VectorCache(file)
        vectors.give_back_space()
        vectors.close()
    shrunk = before - (file.stat().st_size if before else 0)
    try:
        return shrunk + store.free_space()
    except StoreError as error:
        left.append(f"The database's free space, for later use: {error}")
        return shrunk
