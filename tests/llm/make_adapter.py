"""Writes a LoRA adapter that changes what a GGUF model answers, and no more: `python make_adapter.py MODEL OUT`.
Knows nothing about training: its weights are random, of one seed. Needs gguf."""

from __future__ import annotations

import sys

import numpy as np
from gguf import GGUFReader, GGUFWriter

RANK = 4
ADAPTED = "attn_output.weight"


def write_adapter(model: str, out: str) -> None:
    random = np.random.default_rng(0)
    writer = GGUFWriter(out, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(RANK))
    for tensor in GGUFReader(model).tensors:
        if tensor.name.endswith(ADAPTED):
            inputs, outputs = (int(n) for n in tensor.shape)
            down, up = (random.normal(0, 0.3, shape) for shape in ((RANK, inputs), (outputs, RANK)))
            writer.add_tensor(f"{tensor.name}.lora_a", down.astype(np.float32))
            writer.add_tensor(f"{tensor.name}.lora_b", up.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write_adapter(*sys.argv[1:3])
