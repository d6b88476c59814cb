"""A feature's file is found by the name that the field uses, with a search of file names.
Knows nothing about what is in the files."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
ROW = re.compile(r"^\| (?P<feature>[^|]+) \| [^|]* \| `(?P<file>workbench/[\w/.]+\.py)` \|$", re.M)
FILLERS = {"a", "an", "and", "by", "for", "from", "in", "llm", "of", "or", "the", "to", "with"}


def read_table() -> list[tuple[str, str]]:
    """(feature's usual name, file) of the table in CONTRIBUTING.md."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [(m["feature"].strip(), m["file"]) for m in ROW.finditer(text)]


def words_of(text: str) -> list[str]:
    return [w for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in FILLERS]


def likeness(word: str, other: str) -> float:
    """1 for the same word, less for one that begins with the other: "chunk" and "chunking"."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    return 0.6 if len(short) >= 4 and long.startswith(short) else 0.0


def first_guess(feature: str) -> str:
    """The file that a search by file name offers first: the one whose name holds most words of the feature and
    fewest others, then whose folders do."""
    words = words_of(feature)

    def rank(file: Path) -> tuple[float, float, int, str]:
        name, folders = words_of(file.stem), words_of(" ".join(file.parent.parts))
        in_name = sum(max((likeness(w, part) for part in name), default=0.0) for w in words)
        in_folders = sum(max((likeness(w, part) for part in folders), default=0.0) for w in words)
        return (-in_name, -in_folders, len(name), str(file))

    files = [
        file.relative_to(PROJECT)
        for file in (PROJECT / "workbench").rglob("*.py")
        if file.stem != "__init__" and "versions" not in file.parts
    ]
    return min(files, key=rank).as_posix()


def test_fifty_features_are_listed_and_their_files_are_there() -> None:
    table = read_table()
    assert len(table) == len({feature for feature, _ in table}) == 50
    assert [file for _, file in table if not (PROJECT / file).is_file()] == []


def test_at_least_45_of_50_features_are_found_at_the_first_guess() -> None:
    missed = [(f, file, first_guess(f)) for f, file in read_table() if first_guess(f) != file]
    assert len(missed) <= 5, missed
