"""Trains a tiny new model for two steps on a folder of training data with TRL's own trainer, and prints as JSON
what it made of the first row. Runs in an environment of its own, which has trl.

Knows nothing about the workbench: it is given a folder, a kind and an empty folder for caches."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "TRL_EXPERIMENTAL_SILENCE": "1"}

import datasets
import tokenizers
import torch
import transformers
import trl

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """One token per byte: it can read anything back."""
    plain = tokenizers.Tokenizer(tokenizers.models.BPE())
    plain.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    plain.decoder = tokenizers.decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        special_tokens=special, initial_alphabet=alphabet, vocab_size=300
    )
    plain.train_from_iterator(["a"], trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<|pad|>", eos_token="<|end|>", chat_template=TEMPLATE
    )


def main(folder: Path, kind: str, scratch: Path) -> None:
    rows = datasets.load_dataset(
        "json", data_files=str(folder / "train.jsonl"), split="train", cache_dir=str(scratch / "cache")
    )
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=16384,
        )
    )  # fmt: skip
    model.save_pretrained(scratch / "model")  # dpo and kto load it a second time, as the reference
    options = {
        "output_dir": str(scratch / "out"), "max_steps": 2, "per_device_train_batch_size": 2, "report_to": [],
        "save_strategy": "no", "use_cpu": True, "disable_tqdm": True, "logging_steps": 1, "max_length": None,
        "bf16": False,
    }  # fmt: skip
    make = {
        "sft": (trl.SFTTrainer, trl.SFTConfig), "dpo": (trl.DPOTrainer, trl.DPOConfig),
        "kto": (trl.KTOTrainer, trl.KTOConfig),
    }  # fmt: skip
    Trainer, Config = make[kind]
    trainer = Trainer(
        model=str(scratch / "model"), args=Config(**options), train_dataset=rows, processing_class=tokenizer
    )
    first = trainer.train_dataset[0]
    batch = trainer.data_collator([first])
    trained = trainer.train()
    told = {
        "version": trl.__version__, "rows": len(rows), "columns": sorted(rows.column_names),
        "steps": trained.global_step, "loss": trained.training_loss, "batch": sorted(batch),
    }  # fmt: skip
    if kind == "sft":
        learnt = batch["labels"][0][batch["labels"][0] != -100]
        told |= {"read": tokenizer.decode(batch["input_ids"][0]), "learnt": tokenizer.decode(learnt)}
    print(json.dumps(told))


main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
