"""The commands that draft questions, and list, keep and drop drafts.
Knows nothing about rules."""

from __future__ import annotations

import json

from tests.cli.conftest import Folder
from tests.conftest import PROJECT
from workbench.corpus.corpus import copy_corpus
from workbench.corpus.samples import MARK


def test_drafts_are_made_listed_kept_and_dropped(folder: Folder) -> None:
    copy_corpus(PROJECT / "corpora" / "first-steps", folder.path / "corpora", "own")
    made = folder.json("questions", "draft", "own", "--count", "12")
    assert made["corpus"] == "own" and made["kept"] == 12 and made["spent_usd"] == 0
    assert made["drafts"] == 12 + sum(made["dropped"].values())
    assert made["documents"] == {"touched": 8, "all": 8}
    waiting = folder.json("questions", "list", "own")["drafts"]
    assert len(waiting) == 12
    first, second = waiting[0]["id"], waiting[1]["id"]
    assert folder.json("questions", "keep", "own", first) == {"corpus": "own", "kept": [first], "waiting": 11}
    assert folder.json("questions", "drop", "own", second)["waiting"] == 10
    assert folder.json("questions", "keep", "own", "--all-passing")["waiting"] <= 2
    lines = (folder.path / "corpora" / "own" / "questions.jsonl").read_text().splitlines()
    sources = {row["id"]: row.get("source") for row in map(json.loads, lines)}
    assert sources[first]["by"] == "rule" and second not in sources
    again = folder.json("questions", "draft", "own", "--count", "12")
    assert not {d["id"] for d in folder.json("questions", "list", "own")["drafts"]} & set(sources)
    assert again["kept"] > 0
    assert "12 drafts" not in folder.run("questions", "list", "own").stdout


def test_wrong_input_ends_with_2_and_one_clear_message(folder: Folder) -> None:
    assert "read-only" in _fails(folder, "draft", "sample")
    assert "not registered" in _fails(folder, "draft", "tiny", "--model", "gpt")
    assert "Did you mean 'table'?" in _fails(folder, "draft", "tiny", "--kinds", "tabel")
    assert "There is no corpus" in _fails(folder, "list", "none")
    assert "no draft 'x'" in _fails(folder, "keep", "tiny", "x")
    assert "--all-passing" in _fails(folder, "drop", "tiny")
    assert "1 to 2,000" in _fails(folder, "draft", "tiny", "--count", "90000")


def _fails(folder: Folder, *arguments: str) -> str:
    sample = folder.path / "corpora" / "sample" / "documents"
    sample.mkdir(parents=True, exist_ok=True)
    (sample.parent / MARK).write_text("A sample.")
    (sample / "a.md").write_text("# A\n\nWords.\n")
    ended = folder.run("questions", *arguments, code=2)
    assert "Traceback" not in ended.stderr
    return ended.stderr
