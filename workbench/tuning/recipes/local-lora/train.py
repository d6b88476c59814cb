"""Trains a LoRA adapter for a language model on this machine, by SFT, DPO or KTO: `python train.py JOB.json`.
Knows nothing about the workbench. Needs what requirements.txt names; reads no network.

JOB.json holds "data" (TRL rows, JSONL), "kind" (sft, dpo or kto), "weights" (a folder, a .gguf file or a hub
name that is in the cache), "adapters" (PEFT folders that belong to the weights, in order), "out" (a folder),
"seed" and "settings" (those of recipe.yaml). Progress goes to standard output, one JSON object per line.
SIGTERM ends it after the step that is under way, with a checkpoint; started again, it goes on from there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads that wait by spinning slow each other down on a machine that does other work, too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")

STOPPED = 75
"""The exit code after SIGTERM: there is a checkpoint, and no result."""
ALL_LINEAR = "all"
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]


def tell(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def load_rows(path: str, kind: str) -> list[dict[str, Any]]:
    """The rows as TRL's trainers take them, conversations as messages."""
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    if kind == "sft":  # the loss is that of the reply alone, so the last message is kept apart
        rows = [
            {"prompt": row["messages"][:-1], "completion": row["messages"][-1:]} if "messages" in row else row
            for row in rows
        ]
    columns = {"sft": ("prompt", "completion"), "dpo": ("prompt", "chosen", "rejected"),
               "kto": ("prompt", "completion", "label")}[kind]  # fmt: skip
    return [{name: row[name] for name in columns} for row in rows]


def use_bfloat16(precision: str) -> bool:
    """Whether numbers are stored in half the bytes: where the machine computes so, or as it is told."""
    import torch

    if precision != "auto":
        return precision == "bfloat16"
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in names)


def load_model(weights: str, adapters: list[str], precision: str = "auto") -> tuple[Any, Any]:
    """(model, tokenizer): of a folder, a .gguf file (turned back into plain numbers) or a hub name."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"dtype": torch.bfloat16 if use_bfloat16(precision) else torch.float32}
    name, more = weights, {}
    if weights.endswith(".gguf"):
        name, more = str(Path(weights).parent), {"gguf_file": Path(weights).name}
    tokenizer = AutoTokenizer.from_pretrained(name, **more)
    model = AutoModelForCausalLM.from_pretrained(name, **more, **options)
    if weights.endswith(".gguf"):  # the weights are plain numbers by now, which the trainer does not see
        model.is_quantized = False
        model.config.__dict__.pop("quantization_config", None)
        for name in ("hf_quantizer", "quantization_method"):
            model.__dict__.pop(name, None)
    for adapter in adapters:
        model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def make_trainer(job: dict[str, Any], rows: list[dict[str, Any]], model: Any, tokenizer: Any) -> Any:
    import torch
    from datasets import Dataset
    from peft import LoraConfig

    settings, out = job["settings"], Path(job["out"])
    on_gpu = torch.cuda.is_available()
    batch = int(settings["batch_size"])
    at_once = min(batch, int(settings["rows_at_once"]))
    shared: dict[str, Any] = {
        "output_dir": str(out / "checkpoints"),
        "num_train_epochs": float(settings["epochs"]),
        "max_steps": int(settings["max_steps"]) or -1,
        "per_device_train_batch_size": at_once,
        "gradient_accumulation_steps": max(1, batch // at_once),
        "learning_rate": float(settings["learning_rate"]),
        "lr_scheduler_type": "linear",
        "warmup_steps": float(settings["warmup"]),
        "max_length": int(settings["max_length"]),
        "seed": int(job["seed"]),
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": int(settings["save_steps"]),
        "save_total_limit": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": use_bfloat16(settings["precision"]),
        "use_cpu": not on_gpu,
        "gradient_checkpointing": on_gpu,
        "dataloader_pin_memory": on_gpu,
    }
    lora = LoraConfig(
        r=int(settings["rank"]),
        lora_alpha=float(settings["alpha"]) or 2.0 * int(settings["rank"]),
        lora_dropout=float(settings["dropout"]),
        target_modules="all-linear" if settings["layers"] == ALL_LINEAR else ATTENTION,
        task_type="CAUSAL_LM",
    )
    data = Dataset.from_list(rows)
    common = {"model": model, "train_dataset": data, "processing_class": tokenizer, "peft_config": lora}
    if job["kind"] == "sft":
        from trl import SFTConfig, SFTTrainer

        return SFTTrainer(args=SFTConfig(completion_only_loss=True, **shared), **common)
    if job["kind"] == "dpo":
        from trl import DPOConfig, DPOTrainer

        return DPOTrainer(args=DPOConfig(beta=float(settings["beta"]), **shared), **common)
    try:
        from trl import KTOConfig, KTOTrainer
    except ImportError:
        from trl.experimental.kto import KTOConfig, KTOTrainer
    return KTOTrainer(args=KTOConfig(beta=float(settings["beta"]), **shared), **common)


def watch(trainer: Any) -> dict[str, bool]:
    """Report each step's loss; end the training after SIGTERM. Returns whether that came."""
    from transformers import TrainerCallback

    stopped = {"by_signal": False}

    def on_signal(*_: object) -> None:
        stopped["by_signal"] = True

    signal.signal(signal.SIGTERM, on_signal)

    class Progress(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                tell(step=state.global_step, steps=state.max_steps, loss=round(float(logs["loss"]), 5))

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if stopped["by_signal"]:
                control.should_save = control.should_training_stop = True
            return control

    trainer.add_callback(Progress())
    return stopped


def main(path: str) -> int:
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    tell(message="Loading the model")
    from transformers import set_seed
    from transformers.trainer_utils import get_last_checkpoint

    set_seed(int(job["seed"]))
    rows = load_rows(job["data"], job["kind"])
    model, tokenizer = load_model(job["weights"], job.get("adapters", []), job["settings"]["precision"])
    trainer = make_trainer(job, rows, model, tokenizer)
    stopped = watch(trainer)
    checkpoints = out / "checkpoints"
    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    tell(message="Training" if last is None else "Going on from the last checkpoint")
    done = trainer.train(resume_from_checkpoint=last)
    if stopped["by_signal"]:
        tell(message="Stopped; the checkpoint is kept")
        return STOPPED
    adapter = out / "adapter"
    trainer.model.save_pretrained(str(adapter))
    tokenizer.save_pretrained(str(adapter))
    trainable = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    tell(metrics={"train_loss": round(float(done.training_loss), 5), "trained_parameters": trainable,
                  "seconds_of_training": round(time.monotonic() - began, 1), "rows": len(rows)})  # fmt: skip
    from gguf_adapter import Unsupported, write_gguf_adapter

    try:
        write_gguf_adapter(adapter, trainer.model.config, out / "adapter.gguf")
    except Unsupported as error:
        tell(message=f"No adapter for llama.cpp: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
