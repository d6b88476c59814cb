"""Commands for ratings: tags and stars, raters, import and export.
Knows nothing about formats."""

from __future__ import annotations

import csv
import json

from tests.cli.conftest import FILE, Folder


def test_ratings_are_given_listed_left_out_exported_and_imported(folder: Folder) -> None:
    found = folder.json("run", str(folder.write("experiments/tiny.yaml", FILE)))
    answer = folder.json("answers", found["experiment"])["answers"][0]
    number = str(answer["id"])
    folder.run("rate", number, "--stars", "2", "--tag", "too long", "--tag", "wrong", "--better-answer", "B.",
               "--rater", "ann")  # fmt: skip
    folder.run("rate", number, "up", "--rater", "bob")
    for arguments, said in (
        (("--stars", "6"), "6 stars"), (("down", "--stars", "4"), "4 stars stand for up"),
        (("up", "--tag", "rong"), "no tag 'rong'"), ((), "The rating is missing"),
    ):  # fmt: skip
        assert said in folder.run("rate", number, *arguments, code=2).stderr
    ann, bob = folder.json("ratings", "list")["raters"]
    assert (ann["rater"], ann["down"], ann["rated_by_others_too"], ann["agreed"]) == ("ann", 1, 1, 0)
    folder.run("ratings", "leave-out", "bob")
    assert "no, left out" in folder.run("ratings", "list").stdout
    assert "Nobody called 'carl'" in folder.run("ratings", "leave-out", "carl", code=2).stderr
    out = folder.path / "ratings.jsonl"
    assert folder.json("ratings", "export", found["experiment"], "--out", str(out))["ratings"] == 2
    first, second = map(json.loads, out.read_text().splitlines())
    assert (first["stars"], first["value"], first["tags"]) == (2, -1, ["wrong", "too-long"])
    assert (first["better_answer"], first["counts"], second["counts"]) == ("B.", True, False)
    folder.run("ratings", "take-back", "bob")
    report = folder.json("ratings", "import", str(out), "--dry-run")
    assert (report["format"], report["already"], report["new"], report["problems"]) == ("jsonl", 2, 0, [])
    assert "2 already stored, unchanged" in folder.run("ratings", "import", str(out)).stdout
    sheet = folder.path / "ratings.csv"
    folder.run("ratings", "export", "--out", str(sheet))
    assert [row["rater"] for row in csv.DictReader(sheet.read_text().splitlines())] == ["ann", "bob"]
    assert "must end in" in folder.run("ratings", "export", "--out", "ratings.txt", code=2).stderr
    assert "--force" in folder.run("ratings", "export", "--out", str(sheet), code=2).stderr
