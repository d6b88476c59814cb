"""Corpora that are fetched: all or nothing, what a person changes in them, questions whose quotes are gone.
Knows nothing about any kind of source but the simplest."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.in_process import call
from tests.conftest import PROJECT
from tests.sources.conftest import QUICK, Corpora
from tests.sources.site import Page, Site
from workbench.corpus.corpus import copy_corpus, load_corpus, newest_change, remove_document
from workbench.corpus.snapshot import FetchedDocument, Snapshot, commit, finish_commit, hash_of, read_snapshot
from workbench.errors import CorpusError, InputError
from workbench.files.writing import locked
from workbench.sources.corpus_fetch import fetch_corpus, get_status
from workbench.sources.source_file import find_source, parse_source, write_source

TEXT = "Goods can be returned within 30 days of delivery."


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text(f"# A\n\n{TEXT} The label costs 5 euros.\n")
    (folder / "b.md").write_text("# B\n\nHeaters are collected by two people.\n")
    return folder


def _ask_about(corpora: Corpora) -> None:
    rows = [
        {"id": "cost", "question": "What does the label cost?", "answer": "5 euros", "evidence": [{"document": "a.md", "quote": "The label costs 5 euros."}]},
        {"id": "both", "question": "Who collects, and how long?", "answer": "x", "evidence": [{"document": "a.md", "quote": TEXT}, {"document": "b.md", "quote": "collected by two people"}]},
        {"id": "whole", "question": "What is B about?", "answer": "x", "evidence": [{"document": "b.md"}]},
        {"id": "none", "question": "Who founded it?", "answerable": False},
    ]  # fmt: skip
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (corpora.path() / "questions.jsonl").write_text(text)


def test_changed_documents_give_the_questions_whose_quotes_are_gone(corpora: Corpora, files: Path) -> None:
    report = corpora.add(fsspec=str(files))
    assert report.fetched.new == ("a.md", "b.md")
    _ask_about(corpora)
    assert get_status(corpora.settings, "own").lost == ()
    (files / "a.md").write_text(f"# A\n\n{TEXT} The label costs 8 euros.\n")
    (files / "b.md").unlink()
    report = corpora.refetch()
    lost = {question.id: question for question in report.lost}
    assert list(lost) == ["cost", "both", "whole"]
    assert lost["cost"].lost[0].has_document and "8 euros" in lost["cost"].lost[0].nearest
    assert lost["both"].has_other and not lost["both"].lost[0].has_document
    words = report.describe()
    assert words.startswith("own: 0 new, 1 changed, 1 gone, 0 unchanged.")
    assert (
        "3 questions with quotes that are gone:" in words
        and "'The label costs 5 euros.' is not in a.md" in words
    )


def test_evidence_by_its_place_in_a_changed_document_is_to_be_checked(corpora: Corpora, files: Path) -> None:
    corpora.add(fsspec=str(files))
    rows = [
        {"id": name, "question": f"What of {name}?", "evidence": [{"document": f"{name}.md", "start": 5, "end": 9}]}
        for name in ("a", "b")
    ]  # fmt: skip
    (corpora.path() / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (files / "a.md").write_text(f"# A\n\nNew words first. {TEXT}\n")
    report = corpora.refetch()
    assert report.lost == ()
    assert report.fetched.notes == (
        "Check a: their evidence is given by its place in a document that has changed.",
    )


def test_the_command_adds_fetches_and_tells_the_status(
    corpora: Corpora, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CORPORA", str(corpora.settings.corpora))
    monkeypatch.chdir(files)
    code, out, errors = call("corpus", "add", "own", "--fsspec", ".", "--json")
    assert code == 0, errors
    added = json.loads(out)
    assert added["new"] == ["a.md", "b.md"] and added["state"] == "done"
    _ask_about(corpora)
    (files / "a.md").write_text("# A\n\nAnother text.\n")
    monkeypatch.chdir("/")  # a path is kept in full
    code, out, _ = call("corpus", "fetch", "own", "--json")
    fetched = json.loads(out)
    assert code == 0 and fetched["changed"] == ["a.md"]
    assert [question["id"] for question in fetched["questions"]] == ["cost", "both"]
    code, out, _ = call("corpus", "status", "own", "--json")
    status = json.loads(out)
    assert code == 0 and status["kind"] == "fsspec" and status["place"] == str(files)
    assert status["snapshot"]["id"] == fetched["snapshot"]["id"] != added["snapshot"]["id"]
    assert status["questions"] == fetched["questions"]
    assert status["questions"][0]["gone"][0] == {
        "document": "a.md",
        "quote": "The label costs 5 euros.",
        "why": "quote",
        "nearest": None,
    }
    code, out, _ = call("corpus", "status", "own")
    assert code == 0 and "Fetched from" in out and "2 questions with quotes that are gone:" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "new"), "one of the keys"),
        (("add", "new", "--url", "ftp://x/y"), "must be an address"),
        (("add", "new", "--url", "http://x", "--git", "y"), "one of the keys"),
        (("add", "new", "--url", "http://x", "--with", "a=1"), "not a known key"),
        (("add", "new", "--fsspec", "x", "--with", "a"), "write KEY=VALUE"),
        (("add", "new", "--file", "/nowhere.yaml"), "no file"),
        (("add", "../up", "--url", "http://127.0.0.1:1/"), "cannot be the name"),
        (("fetch", "missing"), "no corpus"),
        (("fetch", "first-steps"), "is a folder of files"),
        (("status", "missing"), "no corpus"),
    ],
)
def test_a_wrong_command_is_one_message(
    corpora: Corpora, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    copy_corpus(PROJECT / "corpora" / "first-steps", corpora.settings.corpora, "first-steps")
    monkeypatch.setenv("WORKBENCH_CORPORA", str(corpora.settings.corpora))
    code, out, errors = call("corpus", *arguments)
    assert code == 2 and why in errors and "Traceback" not in errors and not out
    assert not corpora.path("new").exists()


def test_a_corpus_that_cannot_be_fetched_is_not_made(corpora: Corpora) -> None:
    with pytest.raises(CorpusError):
        corpora.add(fsspec="/nowhere/at/all")
    assert not corpora.path().exists()


def test_a_source_of_somebody_else_is_fetched_only_after_a_yes(corpora: Corpora, files: Path) -> None:
    corpora.path().mkdir()
    write_source(corpora.path(), parse_source({"fsspec": str(files), "with_env": {"x": "MY_KEY"}}, "x"))
    with pytest.raises(
        CorpusError, match="was not written by this workbench. It fetches .* with what is in MY_KEY"
    ):
        corpora.refetch()
    assert not get_status(corpora.settings, "own").is_known
    write_source(corpora.path(), parse_source({"fsspec": str(files)}, "x"))
    assert corpora.refetch(allow=True).fetched.new == ("a.md", "b.md")
    assert corpora.refetch().fetched.unchanged == 2


def test_nothing_is_fetched_by_reading_a_corpus(corpora: Corpora, site: Site) -> None:
    corpora.add(urls=[site.add("/a", "A", TEXT)])
    asked = len(site.asked)
    load_corpus("own", corpora.settings.corpora)
    get_status(corpora.settings, "own")
    assert len(site.asked) == asked


def test_a_document_that_a_person_removed_stays_away(corpora: Corpora, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    remove_document(corpora.path(), "a.md")
    fetched = corpora.fetch(fsspec=str(files))
    assert corpora.documents() == ["b.md"]
    assert fetched.notes == ("Not fetched again, because you removed it: 1 document.",)
    (files / "a.md").write_text("# A\n\nChanged.\n")
    corpora.fetch(fsspec=str(files))
    assert corpora.documents() == ["b.md"]


def test_a_document_that_is_lost_is_fetched_again(corpora: Corpora, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    (corpora.path() / "documents" / "a.md").unlink()
    corpora.fetch(fsspec=str(files))
    assert corpora.documents() == ["a.md", "b.md"]


def test_what_a_person_wrote_into_a_document_is_in_the_trash_when_it_changes(
    corpora: Corpora, files: Path
) -> None:
    corpora.fetch(fsspec=str(files))
    (corpora.path() / "documents" / "a.md").write_text("My own words.")
    assert corpora.fetch(fsspec=str(files)).unchanged == 2
    assert corpora.document("a.md") == "My own words."
    (files / "a.md").write_text("# A\n\nChanged.\n")
    corpora.fetch(fsspec=str(files))
    assert "Changed." in corpora.document("a.md")
    assert (corpora.path() / ".trash" / "a.md").read_text() == "My own words."


def test_documents_of_ones_own_stay_beside_fetched_ones(corpora: Corpora, files: Path) -> None:
    (corpora.path() / "documents").mkdir(parents=True)
    (corpora.path() / "documents" / "a.md").write_text("Mine.")
    corpora.fetch(fsspec=str(files))
    assert corpora.documents() == ["a-2.md", "a.md", "b.md"] and corpora.document("a.md") == "Mine."
    assert corpora.fetch(fsspec=str(files)).unchanged == 2


def test_documents_beside_the_source_file_are_not_hidden(corpora: Corpora, files: Path) -> None:
    corpora.path().mkdir()
    (corpora.path() / "mine.md").write_text("Mine.")
    with pytest.raises(CorpusError, match="are next to its source.yaml"):
        corpora.fetch(fsspec=str(files))


def test_one_fetch_of_a_corpus_runs_at_a_time(corpora: Corpora, files: Path) -> None:
    corpora.path().mkdir()
    with locked(corpora.path() / "fetching"), pytest.raises(CorpusError, match="being fetched already"):
        corpora.fetch(fsspec=str(files))


def test_a_sample_is_not_fetched_into(corpora: Corpora, files: Path) -> None:
    settings = replace(corpora.settings, corpora=PROJECT / "corpora")
    with pytest.raises(CorpusError):
        asyncio.run(fetch_corpus(settings, "harbor-support", allow=True))


def _staged(corpora: Corpora, files: Path) -> tuple[Snapshot, dict[str, str]]:
    """A new snapshot whose documents wait to be put in place."""
    corpora.fetch(fsspec=str(files))
    staging = corpora.path() / ".fetch"
    staging.mkdir()
    (staging / "one").write_bytes(b"# A\n\nNew.\n")
    (staging / "two").write_bytes(b"# C\n")
    documents = tuple(
        FetchedDocument(name, name, name, "", hash_of(data), "2026-11-29T12:00:00Z")
        for name, data in (("a.md", b"# A\n\nNew.\n"), ("c.md", b"# C\n"))
    )
    return Snapshot("2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z", documents), {"a.md": "one", "c.md": "two"}


def test_an_exchange_that_was_cut_off_is_finished_by_whoever_reads_the_corpus(
    corpora: Corpora, files: Path
) -> None:
    snapshot, staged = _staged(corpora, files)
    # A folder in the way of the last step: the exchange fails in the middle.
    blocker = corpora.path() / ".trash" / "b.md" / "x"
    blocker.parent.mkdir(parents=True)
    blocker.touch()
    with pytest.raises(CorpusError, match="cannot be put in place"):
        commit(corpora.path(), snapshot, staged, ["b.md"], {"c.md": {"url": "c"}})
    before = read_snapshot(corpora.path())
    assert before is not None and before.id != snapshot.id  # not yet: documents first
    blocker.unlink()
    blocker.parent.rmdir()
    assert [d.name for d in load_corpus("own", corpora.settings.corpora).documents] == ["a.md", "c.md"]
    after = read_snapshot(corpora.path())
    assert after is not None and after.id == snapshot.id
    assert not (corpora.path() / ".fetch").exists()
    finish_commit(corpora.path())


KILLED = """
import sys
from pathlib import Path
from workbench.corpus import snapshot as module
steps = int(sys.argv[2])
replace = Path.replace
def dies(self, target):
    global steps
    steps -= 1
    if steps < 0:
        import os
        os._exit(9)
    return replace(self, target)
