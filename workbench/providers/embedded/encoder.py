"""Turns texts into unit vectors and tokens with the shipped encoder `embedded/minilm`, on this machine.
Knows nothing about documents, chunks, indexes or what the vectors are for."""

from __future__ import annotations

import asyncio
import hashlib
import re
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
from workbench.lru_cache import LruCache
from workbench.operating_system import cores
from workbench.providers.types import EmbeddingReply, Usage, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

TokenIds = NDArray[np.int32]
TokenSpan = tuple[int, int]
"""(start, end) of a token in characters of its text."""

MODEL_FOLDER = Path(__file__).parent / "minilm"

# Raise it when the same model files give other vectors or counts because this code changed.
VERSION = 1

_SPECIAL_TOKENS = 2  # [CLS] and [SEP] take two of the 512 positions
_CACHED_TEXTS = 20_000
_CACHED_SPANS = 512
# Halves of a character, which the tokenizer refuses: each becomes one other character, so that spans stay.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_CACHED = 3_000  # characters; whole prompts and documents would fill the caches


def encodable(text: str) -> str:
    """The text as the tokenizer takes it, of the same length."""
    return _LONE_SURROGATE.sub("\ufffd", text)


class EmbeddedEncoder:
    """all-MiniLM-L6-v2, int8, in onnxruntime. Safe to share between threads; nothing is loaded until used.

    Every text is encoded in a run of its own, on as many threads as there are cores, for two reasons, both
    measured (minilm/README.md). Dynamic int8 quantisation takes its scales over a whole batch, so a text's
    vector would depend on the other texts of its batch (cosine 0.993 to the vector that it gets alone), and
    stored vectors on the order of work. And single runs are faster, because they need no padding.
    """

    name = "embedded/minilm"
    dimensions = 384
    max_tokens = 512
    """Positions of the model's input, [CLS] and [SEP] included."""
    content_tokens = max_tokens - _SPECIAL_TOKENS
    """Tokens of a text that are encoded; the rest of a longer text is cut off."""

    def __init__(self, folder: Path = MODEL_FOLDER, threads: int | None = None) -> None:
        """Prepare an encoder.

        folder: where model.onnx and tokenizer.json are.
        threads: how many texts are encoded at once; None takes the number of cores.
        """
        self._folder = folder
        self._threads = threads or cores()
        self._lock = Lock()
        self._session: InferenceSession | None = None
        self._tokenizer: Tokenizer | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._fingerprint: str | None = None
        self._ids: LruCache[str, TokenIds] = LruCache(_CACHED_TEXTS)
        self._spans: LruCache[str, tuple[TokenSpan, ...]] = LruCache(_CACHED_SPANS)

    # --- identity ---------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the model's files and VERSION. The files are read once."""
        if self._fingerprint is None:
            digest = hashlib.sha256(f"embedded/minilm {VERSION}".encode())
            for name in ("model.onnx", "tokenizer.json"):
                digest.update(self._file(name).read_bytes())
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    @property
    def identity(self) -> str:
        """The model's name and fingerprint, for the keys of stored vectors."""
        return f"{self.name}@{self.fingerprint}"

    # --- vectors ----------------------------------------------------------------------------------

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), 384], in the order of the texts.

        A text's vector depends on that text alone. Of a text with more than 510 tokens only the first 510 are
        encoded; `too_long` tells which texts those are. An empty text has a vector too.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        # Longest first, so that no thread works on a long text at the end while the others are idle.
        order = sorted(range(len(unique)), key=lambda i: -len(unique[i]))
        session = self._get_session()
        vectors = np.empty((len(unique), self.dimensions), dtype=np.float32)

        def run(position: int) -> None:
            ids = self._ids_of(unique[position])
            row = ids[None, : self.max_tokens].astype(np.int64)
            row[0, -1] = ids[-1]  # a text that was cut ends with [SEP], too
            feed = {"input_ids": row, "attention_mask": np.ones_like(row)}
            vectors[position] = session.run(None, feed)[0][0]

        if len(order) == 1 or self._threads == 1:
            for position in order:
                run(position)
        else:
            list(self._get_pool().map(run, order))
        if len(unique) == len(texts):
            return vectors
        row_of_text = {text: i for i, text in enumerate(unique)}
        return vectors[[row_of_text[text] for text in texts]]

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """`encode` in a thread; usage counts the tokens that were encoded."""
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
        """For each text, whether it has more than 510 tokens, of which only the first 510 are encoded."""
        return [len(self._ids_of(text)) > self.max_tokens for text in texts]

    # --- tokens -----------------------------------------------------------------------------------

    def count_tokens(self, text: str) -> int:
        """The number of the text's word pieces, without [CLS] and [SEP]; long texts are counted in full."""
        return len(self._ids_of(text)) - _SPECIAL_TOKENS

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """`count_tokens` of each text."""
        return [len(self._ids_of(text)) - _SPECIAL_TOKENS for text in texts]

    def token_spans(self, text: str) -> tuple[TokenSpan, ...]:
        """The characters [start, end) of each word piece, in order; as many as `count_tokens` counts."""
        spans = self._spans.find(text)
        if spans is None:
            spans, _ = self.tokenise(text)
            if len(text) <= _LONGEST_CACHED:
                self._spans.keep(text, spans)
        return spans

    def tokenise(self, text: str) -> tuple[tuple[TokenSpan, ...], frozenset[int]]:
        """(`token_spans`, the places in it of words that the vocabulary does not hold, each as one token)."""
        tokenizer = self._get_tokenizer()
        encoding = tokenizer.encode(encodable(text), add_special_tokens=False)
        spans = tuple((int(start), int(end)) for start, end in encoding.offsets)
        unknown_id = tokenizer.token_to_id("[UNK]")
        return spans, frozenset(place for place, token in enumerate(encoding.ids) if token == unknown_id)

    def _ids_of(self, text: str) -> TokenIds:
        """All token ids of a text between [CLS] and [SEP], cached for the texts used last."""
        ids = self._ids.find(text)
        if ids is None:
            encoding = self._get_tokenizer().encode_batch_fast([encodable(text)])[0]  # _fast: no offsets
            ids = np.array(encoding.ids, dtype=np.int32)
            if len(text) <= _LONGEST_CACHED:
                self._ids.keep(text, ids)
        return ids

    # --- lazily loaded parts ----------------------------------------------------------------------

    def _file(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise WorkbenchError(
                f"The embedded encoder's file {name} is missing.",
                hint="Restore it from the repository (workbench/providers/embedded/minilm).",
            )
        return path

    def _get_tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self._file("tokenizer.json")))
                tokenizer.no_truncation()  # the published file cuts texts at 128 tokens
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
    """The encoder that the whole process shares, because a session takes 50 MB and has a token cache."""
    return EmbeddedEncoder()
