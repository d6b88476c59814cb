"""Files have the shapes that trainers document, held to schemas that were written from their documentation.
Knows nothing about how rows are made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from workbench.errors import InputError
from workbench.providers.types import Message
from workbench.space.tuning import Kind
from workbench.training_data.formats import FORMATS, KINDS, SHAPES, get_shape
from workbench.training_data.types import (
    DEFAULTS,
    CorpusUsed,
    Format,
    PersonalData,
    Row,
    TrainingData,
)
from workbench.training_data.write import write_training_data

PLAIN = (Message("system", "Be brief."), Message("user", "Passages:\n\n[1] A\nb\u2028c\n\nQuestion: What?"))
TURNS = (
    PLAIN[0], Message("user", "And before?"), Message("assistant", "Yes."), Message("user", "Question: Why?"),
)  # fmt: skip


def make_data(kind: Kind, messages: tuple[tuple[Message, ...], ...] = (PLAIN, TURNS)) -> TrainingData:
    rows = tuple(
        Row(
            some, f"Answer {n} “ü”", "liked answer", f"q{n}", "What?",
            rejected="Worse" if kind == "dpo" else "", liked=(n % 2 == 0) if kind == "kto" else None,
        )
        for n, some in enumerate(messages)
    )  # fmt: skip
    return TrainingData(
        kind,
        rows,
        {"over the limit": 2},
        (CorpusUsed("c", "v", 3),),
        PersonalData(),
        DEFAULTS,
        "k",
        "corpus c",
    )


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object", "properties": properties, "required": required, "additionalProperties": False,
    }  # fmt: skip


TEXT = {"type": "string", "minLength": 1}


def _message(roles: list[str], **more: Any) -> dict[str, Any]:
    return _object({"role": {"enum": roles}, "content": TEXT, **more}, tuple(more))


def _list(item: dict[str, Any], least: int = 1, most: int = 99) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


ANY = ["system", "user", "assistant"]
PROMPT = _list(_message(ANY))
SAID = _message(["assistant"])
ONE = _list(SAID, most=1)
LABEL = {"type": "boolean"}
# https://huggingface.co/docs/trl/dataset_formats: conversational prompt-completion, preference with an explicit
# prompt, unpaired preference. https://platform.openai.com/docs/guides/supervised-fine-tuning and
# direct-preference-optimization. https://docs.axolotl.ai/docs/dataset-formats/conversation.html and rlhf.html.
# LLaMA-Factory's data/README.md: the OpenAI form of sharegpt.
SCHEMAS: dict[tuple[Format, Kind], dict[str, Any]] = {
    ("trl", "sft"): _object({"prompt": PROMPT, "completion": ONE}),
    ("trl", "dpo"): _object({"prompt": PROMPT, "chosen": ONE, "rejected": ONE}),
    ("trl", "kto"): _object({"prompt": PROMPT, "completion": ONE, "label": LABEL}),
    ("openai", "sft"): _object({"messages": _list(_message(ANY, weight={"enum": [0, 1]}), least=2)}),
    ("openai", "dpo"): _object(
        {"input": _object({"messages": PROMPT}), "preferred_output": ONE, "non_preferred_output": ONE}
    ),
    ("axolotl", "sft"): _object({"messages": _list(_message(ANY, train=LABEL), least=2)}),
    ("axolotl", "dpo"): _object({"messages": PROMPT, "chosen": SAID, "rejected": SAID}),
    ("axolotl", "kto"): _object(
        {"system": TEXT, "prompt": TEXT, "completion": TEXT, "label": LABEL}, ("system",)
    ),
    ("llama-factory", "sft"): _object({"messages": PROMPT}),
    ("llama-factory", "dpo"): _object({"messages": PROMPT, "chosen": SAID, "rejected": SAID}),
    ("llama-factory", "kto"): _object({"messages": PROMPT, "kto_tag": LABEL}),
}
EVERY = sorted(SHAPES)


def read(folder: Path, format: Format) -> list[dict[str, Any]]:
    if format == "llama-factory":
        return json.loads((folder / "train.json").read_text())  # type: ignore[no-any-return]
    # Split as readers that know more line ends than "\n" do.
    return [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("format", "kind"), EVERY)
def test_files_have_the_documented_shape(format: Format, kind: Kind, tmp_path: Path) -> None:
    card = write_training_data(make_data(kind), format, tmp_path / "out")
    rows = read(tmp_path / "out", format)
    validator = Draft202012Validator(SCHEMAS[format, kind])
    assert [error.message for row in rows for error in validator.iter_errors(row)] == []
    assert len(rows) == card["rows"] == (1 if (format, kind) == ("axolotl", "kto") else 2)


def test_every_format_and_kind_has_a_schema() -> None:
    assert set(SCHEMAS) == set(SHAPES)
    assert {(f, k) for f in FORMATS for k in KINDS} - set(SHAPES) == {("openai", "kto")}


def test_openai_has_no_kto() -> None:
    with pytest.raises(InputError, match="The format openai has no kto"):
        get_shape("openai", "kto")


@pytest.mark.parametrize("format", ["openai", "axolotl"])
def test_earlier_replies_are_not_learnt(format: Format, tmp_path: Path) -> None:
    write_training_data(make_data("sft"), format, tmp_path / "out")
    messages = read(tmp_path / "out", format)[1]["messages"]
    key = {"openai": "weight", "axolotl": "train"}[format]
    assert [m.get(key) in (0, False) for m in messages if m["role"] == "assistant"] == [True, False]


def _turns_of(messages: list[dict[str, str]]) -> Iterator[str]:
    yield from (m["role"] for m in messages if m["role"] != "system")


@pytest.mark.parametrize("kind", KINDS)
def test_llama_factory_finds_its_data_set_with_columns_tags_and_turns_in_order(
    kind: Kind, tmp_path: Path
) -> None:
    write_training_data(make_data(kind), "llama-factory", tmp_path / "out")
    [info] = json.loads((tmp_path / "out" / "dataset_info.json").read_text()).values()
    rows = json.loads((tmp_path / "out" / info["file_name"]).read_text())
    assert info["formatting"] == "sharegpt" and bool(info.get("ranking")) == (kind == "dpo")
    assert info["tags"] == {
        "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant",
        "system_tag": "system",
    }  # fmt: skip
    assert all(set(info["columns"].values()) == set(row) for row in rows)
    for row in rows:  # user and assistant in turn; with `ranking` the last turn is the user's
        turns = list(_turns_of(row["messages"]))
        assert turns == ["user", "assistant"] * (len(turns) // 2) + ["user"] * (len(turns) % 2)
        assert len(turns) % 2 == (1 if kind == "dpo" else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_axolotl_is_told_how_to_read_its_rows(kind: Kind, tmp_path: Path) -> None:
    write_training_data(make_data(kind), "axolotl", tmp_path / "out")
    config = yaml.safe_load((tmp_path / "out" / "axolotl.yaml").read_text())
    [dataset] = config["datasets"]
    assert (tmp_path / "out" / dataset["path"]).is_file() and dataset["ds_type"] == "json"
    assert config.get("rl") == (None if kind == "sft" else kind)
    assert dataset["type"] == {
        "sft": "chat_template", "dpo": "chat_template.default", "kto": "chatml.ultra",
    }[kind]  # fmt: skip


def test_rows_that_a_format_cannot_hold_are_counted(tmp_path: Path) -> None:
    card = write_training_data(make_data("kto"), "axolotl", tmp_path / "out")
    assert card["refused"]["its earlier turns have no place in this format"] == 1
    with pytest.raises(InputError, match="No row can be written for axolotl"):
        write_training_data(make_data("kto", (TURNS,)), "axolotl", tmp_path / "other")
