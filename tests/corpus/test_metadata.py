"""Metadata of documents: where they come from, what counts most, and what is wrong with them.
Knows nothing about conditions: tests/pipeline/test_metadata_index.py does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from workbench.corpus.corpus import load_corpus
from workbench.corpus.question_editing import put_question
from workbench.corpus.questions import load_questions, save_questions
from workbench.corpus.types import Corpus


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "c" / "documents"
    (documents / "policies" / "nl").mkdir(parents=True)
    (documents / "policies" / "nl" / "returns.md").write_text(
        "---\ntitle: Returns\nregion: NL\nsince: 2025-03-01\ntags: [a, b]\nmenu: {x: 1}\n---\n# Returns\n\n30 days."
    )
    (documents / "toml.md").write_text('+++\nregion = "DE"\nsince = 2024-05-06\n+++\n# T\n\nText.')
    (documents / "table.csv").write_text("# prices\nname,region,year\nA,NL,2025\nB,DE,2024\n")
    for path in documents.rglob("*.*"):
        os.utime(path, (1_750_000_000, 1_750_000_000))
    return tmp_path / "c"


def load(folder: Path) -> Corpus:
    return load_corpus(folder, folder.parent, cache_dir=folder.parent / "cache")


def test_metadata_come_from_the_path_the_file_and_front_matter_also_out_of_the_cache(folder: Path) -> None:
    for _ in range(2):
        by_name = {d.name: dict(d.metadata) for d in load(folder).documents}
        assert by_name["policies/nl/returns.md"] == {
            "folder": ["policies", "policies/nl"], "modified": "2025-06-15", "title": "Returns",
            "region": "NL", "since": "2025-03-01", "tags": ["a", "b"],
        }  # fmt: skip
        assert by_name["toml.md"]["since"] == "2024-05-06" and "folder" not in by_name["toml.md"]


def test_each_row_of_a_table_has_its_cells_and_its_place(folder: Path) -> None:
    [document] = [d for d in load(folder).documents if d.record_tables]
    [table] = document.record_tables
    assert table.columns == ("name", "region", "year")
    assert [(document.text[start:end], cells) for start, end, cells in table.rows] == [
        ("name: A; region: NL; year: 2025", ("A", "NL", "2025")),
        ("name: B; region: DE; year: 2024", ("B", "DE", "2024")),
    ]


def test_metadata_change_no_version_and_no_hash(folder: Path) -> None:
    before = load(folder)
    (folder / "metadata.jsonl").write_text('{"document": "toml.md", "region": "FR"}')
    after = load(folder)
    assert after.version == before.version and after.documents == before.documents
    assert hash(after.documents[0]) == hash(before.documents[0])


def test_metadata_jsonl_counts_more_and_its_problems_name_their_lines(folder: Path) -> None:
    lines = [
        '{"document": "toml.md", "region": "FR", "year": 2025, "open": true}',
        '{"document": "tolm.md", "region": "FR"}',
        '{"document": "toml.md", "owner": {"name": "me"}, "list": [], "ok": ["x", 1]}',
        "[1]",
        '{"document": "toml.md", "region": ',
        "",
    ]
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    corpus = load(folder)
    [toml] = [d for d in corpus.documents if d.name == "toml.md"]
    assert toml.metadata["region"] == "FR" and toml.metadata["year"] == 2025 and toml.metadata["open"] is True
    assert toml.metadata["ok"] == ["x", 1] and "owner" not in toml.metadata
    problems = {(p.where, p.what.split(";")[0]) for p in corpus.problems}
    assert ("metadata.jsonl:2", "there is no document 'tolm.md'") in problems
    assert ("metadata.jsonl:3", "'owner' is {'name': 'me'}") in problems
    assert {where for where, _ in problems} == {f"metadata.jsonl:{n}" for n in (2, 3, 4, 5)}


def test_front_matter_that_cannot_be_read_is_a_warning_and_loses_no_text(folder: Path) -> None:
    (folder / "documents" / "bad.md").write_text("---\nregion: [\n---\n# A\n\nHello.")
    corpus = load(folder)
    [bad] = [d for d in corpus.documents if d.name == "bad.md"]
    assert "region" not in bad.metadata and "Hello." in bad.text
    [problem] = corpus.problems
    assert problem.severity == "warning" and "front matter" in problem.what


def test_in_a_bare_folder_the_file_of_metadata_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.md").write_text("# A\n\nText.")
    (tmp_path / "c" / "metadata.jsonl").write_text('{"document": "a.md", "region": "NL"}')
    corpus = load(tmp_path / "c")
    assert not corpus.problems and corpus.documents[0].metadata["region"] == "NL"


def test_a_question_keeps_its_filter_in_every_form(folder: Path) -> None:
    file = folder / "questions.jsonl"
    rows = [
        {"id": "a", "question": "How?", "filter": {"year": {"max": 2025, "min": 2024}, "region": " NL "}},
        {"id": "b", "question": "Why?", "filter": "region=NL, year=2025"},
        {"id": "c", "question": "Who?", "filter": {"region": {"like": "N"}}},
        {"id": "d", "question": "When?", "filter": []},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    questions, problems = load_questions(file, ())
    wanted = [
        {"region": "NL", "year": {"min": 2024, "max": 2025}},
        {"region": "NL", "year": 2025},
        None,
        None,
    ]
    assert [q.filter for q in questions] == wanted
    assert [p.where for p in problems] == ["questions.jsonl:3", "questions.jsonl:4"]
    assert questions[0].asked.filter == '{"region": "NL", "year": {"min": 2024, "max": 2025}}'
    assert len({q.asked for q in questions}) == 4
    save_questions(file, questions)
    assert load_questions(file, ())[0] == questions
    put_question(folder, {"id": "a", "question": "How so?", "filter": {"region": "DE"}}, ())
    assert load_questions(file, ())[0][0].filter == {"region": "DE"}
    table = folder / "questions.csv"
    table.write_text('question,filter\nHow?,"region=NL, year=2025"\nWhy?,"{""region"": [""NL"", ""BE""]}"\n')
    assert [q.filter for q in load_questions(table, ())[0]] == [
        {"region": "NL", "year": 2025}, {"region": ["NL", "BE"]},
    ]  # fmt: skip
