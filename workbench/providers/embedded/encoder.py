"""The shipped encoder `embedded/minilm`: texts to unit vectors, tokens and their spans, all on this machine.
Knows nothing about documents, chunks, indexes or what anyone wants vectors for."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.providers.embedded.recent import Recent
from workbench.providers.types import EmbeddingReply, Usage, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

TokenIds = NDArray[np.int32]

MODEL_FOLDER = Path(__file__).parent / "minilm"

# Raised when the same files give other vectors or counts because the code around them changed.
VERSION = 1

_SPECIAL_TOKENS = 2  # [CLS] and [SEP] take two of the 512 positions
_CACHED_TEXTS = 20_000
_CACHED_DOCUMENTS = 512
_LONGEST_REMEMBERED = 3_000  # characters; whole prompts are seen once and would fill the memory


def _cores() -> int:
    """Processors this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


class EmbeddedEncoder:
    """all-MiniLM-L6-v2, int8, in onnxruntime. Safe to share between threads; nothing is loaded until used.

    Every text is a run of its own, on as many threads as there are cores. Two reasons, both measured
    (minilm/README.md): the scales of dynamic int8 are taken over a whole batch, so that in a batch
    a text's vector depends on its company (cosine 0.993 to the vector it gets alone), which would make
    stored vectors depend on the order of work; and runs of one are faster, having no padding.
    """

    name = "embedded/minilm"
    dimensions = 384
    max_tokens = 512  # positions; two of them hold [CLS] and [SEP]
    content_tokens = max_tokens - _SPECIAL_TOKENS  # what count_tokens may reach before a text is cut

    def __init__(self, folder: Path = MODEL_FOLDER, threads: int | None = None) -> None:
        """folder: holds model.onnx and tokenizer.json.  threads: texts encoded at once; all cores if None."""
        self._folder = folder
        self._threads = threads or _cores()
        self._lock = Lock()
        self._session: InferenceSession | None = None
        self._tokenizer: Tokenizer | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._fingerprint: str | None = None
        self._ids: Recent[str, TokenIds] = Recent(_CACHED_TEXTS)
        self._spans: Recent[str, tuple[tuple[int, int], ...]] = Recent(_CACHED_DOCUMENTS)

    # --- identity ---------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """sha256 over the model's files and VERSION; read once."""
        if self._fingerprint is None:
            digest = hashlib.sha256(f"embedded/minilm {VERSION}".encode())
            for name in ("model.onnx", "tokenizer.json"):
                digest.update(self._file(name).read_bytes())
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    @property
    def identity(self) -> str:
        return f"{self.name}@{self.fingerprint}"

    # --- vectors ----------------------------------------------------------------------------------

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), 384], in the order of the texts.

        A text's vector depends on that text alone. A text of more than 510 tokens is encoded from its
        first 510: ask `too_long` which. An empty text has a vector too (that of no words).
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        # Longest first, so that no thread is left with a long text at the end while the others idle.
        order = sorted(range(len(unique)), key=lambda i: -len(unique[i]))
        session = self._get_session()
        vectors = np.empty((len(unique), self.dimensions), dtype=np.float32)

        def run(position: int) -> None:
            ids = self._ids_of(unique[position])
            row = ids[None, : self.max_tokens].astype(np.int64)
            row[0, -1] = ids[-1]  # a text that was cut is closed with [SEP], too
            feed = {"input_ids": row, "attention_mask": np.ones_like(row)}
            vectors[position] = session.run(None, feed)[0][0]

        if len(order) == 1 or self._threads == 1:
            for position in order:
                run(position)
        else:
            list(self._get_pool().map(run, order))
        if len(unique) == len(texts):
            return vectors
        place = {text: i for i, text in enumerate(unique)}
        return vectors[[place[text] for text in texts]]

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """`encode` off the event loop, with usage (tokens encoded) and seconds."""
        started = time.perf_counter()
        vectors = await asyncio.to_thread(self.encode, texts)
        seconds = time.perf_counter() - started
        counts = [len(self._ids_of(text)) for text in texts]
        return EmbeddingReply(
            vectors=vectors,
            usage=Usage(input=sum(min(count, self.max_tokens) for count in counts)),
            seconds=seconds,
            compute_seconds=seconds,
            too_long=tuple(count > self.max_tokens for count in counts),
        )

    async def close(self) -> None:
        """Nothing to close: session and threads are shared and end with the process."""

    def too_long(self, texts: Sequence[str]) -> list[bool]:
        """Per text: whether only its first 510 tokens are encoded."""
        return [len(self._ids_of(text)) > self.max_tokens for text in texts]

    # --- tokens -----------------------------------------------------------------------------------

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text, without [CLS] and [SEP]; never cut."""
        return len(self._ids_of(text)) - _SPECIAL_TOKENS

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """`count_tokens` of each text."""
        return [len(self._ids_of(text)) - _SPECIAL_TOKENS for text in texts]

    def token_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Characters [start, end) of each word piece, in order; as many as count_tokens says."""
        known = self._spans.find(text)
        if known is None:
            encoding = self._get_tokenizer().encode(text, add_special_tokens=False)
            known = tuple((int(start), int(end)) for start, end in encoding.offsets)
            self._spans.keep(text, known)
        return known

    def _ids_of(self, text: str) -> TokenIds:
        """Ids with [CLS] and [SEP] around them, never cut; remembered for the texts last seen."""
        ids = self._ids.find(text)
        if ids is None:
            encoding = self._get_tokenizer().encode_batch_fast([text])[0]  # _fast: no offsets
            ids = np.array(encoding.ids, dtype=np.int32)
            if len(text) <= _LONGEST_REMEMBERED:
                self._ids.keep(text, ids)
        return ids

    # --- lazily loaded parts ----------------------------------------------------------------------

    def _file(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise WorkbenchError(
                f"The embedded encoder's file {name} is missing.",
                hint="It is part of the repository (workbench/providers/embedded/minilm): restore it.",
            )
        return path

    def _get_tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self._file("tokenizer.json")))
                tokenizer.no_truncation()  # the file as published cuts at 128 tokens
                tokenizer.no_padding()
                self._tokenizer = tokenizer
            return self._tokenizer

    def _get_session(self) -> InferenceSession:
        with self._lock:
            if self._session is None:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                options.inter_op_num_threads = 1
                options.log_severity_level = 3
                self._session = onnxruntime.InferenceSession(
                    str(self._file("model.onnx")), options, providers=["CPUExecutionProvider"]
                )
            return self._session

    def _get_pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="minilm")
            return self._pool


@lru_cache(maxsize=1)
def shared_encoder() -> EmbeddedEncoder:
    """The one encoder of this process: a session costs 50 MB and its token cache is worth sharing."""
    return EmbeddedEncoder()
