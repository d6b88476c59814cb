"""The commands that draft questions, and list, keep and drop drafts.
Knows nothing about rules."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from tests.cli.conftest import Folder
from tests.conftest import PROJECT
from tests.importing.samples import SAMPLES
from workbench.corpus.corpus import copy_corpus, load_documents_of
from workbench.corpus.questions import load_questions
from workbench.corpus.samples import MARK
from workbench.store.database import open_store
from workbench.store.serving.records import ServedRequest, ServedScore, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service


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


def test_rules_word_one_fact_several_times(folder: Folder) -> None:
    copy_corpus(PROJECT / "corpora" / "first-steps", folder.path / "corpora", "own")
    folder.json("questions", "draft", "own", "--count", "12", "--wordings", "3")
    groups = [draft["group"] for draft in folder.json("questions", "list", "own")["drafts"]]
    assert len(groups) == 12 and max(map(groups.count, filter(None, groups))) == 3


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


def test_questions_are_imported_with_a_dry_run_first(folder: Folder) -> None:
    file = folder.write(
        "mine.csv", "prompt,ideal,notes\nHow long?,30 days,x\nHow long?,30 days,\n,nothing,\n"
    )
    before = (folder.path / "corpora" / "tiny" / "questions.jsonl").read_bytes()
    dry = folder.json(
        "questions", "import", str(file), "--corpus", "tiny", "--map", "notes=tags", "--dry-run"
    )
    assert dry["dry_run"] and (folder.path / "corpora" / "tiny" / "questions.jsonl").read_bytes() == before
    done = folder.json("questions", "import", str(file), "--corpus", "tiny", "--map", "notes=tags")
    assert done == dry | {"dry_run": False}
    assert (done["format"], done["rows"], done["added"], done["duplicates"]) == ("table", 3, 1, 1)
    assert done["columns"] == {"prompt": "question", "ideal": "answer", "notes": "tags"}
    assert [p["row"] for p in done["problems"]] == [3, 4] and "no question" in done["problems"][1]["what"]
    again = folder.json("questions", "import", str(file), "--corpus", "tiny")
    assert (again["added"], again["already"]) == (0, 2)  # rows
    assert (
        "2 questions already in the corpus"
        in folder.run("questions", "import", str(file), "--corpus", "tiny").stdout
    )


def test_an_import_makes_a_corpus_only_of_documents_that_its_format_brings(folder: Folder) -> None:
    file = folder.path / "squad.json"
    file.write_bytes(SAMPLES["squad"][1])
    dry = folder.json("questions", "import", str(file), "--corpus", "new", "--dry-run")
    assert dry["created"] and dry["documents_added"] == 1 and not (folder.path / "corpora" / "new").exists()
    done = folder.json("questions", "import", str(file), "--corpus", "new")
    assert done == dry | {"dry_run": False}
    made = folder.path / "corpora" / "new"
    assert (made / "documents" / "Boat hire.md").read_text().startswith("# Boat hire")
    questions, problems = load_questions(made / "questions.jsonl", load_documents_of(made, None), strict=True)
    assert problems == [] and [len(q.evidence) for q in questions] == [1, 0]
    (made / "documents" / "Boat hire.md").write_text("Mine.\n")
    folder.json("questions", "import", str(file), "--corpus", "new")
    assert (made / "documents" / "Boat hire.md").read_text() == "Mine.\n"
    assert "brings no documents" in _fails(
        folder, "import", str(folder.write("a.csv", "question\nQ?\n")), "--corpus", "x"
    )
    assert "cannot be the name" in _fails(folder, "import", str(file), "--corpus", "CON")
    assert "read-only" in _fails(folder, "import", str(file), "--corpus", "sample")
    assert "There is no file" in _fails(folder, "import", "none.csv", "--corpus", "tiny")


def test_requests_of_a_service_become_drafts(folder: Folder) -> None:
    store = open_store(folder.path / ".workbench" / "workbench.db")
    put_service(store, Service("s1", "support: concise", "winner", {"corpus": {"name": "tiny"}}))
    scores = (ServedScore("grounding", 0.2, "ok"),)
    asked = ServedRequest("r1", "s1", time.time() - 3600, "Is there a rental contract?", scores=scores)
    with store.write() as session:
        add_requests(
            session, [asked, replace(asked, id="r2", asked_at=1.0, question="Who lends a demo machine?")]
        )
    taken = folder.json("questions", "from-requests", "support: concise", "--ungrounded", "--since", "7d")
    assert taken["corpus"] == "tiny" and len(taken["waiting"]) == 1 and taken["known"] == 0
    again = folder.run("questions", "from-requests", "s1").stdout
    assert "1 draft of tiny from requests" in again and "1 left out: the corpus" in again
    assert len(folder.json("questions", "list", "tiny")["drafts"]) == 2
    assert "no service 'none'" in _fails(folder, "from-requests", "none")
    assert "no span of time" in _fails(folder, "from-requests", "s1", "--since", "soon")
