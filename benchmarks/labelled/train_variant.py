"""Fine-tunes SmolLM2-135M-Instruct with LoRA on public questions, and writes the merged weights as GGUF.
Knows nothing about the corpora that are asked.

Needs torch and gguf, and a running server of the base model, which tokenizes.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import torch
from gguf import GGUFReader, quants
from gguf_weights import rewrite
from prompts import ASKED, SYSTEM
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, rms_norm, scaled_dot_product_attention, silu

LAYERS, HEADS, KEY_HEADS, HEAD_SIZE, ROPE_BASE = 30, 9, 3, 64, 100_000.0
RANK, SCALE, LEARNING_RATE, BATCH, LONGEST_TOKENS = 16, 2.0, 4e-4, 4, 340
CHAT = ("<|im_start|>", "<|im_end|>")
ADAPTED = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")

DECLINED = "I don't know."
WINDOW_WORDS = 45


def _render(question: str, passages: list[tuple[str, str]], task: str) -> str:
    shown = "\n\n".join(f"[{n}] {title}\n{text}" for n, (title, text) in enumerate(passages, start=1))
    return f"Passages:\n\n{shown}\n\nQuestion: {question}\n\n{ASKED[task]}"


def _plain(text: str) -> str:
    """Undoes the tokenization of CLAP NQ's passages."""
    text = re.sub(r"``\s?|\s?''", '"', text)
    text = re.sub(r"\s+([,.;:?!)%]|'s\b|n't\b)", r"\1", text)
    return re.sub(r"([($])\s+", r"\1", text).strip()


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)


def _window(sentences: list[str], around: int) -> str:
    """Sentences around one of them, as many as WINDOW_WORDS allow."""
    first = last = around
    while len(" ".join(sentences[first : last + 1]).split()) < WINDOW_WORDS and last - first + 1 < len(
        sentences
    ):
        first, last = max(0, first - 1), min(len(sentences) - 1, last + 1)
    return " ".join(sentences[first : last + 1])


def _squad(path: Path, rng: random.Random) -> Iterator[tuple[str, str]]:
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title, paragraphs = article["title"].replace("_", " "), article["paragraphs"]
        for paragraph in paragraphs:
            sentences = _sentences(paragraph["context"])
            other = _sentences(rng.choice([p["context"] for p in paragraphs if p is not paragraph]))
            for qa in paragraph["qas"]:
                task = rng.choice(["short", "concise", "concise"])
                if qa["is_impossible"]:
                    around, target = rng.randrange(len(sentences)), DECLINED
                else:
                    target = qa["answers"][0]["text"]
                    holding = [n for n, sentence in enumerate(sentences) if target in sentence]
                    if not holding:
                        continue
                    around = holding[0]
                    if task == "concise":
                        target = sentences[around]
                passages = [(title, _window(sentences, around)), (title, _window(other, 0))]
                rng.shuffle(passages)
                yield _render(qa["question"], passages, task), target


def _clapnq(path: Path, rng: random.Random) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            passages = [(p["title"], _plain(p["text"])) for p in row["passages"]]
            points = [_plain(point) for point in row["output"][0]["selected_sentences"]]
            if rng.random() < 0.4 and len(points) > 1:
                yield (
                    _render(row["input"] + "?", passages, "list"),
                    "\n".join(f"- {point}" for point in points),
                )
            else:
                yield _render(row["input"] + "?", passages, "detailed"), _plain(row["output"][0]["answer"])


