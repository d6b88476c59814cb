"""Writes the trained network as ONNX: in floats, and in int8 as it is shipped, and compares the two.
Knows nothing about training and data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from tools.entailment.model import EntailmentModel
from tools.entailment.train import Encoded, collate

OPSET = 17


class _Judge(torch.nn.Module):
    """The logit alone."""

    def __init__(self, model: EntailmentModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        logit, _ = self.model(ids, mask, types)
        return logit


def export(model: EntailmentModel, floats: Path, int8: Path) -> None:
    """Write both files.

    The graph: input_ids, attention_mask, token_type_ids, int64 [batch, length] → logit, float32 [batch].
    """
    model.bert.set_attn_implementation("eager")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    ids = torch.randint(1000, 2000, (2, 9))
    types = torch.tensor([[0] * 4 + [1] * 5] * 2)
    free = {0: "batch", 1: "length"}
    torch.onnx.export(
        _Judge(model.cpu().eval()),
        (ids, torch.ones_like(ids), types),
        str(floats),
        input_names=names,
        output_names=["logit"],
        dynamic_axes={**dict.fromkeys(names, free), "logit": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    # Seven-bit weights: with eight, int8 products overflow on processors that have AVX2 but no VNNI.
    quantize_dynamic(floats, int8, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def compare(floats: Path, int8: Path, sample: list[Encoded]) -> tuple[float, float, float]:
    """Over pairs, one a run: the correlation of both files' logits, the share of pairs on the same side of 0,
    and the largest difference."""
    rows = []
    for path in (floats, int8):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        logits = []
        for encoded in sample:
            batch = {name: value.numpy() for name, value in collate([encoded], "cpu").items()}
            feed = {
                "input_ids": batch["ids"],
                "attention_mask": batch["mask"],
                "token_type_ids": batch["types"],
            }
            logits.append(float(session.run(None, feed)[0][0]))
        rows.append(np.array(logits))
    exact, rounded = rows
    same = float(np.mean((exact > 0) == (rounded > 0)))
    return float(np.corrcoef(exact, rounded)[0, 1]), same, float(np.abs(exact - rounded).max())
