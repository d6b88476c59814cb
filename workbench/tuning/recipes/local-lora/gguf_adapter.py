"""Turns a PEFT LoRA adapter into a GGUF adapter, as llama.cpp's `--lora` reads it. Needs gguf, safetensors.
Knows nothing about training. Names and order of values are those of llama.cpp's convert_lora_to_gguf.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

# transformers' model_type → llama.cpp's architecture. Those whose query and key rows llama.cpp keeps in
# another order, since its rotary embedding pairs neighbours, are in PERMUTED.
ARCHITECTURES = {
    "llama": "llama", "mistral": "llama", "smollm3": "smollm3", "qwen2": "qwen2", "qwen3": "qwen3",
    "gemma": "gemma", "gemma2": "gemma2", "gemma3_text": "gemma3", "phi3": "phi3", "granite": "granite",
}  # fmt: skip
PERMUTED = {"llama", "granite"}
_KEY = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])(?:\.default)?\.weight$")


class Unsupported(Exception):
    """There is no such adapter for this model."""


def _permute(rows: np.ndarray, heads: int) -> np.ndarray:
    """llama.cpp's order of the rows of a query or key projection (`LlamaModel.permute`)."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def write_gguf_adapter(folder: Path, config: Any, out: Path) -> None:
    """Write the adapter in `folder` to `out`. config: that of the adapted model. Raises Unsupported."""
    import gguf
    from safetensors.numpy import load_file

    name = ARCHITECTURES.get(config.model_type)
    if name is None:
        raise Unsupported(f"models of the type {config.model_type} are not known here")
    architecture = next(a for a, written in gguf.MODEL_ARCH_NAMES.items() if written == name)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    if settings.get("use_rslora") or settings.get("use_dora"):
        raise Unsupported("llama.cpp reads plain LoRA only")
    heads = config.num_attention_heads
    key_heads = getattr(config, "num_key_value_heads", None) or heads
    writer = gguf.GGUFWriter(str(out), name)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(settings["lora_alpha"]))
    for key, tensor in sorted(load_file(str(folder / "adapter_model.safetensors")).items()):
        match = _KEY.match(key)
        module = match["module"] if match else None
        written = names.get_name(module) if module else None
        if match is None or module is None or written is None:
            raise Unsupported(f"llama.cpp has no name for {key}")
        values = np.ascontiguousarray(tensor, dtype=np.float32)
        if match["side"] == "B" and name in PERMUTED:
            if module.endswith("q_proj"):
                values = _permute(values, heads)
            elif module.endswith("k_proj"):
                values = _permute(values, key_heads)
        writer.add_tensor(f"{written}.weight.lora_{match['side'].lower()}", np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