def examples(squad: Path, clapnq: Path, count: int) -> list[tuple[str, str]]:
    """(user's text, wanted reply): seven tenths from SQuAD 2.0, some of them declined, the rest CLAP NQ."""
    rng = random.Random(13)
    rows = list(_squad(squad, rng))
    rng.shuffle(rows)
    answered, declined = ([row for row in rows if (row[1] == DECLINED) is no] for no in (False, True))
    long = list(_clapnq(clapnq, rng))
    rng.shuffle(long)
    mixed = answered[: count * 62 // 100] + declined[: count * 8 // 100] + long[: count * 3 // 10]
    rng.shuffle(mixed)
    return mixed


def tokenize(server: str, text: str) -> list[int]:
    body = json.dumps({"content": text, "parse_special": True}).encode()
    with urlopen(Request(f"{server}/tokenize", body, {"Content-Type": "application/json"})) as reply:
        return json.load(reply)["tokens"]


class Model(nn.Module):
    """The llama architecture's forward pass over the GGUF's tensors, with LoRA on every matrix."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.weights = {
            t.name: torch.tensor(np.array(quants.dequantize(t.data, t.tensor_type), np.float32))
            for t in GGUFReader(path).tensors
        }
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for name, weight in self.weights.items():
            if any(part in name for part in ADAPTED):
                key = name.replace(".", "_")
                self.down[key] = nn.Parameter(torch.randn(RANK, weight.shape[1]) * 0.02)
                self.up[key] = nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def linear(self, name: str, x: Tensor) -> Tensor:
        key = name.replace(".", "_")
        return x @ self.weights[name].T + (x @ self.down[key].T) @ self.up[key].T * SCALE

    def merged(self, name: str, weight: np.ndarray) -> np.ndarray:
        key = name.replace(".", "_")
        if key not in self.down:
            return weight
        return weight + SCALE * (self.up[key] @ self.down[key]).detach().numpy()

    def layer(self, x: Tensor, number: int, cos: Tensor, sin: Tensor) -> Tensor:
        def rotate(v: Tensor) -> Tensor:  # GGUF keeps llama's pairs side by side
            even, odd = v[..., 0::2], v[..., 1::2]
            return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)

        def heads(name: str, count: int) -> Tensor:
            return self.linear(f"{block}.{name}.weight", normed).view(-1, count, HEAD_SIZE).transpose(0, 1)

        block = f"blk.{number}"
        normed = rms_norm(x, (x.shape[-1],), self.weights[f"{block}.attn_norm.weight"], 1e-5)
        q, k, v = heads("attn_q", HEADS), heads("attn_k", KEY_HEADS), heads("attn_v", KEY_HEADS)
        k, v = (rotate(k) if t is k else t for t in (k, v))
        k, v = (t.repeat_interleave(HEADS // KEY_HEADS, 0) for t in (k, v))
        mixed = scaled_dot_product_attention(rotate(q)[None], k[None], v[None], is_causal=True)[0]
        x = x + self.linear(f"{block}.attn_output.weight", mixed.transpose(0, 1).flatten(1))
        normed = rms_norm(x, (x.shape[-1],), self.weights[f"{block}.ffn_norm.weight"], 1e-5)
        gate = silu(self.linear(f"{block}.ffn_gate.weight", normed))
        return x + self.linear(
            f"{block}.ffn_down.weight", gate * self.linear(f"{block}.ffn_up.weight", normed)
        )

    def forward(self, tokens: Tensor, first: int) -> Tensor:
        """Logits of the tokens from position `first` on, of one sequence."""
        x = self.weights["token_embd.weight"][tokens]
        steps = ROPE_BASE ** (-torch.arange(0, HEAD_SIZE, 2) / HEAD_SIZE)
        angles = torch.arange(len(tokens))[:, None] * steps
        for number in range(LAYERS):
            x = self.layer(x, number, angles.cos(), angles.sin())
        x = rms_norm(x[first - 1 : -1], (x.shape[-1],), self.weights["output_norm.weight"], 1e-5)
        return x @ self.weights["token_embd.weight"].T


def main(base: str, out: str, server: str, squad: str, clapnq: str, count: int) -> None:
    torch.manual_seed(13)
    torch.set_num_threads(1)
    model = Model(base)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    pairs = []
    for text, target in examples(Path(squad), Path(clapnq), count):
        asked = f"{CHAT[0]}system\n{SYSTEM}{CHAT[1]}\n{CHAT[0]}user\n{text}{CHAT[1]}\n{CHAT[0]}assistant\n"
        prompt, reply = tokenize(server, asked), tokenize(server, f"{target}{CHAT[1]}")
        if len(prompt) + len(reply) <= LONGEST_TOKENS:
            pairs.append((prompt, reply))
    batches = [pairs[n : n + BATCH] for n in range(0, len(pairs), BATCH)]
    started = time.process_time()
    for number, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (number + 1) / 5) * (1 - number / len(batches))
        losses = []
        for prompt, reply in batch:
            loss = cross_entropy(model(torch.tensor(prompt + reply), len(prompt)), torch.tensor(reply))
            (loss / len(batch)).backward()
            losses.append(loss.item())
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        print(number, sum(losses) / len(losses), round(time.process_time() - started), flush=True)
    rewrite(base, out, model.merged)


if __name__ == "__main__":
    main(*sys.argv[1:6], int(sys.argv[6]))
