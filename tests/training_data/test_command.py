"""The command training-data: what it prints and writes, and what it refuses.
Knows nothing about how rows are made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training_data.books import Library
from workbench.cli.app import main


@pytest.fixture
def here(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    for name in ("home", "corpora", "experiments"):
        monkeypatch.setenv(f"WORKBENCH_{name.upper()}", str(getattr(library.settings, name)))
    return library


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["training-data", *arguments])
    return int(ended.value.code or 0)


def test_it_writes_a_folder_and_prints_its_card(
    here: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(here.id, "--kind", "sft", "--format", "trl", "--out", str(out), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("folder") == str(out) and printed == json.loads((out / "card.json").read_text())
    again = (
        "--home",
        "--kind",
        "dpo",
        "--format",
        "axolotl",
        "--limit",
        "3",
        "--seed",
        "5",
        "--out",
        str(out),
    )
    assert run(*again, "--force") == 0
    assert "3 rows of dpo for axolotl" in capsys.readouterr().out
    assert json.loads((out / "card.json").read_text())["options"]["seed"] == 5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kind", "sft", "--format", "trl"], "either the id of an experiment or --home"),
        (["ID", "--home", "--kind", "sft", "--format", "trl"], "either the id of an experiment or --home"),
        (["ID", "--kind", "sfft", "--format", "trl"], "it must be sft, dpo or kto"),
        (["ID", "--kind", "sft", "--format", "unsloth"], "it must be trl, openai, axolotl or llama-factory"),
        (["ID", "--kind", "kto", "--format", "openai"], "The format openai has no kto"),
        (["nothing", "--kind", "sft", "--format", "trl"], "no experiment 'nothing'"),
        (["ID", "--kind", "kto", "--format", "trl"], "nothing to make kto rows of"),
    ],
)
def test_wrong_input_is_one_sentence_and_writes_nothing(
    here: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    out = tmp_path / "out"
    given = [here.id if argument == "ID" else argument for argument in arguments]
    assert run(*given, "--out", str(out)) == 2
    assert says in capsys.readouterr().err and not out.exists()


def test_how_many_rows_decline_can_be_chosen(here: Library, tmp_path: Path) -> None:
    def refusals(share: str) -> int:
        out = tmp_path / share
        command = (here.id, "--kind", "sft", "--format", "trl", "--out", str(out))
        assert run(*command, "--most-refusals", share, "--without-evidence", "0") == 0
        card = json.loads((out / "card.json").read_text())
        return int(card["counts"]["origin"].get("refusal", 0))

    assert refusals("0") == 0 < refusals("0.5")
