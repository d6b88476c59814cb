"""The formats that trainers read: what one row is written as, in which files, and how a trainer is told.
Knows nothing about how rows are made. One entry per format and kind in `SHAPES`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import InputError
from workbench.space.tuning import Kind
from workbench.training_data.file_names import ROWS, ROWS_JSON
from workbench.training_data.types import Format, Row

DATASET = "rag_workbench"
"""The name of the data set in LLaMA-Factory's dataset_info.json, before the kind."""
EARLIER_TURNS = "its earlier turns have no place in this format"
Message = dict[str, Any]
Written = dict[str, Any]


def _prompt(row: Row) -> list[Message]:
    return [{"role": m.role, "content": m.content} for m in row.messages]


def _said(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _trl_sft(row: Row) -> Written:
    return {"prompt": _prompt(row), "completion": [_said(row.answer)]}


def _trl_dpo(row: Row) -> Written:
    return {"prompt": _prompt(row), "chosen": [_said(row.answer)], "rejected": [_said(row.rejected)]}


def _trl_kto(row: Row) -> Written:
    return {"prompt": _prompt(row), "completion": [_said(row.answer)], "label": bool(row.liked)}


def _messages(row: Row) -> Written:
    return {"messages": [*_prompt(row), _said(row.answer)]}


def openai_sft(prompt: Sequence[Message], answer: str) -> Written:
    """Earlier replies have weight 0: what a service said before is no example."""
    earlier = [m | {"weight": 0} if m["role"] == "assistant" else m for m in prompt]
    return {"messages": [*earlier, _said(answer)]}


def openai_dpo(prompt: Sequence[Message], answer: str, rejected: str) -> Written:
    return {
        "input": {"messages": list(prompt)},
        "preferred_output": [_said(answer)],
        "non_preferred_output": [_said(rejected)],
    }


def _axolotl_sft(row: Row) -> Written:
    """Each message says whether it is learnt, so that earlier replies are not."""
    return {"messages": [*(m | {"train": False} for m in _prompt(row)), _said(row.answer) | {"train": True}]}


def _ranking(row: Row) -> Written:
    """Of Axolotl and of LLaMA-Factory alike."""
    return {"messages": _prompt(row), "chosen": _said(row.answer), "rejected": _said(row.rejected)}


def _axolotl_kto(row: Row) -> Written | None:
    """Its kto has a system part and one message of the user."""
    *before, last = row.messages
    if any(m.role != "system" for m in before):
        return None
    system = {"system": "\n".join(m.content for m in before)} if before else {}
    return {**system, "prompt": last.content, "completion": row.answer, "label": bool(row.liked)}


def _llama_factory_kto(row: Row) -> Written:
    return _messages(row) | {"kto_tag": bool(row.liked)}


@dataclass(frozen=True)
class Shape:
    """How rows of one kind are written for one trainer."""

    write: Callable[[Row], Written | None]
    """A row as the trainer reads it; None for one that the format cannot hold."""
    file: str = ROWS
    further: Callable[[], dict[str, str]] = dict
    """Files beside the rows: name → text."""
    how: str = ""
    """How the trainer is told to read them, in Markdown."""


def _yaml(kind: str, *lines: str) -> Callable[[], dict[str, str]]:
    head = [] if kind == "sft" else [f"rl: {kind}"]
    text = "\n".join(
        [*head, "datasets:", f"  - path: {ROWS}", "    ds_type: json", *(f"    {x}" for x in lines)]
    )
    return lambda: {"axolotl.yaml": f"{text}\n"}


_TAGS = {
    "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant",
    "system_tag": "system",
}  # fmt: skip


def _dataset_info(kind: str, **fields: Any) -> Callable[[], dict[str, str]]:
    columns = {"messages": "messages"} | fields.pop("columns", {})
    entry = {"file_name": ROWS_JSON, "formatting": "sharegpt", **fields, "columns": columns, "tags": _TAGS}
    text = json.dumps({f"{DATASET}_{kind}": entry}, indent=2)
    return lambda: {"dataset_info.json": f"{text}\n"}


_TRL = 'Load it with `load_dataset("json", data_files="train.jsonl")` and give it to `{}`.'
_OPENAI = "Upload `train.jsonl` with the purpose `fine-tune`{}."
_AXOLOTL = "Put the lines of `axolotl.yaml` into your configuration."
_LLAMA_FACTORY = "Set `dataset_dir` to this folder and `dataset: " + DATASET + "_{}`{}."

SHAPES: Mapping[tuple[Format, Kind], Shape] = {
    ("trl", "sft"): Shape(_trl_sft, how=_TRL.format("SFTTrainer") + " The loss is on the completion alone."),
    ("trl", "dpo"): Shape(_trl_dpo, how=_TRL.format("DPOTrainer")),
    ("trl", "kto"): Shape(_trl_kto, how=_TRL.format("KTOTrainer")),
    ("openai", "sft"): Shape(lambda row: openai_sft(_prompt(row), row.answer), how=_OPENAI.format("")),
    ("openai", "dpo"): Shape(
        lambda row: openai_dpo(_prompt(row), row.answer, row.rejected),
        how=_OPENAI.format(" and choose the method `dpo`"),
    ),
    ("axolotl", "sft"): Shape(
        _axolotl_sft,
        further=_yaml(
            "sft", "type: chat_template", "field_messages: messages", "message_property_mappings:",
            "  role: role", "  content: content", "roles_to_train: []", "message_field_training: train",
        ),
        how=_AXOLOTL,
    ),
    ("axolotl", "dpo"): Shape(
        _ranking,
        further=_yaml(
            "dpo", "type: chat_template.default", "field_messages: messages", "field_chosen: chosen",
            "field_rejected: rejected", "message_property_mappings:", "  role: role", "  content: content",
        ),
        how=_AXOLOTL,
    ),
    ("axolotl", "kto"): Shape(
        _axolotl_kto,
        further=_yaml("kto", "type: chatml.ultra"),
        how=_AXOLOTL + " Models of the Llama 3 family take `type: llama3.ultra`.",
    ),
    ("llama-factory", "sft"): Shape(
        _messages, ROWS_JSON, _dataset_info("sft"),
        _LLAMA_FACTORY.format("sft", ", with `mask_history: true` so that earlier replies are not learned"),
    ),
    ("llama-factory", "dpo"): Shape(
        _ranking, ROWS_JSON,
        _dataset_info("dpo", ranking=True, columns={"chosen": "chosen", "rejected": "rejected"}),
        _LLAMA_FACTORY.format("dpo", ""),
    ),
    ("llama-factory", "kto"): Shape(
        _llama_factory_kto, ROWS_JSON, _dataset_info("kto", columns={"kto_tag": "kto_tag"}),
        _LLAMA_FACTORY.format("kto", ""),
    ),
}  # fmt: skip
"""(format, kind) → how its rows are written."""
FORMATS: tuple[Format, ...] = ("trl", "openai", "axolotl", "llama-factory")
KINDS: tuple[Kind, ...] = ("sft", "dpo", "kto")


def get_shape(format: Format, kind: Kind) -> Shape:
    """How rows of a kind are written in a format. Raises InputError where the format has no such kind."""
    shape = SHAPES.get((format, kind))
    if shape is None:
        have = [name for name in FORMATS if (name, kind) in SHAPES]
        raise InputError(
            f"The format {format} has no {kind}.",
            hint=f"These formats have {kind}: {', '.join(have)}. For {format} take --kind sft or dpo.",
        )
    return shape


def write_rows(rows: Sequence[Written], file: str) -> str:
    """The rows as the text of a file: one object a line, or for `.json` a list with one object a line."""
    lines = [_line(row) for row in rows]
    return (
        "[\n" + ",\n".join(lines) + "\n]\n" if file == ROWS_JSON else "".join(f"{line}\n" for line in lines)
    )


def _line(row: Written) -> str:
    """Without the characters that some readers take for the end of a line."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    for character in ("\u2028", "\u2029", "\x85"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
