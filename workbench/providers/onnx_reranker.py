"""Rerankers in a folder on this machine: model.onnx and tokenizer.json, run by onnxruntime in a thread.
Knows nothing about where a folder comes from. What it holds is data: no code of it runs."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ModelError, ProviderError
from workbench.formatting import byte_size
from workbench.operating_system import cores
from workbench.providers.embedded.encoder import encodable
from workbench.providers.types import RerankReply, RerankRequest, Usage

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

# Raise it when the same files give other scores because this code changed.
VERSION = 1
LARGEST_BYTES = 1_500_000_000
"""A larger model takes minutes for a question on a processor, and memory that answers need."""
LONGEST_PAIR = 512
"""Tokens of a question and a passage together, where the folder's settings allow as many."""
LEAST_FOR_PASSAGE = 32
"""Tokens that a question must leave for the passage."""
_LOADING = Lock()
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
USUAL_PLACES = ("model.onnx", "onnx/model.onnx")
HINT = (
    "The folder holds model.onnx (or onnx/model.onnx) and tokenizer.json of a cross-encoder, as `optimum-cli "
    "export onnx --task text-classification` writes them."
)


def find_model_file(folder: Path) -> Path:
    """The folder's ONNX file. Raises ModelError when there is none, or no tokenizer, or it is too large."""
    if not folder.is_dir():
        raise ModelError(f"There is no folder {str(folder)!r}.", hint=HINT, about="path")
    usual = [folder / name for name in USUAL_PLACES if (folder / name).is_file()]
    found = usual or sorted((folder / "onnx").glob("model*.onnx"))
    for name, there in (
        ("model.onnx", bool(found)),
        ("tokenizer.json", (folder / "tokenizer.json").is_file()),
    ):
        if not there:
            raise ModelError(f"The folder {str(folder)!r} has no {name}.", hint=HINT, about="path")
    size = sum(file.stat().st_size for file in _parts_of(found[0]))
    if size > LARGEST_BYTES:
        raise ModelError(
            f"{found[0].name} in {str(folder)!r} has {byte_size(size)}; up to {byte_size(LARGEST_BYTES)} are "
            "run here.",
            hint="Take a smaller or quantised model, or serve this one and give its address in base_url.",
            about="path",
        )
    return found[0]


def _parts_of(model_file: Path) -> list[Path]:
    """The ONNX file, and the files beside it that hold its weights."""
    return sorted(f for f in model_file.parent.glob(f"{model_file.name}*") if f.is_file())


def _files_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """(path, size, time of the last change in ns) of each file that decides a score."""
    settings = [folder / name for name in ("tokenizer.json", "tokenizer_config.json", "config.json")]
    files = [*_parts_of(find_model_file(folder)), *(f for f in settings if f.is_file())]
    return tuple((str(f), (stat := f.stat()).st_size, stat.st_mtime_ns) for f in files)