Path.replace = dies
plan = module.json.loads(sys.argv[3])
new = module._snapshot_of(plan["snapshot"])
module.commit(Path(sys.argv[1]), new, plan["staged"], ["b.md"], {"c.md": {"url": "c"}})
"""


@pytest.mark.parametrize("steps", range(7))
def test_a_program_that_is_killed_at_any_step_leaves_the_old_corpus_or_the_new_one(
    corpora: Corpora, files: Path, steps: int
) -> None:
    snapshot, staged = _staged(corpora, files)
    plan = json.dumps({"snapshot": snapshot.to_json(), "staged": staged})
    subprocess.run(
        [sys.executable, "-c", KILLED, str(corpora.path()), str(steps), plan], cwd=PROJECT, check=False
    )
    names = [d.name for d in load_corpus("own", corpora.settings.corpora).documents]
    if steps == 0:  # nothing was written that says that the exchange has begun
        assert names == ["a.md", "b.md"] and "New" not in corpora.document("a.md")
    else:
        assert names == ["a.md", "c.md"] and corpora.document("a.md") == "# A\n\nNew.\n"
        assert corpora.snapshot().id == snapshot.id
        assert list(corpora.metadata()) == ["a.md", "c.md"] or "c.md" in corpora.metadata()


def test_a_fetch_that_was_killed_goes_on(corpora: Corpora, site: Site) -> None:
    urls = [site.add(f"/{n}", f"Page {n}", TEXT, etag=f'"{n}"') for n in range(4)]
    site.pages["/3"].seconds = 20
    index = corpora.path() / ".fetch" / "staged.jsonl"
    stopped = corpora.fetch(
        urls=urls, limits=replace(QUICK, seconds=30),
        is_stopped=lambda: index.exists() and len(index.read_text().splitlines()) == 4,
    )  # fmt: skip
    assert stopped.state == "stopped"
    site.pages["/3"].seconds = 0
    kept = len(index.read_text().splitlines()) - 1
    with index.open("a") as file:
        file.write('{"key": "half a li')
    asked = len(site.asked)
    assert len(corpora.fetch(urls=urls).new) == 4
    assert sum("If-None-Match" in one.headers for one in site.asked[asked:]) == kept == 3


def test_ctrl_c_leaves_the_corpus_as_it_was(
    corpora: Corpora, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CORPORA", str(corpora.settings.corpora))
    urls = [site.add(f"/{n}", f"Page {n}", TEXT, etag=f'"{n}"') for n in range(3)]
    corpora.add(urls=urls)
    before = corpora.snapshot()
    site.add("/0", "Page 0", "Another text.")
    site.pages["/2"] = Page(TEXT, seconds=60)
    command = [sys.executable, "-m", "workbench", "corpus", "fetch", "own"]
    asked = len(site.asked)
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(site.asked) < asked + 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 3 and "are unchanged" in out
    assert corpora.snapshot() == before and TEXT in corpora.document("0.md")


def test_what_was_got_from_another_source_is_not_used(corpora: Corpora, site: Site, files: Path) -> None:
    site.add("/a", "A", TEXT)
    site.pages["/b"] = Page(TEXT, seconds=20)
    corpora.fetch(urls=[site.url("/a"), site.url("/b")], is_stopped=lambda: len(site.asked) >= 2)
    assert corpora.fetch(fsspec=str(files)).new == ("a.md", "b.md")
    assert "label costs" in corpora.document("a.md")


def test_another_source_exchanges_the_documents(corpora: Corpora, site: Site, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    fetched = corpora.fetch(urls=[site.add("/new", "New", TEXT)])
    assert fetched.new == ("new.md",) and len(fetched.gone) == 2 and corpora.documents() == ["new.md"]


def test_a_damaged_snapshot_says_what_to_do(corpora: Corpora, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    for text in (
        "{",
        "[]",
        '{"fetched": 1}',
        '{"fetched": "x", "checked": "x", "documents": [{"a": 1}], "problems": []}',
    ):
        (corpora.path() / "snapshot.json").write_text(text)
        with pytest.raises(CorpusError, match="snapshot.json is damaged"):
            corpora.snapshot()
    (corpora.path() / "snapshot.json").unlink()
    assert corpora.fetch(fsspec=str(files)).unchanged + len(corpora.documents()) >= 2


def test_pages_do_not_read_a_corpus_anew_while_it_is_fetched(corpora: Corpora, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    (corpora.path() / ".fetch").mkdir()
    before = newest_change(corpora.path())
    (corpora.path() / ".fetch" / "one").write_text("x")
    assert newest_change(corpora.path()) == before


def test_a_source_file_is_read_as_it_was_written(corpora: Corpora) -> None:
    corpora.path().mkdir()
    for source in (
        {"urls": ["https://a.example/x", "http://b.example"], "most_documents": 5},
        {"sitemap": "https://a.example/sitemap.xml", "under": "https://a.example/docs/"},
        {"git": "git@host:team/docs.git", "folder": "docs", "branch": "main"},
        {
            "llamaindex": "a.b:C",
            "with": {"x": [1, True, None]},
            "with_env": {"key": "K"},
            "load_data": {"q": "é"},
        },
    ):
        file = parse_source(source, "x")
        write_source(corpora.path(), file)
        assert find_source(corpora.path()) == file and file.to_json() == source
    (corpora.path() / "source.yaml").write_text("sitemap: https://a.example\nundr: x\n")
    with pytest.raises(InputError, match="own/source.yaml:2: 'undr' is not a known key"):
        find_source(corpora.path())
