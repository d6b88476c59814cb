"""Trains the network within a number of minutes, keeps checkpoints, and goes on from the last one.
Knows nothing about where pairs come from and how the model is measured.

The rate falls by the time that was used, so the run ends well whenever the minutes end. A run that was
stopped goes on at the batch after its last checkpoint; the minutes that it had used are counted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from tools.entailment.batches import BatchStream, learning_rate
from tools.entailment.model import EntailmentModel, start_from
from tools.entailment.pair import Pair
from tools.entailment.reader import join_tokens

WORD_LOSS = 0.4
LABEL_SMOOTHING = 0.05
CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Options:
    minutes: float
    """The time to train, over all runs."""
    threads: int
    tokens: int
    """Tokens of a batch, with padding."""
    rate: float
    """The highest learning rate."""
    every: float
    """Minutes between checkpoints."""
    seed: int = 13


@dataclass(frozen=True)
class Encoded:
    """A pair as the network reads it."""

    ids: list[int]
    claim_tokens: int
    """Tokens of [CLS] claim [SEP]."""
    entailed: float
    wrong: list[float] | None
    """For each token of the claim's part 1 where it is wrong; None where that is not known."""


def encode_pairs(pairs: Sequence[Pair], tokenizer: Tokenizer) -> list[Encoded]:
    """Tokens of all pairs; cut as they are when answers are scored."""
    found = []
    claims = tokenizer.encode_batch([p.claim for p in pairs])
    evidences = tokenizer.encode_batch([p.evidence for p in pairs])
    for pair, claim, evidence in zip(pairs, claims, evidences, strict=True):
        ids, types = join_tokens(claim.ids, evidence.ids)
        claim_tokens = types.count(0)
        wrong = None
        if pair.changed is not None:
            offsets = claim.offsets[:claim_tokens]
            wrong = [float(any(a < y and x < b for a, b in pair.changed)) for x, y in offsets]
        found.append(Encoded(ids, claim_tokens, float(pair.entailed), wrong))
    return found


def collate(batch: Sequence[Encoded], device: str) -> dict[str, torch.Tensor]:
    """The batch as tensors, padded to its longest pair."""
    shape = len(batch), max(len(e.ids) for e in batch)
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    wrong, known = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for row, e in enumerate(batch):
        ids[row, : len(e.ids)], mask[row, : len(e.ids)] = e.ids, 1
        types[row, e.claim_tokens : len(e.ids)] = 1
        if e.wrong is not None:
            wrong[row, 1 : e.claim_tokens - 1] = e.wrong[1 : e.claim_tokens - 1]
            known[row, 1 : e.claim_tokens - 1] = 1
    entailed = np.array([e.entailed for e in batch], dtype=np.float32)
    arrays = {
        "ids": ids,
        "mask": mask,
        "types": types,
        "wrong": wrong,
        "known": known,
        "entailed": entailed,
    }
    return {name: torch.from_numpy(a).to(device) for name, a in arrays.items()}


def loss_of(model: EntailmentModel, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """How wrong the judgement of the pairs is, and of the words where they are known."""
    logit, words = model(batch["ids"], batch["mask"], batch["types"])
    target = batch["entailed"] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, target)
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        words, batch["wrong"], reduction="none", pos_weight=torch.tensor(3.0, device=words.device)
    )
    return loss + WORD_LOSS * (each * batch["known"]).sum() / (batch["known"].sum() + 32.0)


class _Pace:
    """Prints the loss and the speed now and then."""

    def __init__(self) -> None:
        self._since, self._tokens, self._steps, self._loss = time.monotonic(), 0, 0, 0.0

    def note(self, step: int, share: float, loss: float, tokens: int) -> None:
        self._loss = 0.98 * self._loss + 0.02 * loss if self._steps else loss
        self._steps += 1
        self._tokens += tokens
        if self._steps % 50 == 0:
            speed = self._tokens / (time.monotonic() - self._since)
            print(
                f"step {step}, {100 * share:.1f} %, loss {self._loss:.4f}, {speed:.0f} tokens/s", flush=True
            )


def load_tokenizer(weights: Path) -> Tokenizer:
    """The encoder's tokenizer, without the cutting and padding of the published file."""
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def train(pairs: Sequence[Pair], weights: Path, output: Path, options: Options) -> EntailmentModel:
    """Train until the minutes are used, writing `output/checkpoint.pt`; go on from it where it is there."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    encoded = encode_pairs(pairs, load_tokenizer(weights))
    lengths = [len(e.ids) for e in encoded]
    print(f"{len(encoded)} pairs, {sum(lengths)} tokens, on {device}", flush=True)
    model = start_from(weights).to(device).train()
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=options.rate, weight_decay=0.01
    )
    step, used = resume(output / CHECKPOINT, model, optimizer, device)
    stream, pace = BatchStream(lengths, options.tokens, options.seed), _Pace()
    started, saved = time.monotonic() - used, used
    while (share := used / (60 * options.minutes)) < 1:
        rows = [encoded[i] for i in stream.batch_at(step)]
        loss = learn(model, optimizer, collate(rows, device), learning_rate(share, options.rate))
        step += 1
        used = time.monotonic() - started
        pace.note(step, share, loss, sum(len(row.ids) for row in rows))
        if used - saved > 60 * options.every:
            save(output / CHECKPOINT, model, optimizer, step, used)
            saved = used
    save(output / CHECKPOINT, model, optimizer, step, used)
    return model


def learn(
    model: EntailmentModel, optimizer: torch.optim.Optimizer, batch: dict[str, torch.Tensor], rate: float
) -> float:
    """One step; return its loss."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    on_gpu = batch["ids"].is_cuda
    with torch.autocast("cuda", dtype=torch.bfloat16, enabled=on_gpu):
        loss = loss_of(model, batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def save(
    path: Path, model: EntailmentModel, optimizer: torch.optim.Optimizer, step: int, used: float
) -> None:
    """Write the checkpoint, whole or not at all."""
    scratch = path.with_suffix(".part")
    torch.save(
        {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "used": used},
        scratch,
    )
    scratch.replace(path)


def resume(
    path: Path, model: EntailmentModel, optimizer: torch.optim.Optimizer, device: str
) -> tuple[int, float]:
    """Load the checkpoint: (steps done, seconds used); (0, 0) where there is none."""
    if not path.is_file():
        return 0, 0.0
    state = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["used"])
