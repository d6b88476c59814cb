"""Judges whether a short text entails a claim, with the exported model in onnxruntime; needs no torch.
Knows nothing about training, passages and features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.lru_cache import LruCache
from workbench.providers.embedded.encoder import MODEL_FOLDER

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

LONGEST = 128
"""Word pieces of claim and evidence together; the model was trained on no more."""
_REMEMBERED = 20_000


def join_tokens(claim: Sequence[int], evidence: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the token ids and token types of [CLS] claim [SEP] evidence [SEP], at most LONGEST.

    claim, evidence: the token ids of each with its own [CLS] and [SEP]. A claim keeps at most half of the
    places; evidence is cut where both are too long.
    """
    separator = claim[-1]
    head = [*claim[:-1][: LONGEST // 2], separator]
    tail = [*evidence[1:-1][: LONGEST - len(head) - 1], separator]
    return head + tail, [0] * len(head) + [1] * len(tail)


class EntailmentModel:
    """The model in onnxruntime, on one thread. Safe to share between threads; loaded when first used."""

    def __init__(self, model: Path) -> None:
        """model: the ONNX file. It reads the tokens of the embedded encoder."""
        self._path = model
        self._lock = Lock()
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._logits: LruCache[tuple[str, str], float] = LruCache(_REMEMBERED)

    def judge(self, claim: str, evidence: str) -> float:
        """Return the logit that the evidence entails the claim: above 0 where it rather does."""
        logit = self._logits.find((claim, evidence))
        if logit is None:
            session, tokenizer = self._load()
            both = tokenizer.encode_batch_fast([claim, evidence])
            ids, types = (np.array([row], dtype=np.int64) for row in join_tokens(both[0].ids, both[1].ids))
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
            found: NDArray[np.float32] = session.run(["logit"], feed)[0]
            logit = float(found[0])
            self._logits.keep((claim, evidence), logit)
        return logit

    def judge_windows(self, claim: str, windows: Sequence[str]) -> float | None:
        """Return the highest logit over the windows; None without one."""
        return max((self.judge(claim, window) for window in windows), default=None)

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                if not self._path.is_file():
                    raise WorkbenchError(
                        f"The entailment model {self._path.name} is not there.",
                        hint="Make it with `python -m tools.entailment`; docs/entailment.md says how.",
                    )
                import onnxruntime
                from tokenizers import Tokenizer

                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                options.inter_op_num_threads = 1
                options.log_severity_level = 3
                session = onnxruntime.InferenceSession(
                    str(self._path), options, providers=["CPUExecutionProvider"]
                )
                tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._loaded = session, tokenizer
            return self._loaded
