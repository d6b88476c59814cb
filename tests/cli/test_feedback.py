"""Tests tuning variants and checking judges from the command line.
Knows nothing about how either works."""

from __future__ import annotations

import json

from tests.cli.conftest import FILE, Folder


def test_a_variant_is_tuned_on_train_questions_only_and_can_be_used_at_once(folder: Folder) -> None:
    questions = folder.path / "corpora" / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    report = folder.json(
        "tune", "--name", "embedded/mine", "--corpus", "tiny", "--out", str(folder.path / "mine.json")
    )
    variant = json.loads((folder.path / "mine.json").read_text())
    assert report["examples"] == 1 and variant["parent"] == "embedded/extractive"
    assert (
        variant["trained_on"]["question_ids"] == [rows[0]["id"]]
        and variant["trained_on"]["data_sha256"]
        and variant["trained_on"]["trained_at"]
    )
    path = folder.write(
        "experiments/tuned.yaml",
        FILE.replace("[embedded/extractive]", "[embedded/extractive, embedded/mine]"),
    )
    assert folder.json("run", str(path))["trials"] == 4


def test_judge_check_prints_one_document_and_says_what_is_wrong_with_a_set(folder: Folder) -> None:
    rows = [
        {"answer": "Heaters are free.", "passages": ["Heaters are collected for free."], "label": True},
        {"answer": "Bananas grow on Mars.", "passages": ["The tank holds two litres."], "label": 0},
    ]
    file = folder.write("set.jsonl", "\n".join(json.dumps(r) for r in rows))
    found = json.loads(folder.run("judge-check", str(file), "--json").stdout)
    assert found["answers"] == 2 and found["judges"][0]["judge"] == "embedded"
    assert "length alone" in folder.run("judge-check", str(file), "--judge", "embedded").stdout
    assert "with only one class" in folder.run("judge-check", str(file), "--limit", "1").stdout
    bad = folder.write("bad.jsonl", '{"answer": "x"}')
    for arguments, said in (
        ((str(bad),), "bad.jsonl:1"),
        ((), "--from-ratings"),
        (("--from-ratings",), "Nobody has rated"),
        ((str(file), "--judge", "nobody"), "nobody"),
    ):
        assert said in folder.run("judge-check", *arguments, code=2).stderr