@lru_cache(maxsize=32)
def _hash_of(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256(f"{VERSION}".encode())
    for path, size, _ in files:
        digest.update(f"\0{Path(path).name}\0{size}\0".encode())
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


class OnnxReranker:
    """The cross-encoder in a folder. Raises ModelError for a folder that cannot be one."""

    def __init__(self, path: str) -> None:
        self._folder = Path(path).expanduser()
        self._files = _files_of(self._folder)

    @property
    def identity(self) -> str:
        """The hash of its files."""
        return _hash_of(self._files)

    def check(self) -> None:
        """Load the model. Raises ModelError for one that is no cross-encoder."""
        _load(self._files)

    async def rerank(self, request: RerankRequest) -> RerankReply:
        """A score in [0, 1] for each passage. Of a passage that is too long the beginning is read; the
        question is kept whole. Raises ProviderError for a question that leaves no room."""
        return await asyncio.to_thread(self._rerank, request)

    def _rerank(self, request: RerankRequest) -> RerankReply:
        try:
            encoder = _load(self._files)
            with encoder.lock:  # its threads use all cores already
                started = time.perf_counter()
                scores, tokens, cut = encoder.score(request.query, request.texts)
                seconds = time.perf_counter() - started
        except ModelError as error:
            raise ProviderError(error.message, kind="no_model", hint=error.hint) from None
        return RerankReply(
            scores=tuple(scores),
            usage=Usage(input=tokens, searches=1),
            seconds=seconds,
            compute_seconds=seconds,
            flags=("rerank_cut",) if cut else (),
        )

    async def close(self) -> None:
        """Nothing to close: the session is shared by the process."""


class _CrossEncoder:
    """A loaded model with its tokenizer.

    Every pair is scored in a run of its own, on as many threads as there are cores, for the reasons that the
    embedded encoder has (minilm/README.md): a quantised model's score would depend on the other pairs of its
    batch, and padding costs more than a batch saves.
    """

    def __init__(self, folder: Path, model_file: Path) -> None:
        self.lock = Lock()
        self._name = str(folder)
        self._longest = _longest_pair(folder)
        self._counter = _open_tokenizer(folder)
        self._tokenizer = _open_tokenizer(folder)
        self._tokenizer.enable_truncation(self._longest, strategy="only_second")
        self._session = _open_session(model_file)
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="reranker")
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        unknown = [name for name in self._inputs if name not in INPUTS]
        if unknown or "input_ids" not in self._inputs:
            raise self._no_cross_encoder(f"its inputs are {', '.join(self._inputs)}")

    def score(self, query: str, texts: Sequence[str]) -> tuple[list[float], int, bool]:
        """(scores in the order of the texts, tokens read, whether some text was cut)."""
        self._check_room(query)
        question = encodable(query)
        pairs = self._tokenizer.encode_batch([(question, encodable(text)) for text in texts])
        scores = list(self._pool.map(self._score_pair, pairs))
        return scores, sum(len(pair.ids) for pair in pairs), any(pair.overflowing for pair in pairs)

    def _check_room(self, query: str) -> None:
        room = self._longest - len(self._counter.encode(encodable(query)).ids)
        if room < LEAST_FOR_PASSAGE:
            raise ProviderError(
                f"The question is too long for {self._name}, which reads {self._longest} tokens of a "
                "question and a passage together.",
                kind="context",
                hint="Ask a shorter question, or choose a rerank_model that reads more.",
            )

    def _score_pair(self, pair: Encoding) -> float:
        """A probability: of one logit by the logistic function, of two as the second against the first."""
        row = dict(zip(INPUTS, (pair.ids, [1] * len(pair.ids), pair.type_ids), strict=True))
        try:
            outputs = self._session.run(
                None, {name: np.array([row[name]], dtype=np.int64) for name in self._inputs}
            )
        except Exception as error:  # onnxruntime's errors share no other class
            raise ProviderError(f"{self._name} cannot be run: {str(error)[:200]}.", kind="rejected") from None
        output = np.asarray(outputs[0])
        if output.shape not in ((1,), (1, 1), (1, 2)):
            raise self._no_cross_encoder(f"its output has the shape {list(output.shape)} for one pair")
        logits = output.reshape(-1).astype(np.float64)
        logit = float(logits[0] if len(logits) == 1 else logits[1] - logits[0])
        if not math.isfinite(logit):
            raise ProviderError(f"{self._name} gave a score that is no finite number.", kind="nonsense")
        return 1 / (1 + math.exp(-min(700.0, max(-700.0, logit))))

    def _no_cross_encoder(self, why: str) -> ModelError:
        return ModelError(
            f"The model in {self._name!r} is no cross-encoder: {why}.",
            hint="A cross-encoder reads a question and a passage together and returns one score. " + HINT,
            about="path",
        )


def _load(files: tuple[tuple[str, int, int], ...]) -> _CrossEncoder:
    with _LOADING:
        return _loaded(files)


@lru_cache(maxsize=2)
def _loaded(files: tuple[tuple[str, int, int], ...]) -> _CrossEncoder:
    """The model of these files, kept while it is in use: loading it takes seconds."""
    model_file = Path(files[0][0])
    folder = model_file.parent.parent if model_file.parent.name == "onnx" else model_file.parent
    encoder = _CrossEncoder(folder, model_file)
    encoder.score("Is it one?", ["A test."])  # raises for what is no cross-encoder
    return encoder


def _longest_pair(folder: Path) -> int:
    """Tokens of a pair: what the model's settings allow, up to LONGEST_PAIR."""
    places = (("tokenizer_config.json", "model_max_length"), ("config.json", "max_position_embeddings"))
    known = [LONGEST_PAIR]
    for file, name in places:
        try:
            value = json.loads((folder / file).read_text(encoding="utf-8")).get(name)
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(value, int) and value > 2 * LEAST_FOR_PASSAGE:
            known.append(value)
    return min(known)


def _open_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises Exception itself
        raise ModelError(
            f"tokenizer.json in {str(folder)!r} cannot be read: {error}.", hint=HINT, about="path"
        ) from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _open_session(model_file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model_file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no other class
        raise ModelError(
            f"{model_file.name} in {str(model_file.parent)!r} cannot be run: {str(error)[:200]}.",
            hint=HINT,
            about="path",
        ) from None
