"""Storages of fsspec and LlamaIndex readers are fetched in a process of their own, over real files and WebDAV.
Knows nothing about web pages."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from tests.sources.conftest import Corpora
from workbench.errors import CorpusError, InputError, MissingPackage
from workbench.operating_system import process_exists
from workbench.sources.outside_process import tell_all

READERS = "tests.sources.readers"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "more").mkdir(parents=True)
    (folder / "a.md").write_text("# A\n\nThe label costs 5 euros.\n")
    (folder / "more" / "b.txt").write_text("Heaters are collected.\n")
    (folder / "more" / ".hidden.md").write_text("hidden")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def webdav(files: Path) -> Iterator[str]:
    """A real WebDAV server over the files, for a user with a password."""
    from wsgidav.wsgidav_app import WsgiDAVApp

    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": {"root": str(files), "readonly": True}},
            "simple_dc": {"user_mapping": {"*": {"reader": {"password": "secret"}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    with make_server("127.0.0.1", 0, app, _Threaded, _Silent) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_files_below_a_prefix_become_the_corpus(corpora: Corpora, files: Path) -> None:
    for url in (f"file://{files}", str(files)):
        fetched = corpora.fetch(url[:4].strip("/"), fsspec=url)
        assert corpora.documents(url[:4].strip("/")) == ["a.md", "more/b.txt"]
        assert fetched.notes == ("2 files left out: 1 of other types (.png) and 1 hidden.",)


def test_only_files_that_changed_are_read_again(corpora: Corpora, files: Path) -> None:
    corpora.fetch(fsspec=str(files))
    (files / "a.md").write_text("# A\n\nThe label costs 8 euros, now.\n")
    (files / "c.md").write_text("# C\n")
    (files / "more" / "b.txt").unlink()
    fetched = corpora.fetch(fsspec=str(files))
    assert (fetched.new, fetched.changed, [name for name, _ in fetched.gone]) == (
        ("c.md",),
        ("a.md",),
        ["more/b.txt"],
    )
    assert corpora.fetch(fsspec=str(files)).unchanged == 2


def test_a_webdav_folder_is_fetched_with_a_password_from_the_environment(
    corpora: Corpora, files: Path, webdav: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAV_PASSWORD", "secret")
    source = {"webdav": webdav, "with": {"user": "reader"}, "with_env": {"password": "DAV_PASSWORD"}}
    corpora.fetch(**source)
    assert corpora.documents() == ["a.md", "more/b.txt"]
    assert corpora.metadata()["more/b.txt"]["url"] == f"{webdav}more/b.txt"
    time.sleep(1.1)  # its times are whole seconds
    (files / "a.md").write_text("# A\n\nThe label costs 8 euros.\n")
    fetched = corpora.fetch(**source)
    assert fetched.changed == ("a.md",) and fetched.unchanged == 1


def test_a_wrong_password_is_said(corpora: Corpora, webdav: str) -> None:
    with pytest.raises(CorpusError, match="401|cannot be listed"):
        corpora.fetch(webdav=webdav, **{"with": {"user": "reader", "password": "wrong"}})


@pytest.mark.parametrize(
    ("source", "error", "why"),
    [
        ({"fsspec": "s3://bucket/prefix"}, MissingPackage, "pip install s3fs"),
        ({"fsspec": "nosuch://place"}, CorpusError, "cannot be opened"),
        ({"fsspec": "/nowhere/at/all"}, CorpusError, "contains no document|cannot be listed"),
        ({"fsspec": "zip://x::file:///y.zip"}, CorpusError, "chains several"),
        ({"fsspec": "file:///tmp", "with": {"nonsense": 1}, "with_env": {"password": "NOT_SET"}}, CorpusError, "NOT_SET, which is not set"),
        ({"fsspec": "s3://b", "git": "x"}, InputError, "one of the keys"),
        ({"fsspec": "file:///tmp", "wiht": {}}, InputError, "'wiht' is not a known key"),
        ({"llamaindex": "no colon"}, InputError, "must be an import path"),
        ({"llamaindex": f"{READERS}:Crashes"}, CorpusError, "crashed"),
        ({"llamaindex": f"{READERS}:Hangs", "timeout_seconds": 3}, CorpusError, "has not answered for 3 seconds"),
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_says_why(
    corpora: Corpora, source: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why) as raised:
        corpora.fetch(**source)
    assert type(raised.value) is error or error is InputError
    assert not (corpora.path() / "documents").exists()


def told(tmp_path: Path, source: dict[str, Any], known: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What the process would tell about a LlamaIndex reader; starting one takes a second each time."""
    rows: list[dict[str, Any]] = []
    job = {
        "kind": "llamaindex", "source": source, "settings": source.get("with", {}), "known": known or {},
        "folder": str(tmp_path), "most_documents": 2000,
    }  # fmt: skip
    tell_all(job, rows.append)
    return rows


@pytest.mark.parametrize(
    ("source", "error", "why"),
    [
        ({"llamaindex": "llama_index.readers.notion:NotionPageReader"}, MissingPackage, "pip install llama-index-readers-notion"),
        ({"llamaindex": f"{READERS}:Missing"}, CorpusError, "has no 'Missing'"),
        ({"llamaindex": f"{READERS}:NotAReader"}, CorpusError, "is no LlamaIndex reader"),
        ({"llamaindex": "webbrowser:open"}, CorpusError, "is no LlamaIndex reader"),
        ({"llamaindex": f"{READERS}:Nothing"}, CorpusError, "loaded no document with text"),
        ({"llamaindex": f"{READERS}:Raises"}, CorpusError, "RuntimeError: the server said no"),
        ({"llamaindex": f"{READERS}:Exits"}, CorpusError, "SystemExit: bye"),
        ({"llamaindex": f"{READERS}:NeedsPackage"}, MissingPackage, "a_package_that_nobody_has"),
        ({"llamaindex": f"{READERS}:Notes", "with": {"nonsense": 1}}, CorpusError, "does not take these settings"),
        ({"llamaindex": f"{READERS}:Notes", "load_data": {"file": "/nowhere"}}, CorpusError, "FileNotFoundError"),
    ],
)  # fmt: skip
def test_what_a_reader_does_wrong_is_one_message(
    tmp_path: Path, source: dict[str, Any], error: type[Exception], why: str
) -> None:
    *_, last = told(tmp_path, source)
    assert re.search(why, f"{last['error']} {last['hint']}")
    assert last.get("missing", False) == (error is MissingPackage)


def test_a_llamaindex_reader_gives_documents_with_metadata(
    corpora: Corpora, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTES_PASSWORD", "secret")
    fetched = corpora.fetch(
        llamaindex=f"{READERS}:Notes", load_data={"words": "Two litres."},
        **{"with": {"label": "B"}, "with_env": {"password": "NOTES_PASSWORD"}},
    )  # fmt: skip
    assert corpora.documents() == ["Second- note.md", "x/returns.md"]
    assert corpora.document("x/returns.md") == "B: Two litres.\n"
    assert corpora.document("Second- note.md") == "Second note. 6\n"
    assert fetched.notes == ("1 document without text left out.",)
    row = corpora.metadata()["x/returns.md"]
    assert (row["region"], row["year"], row["url"]) == ("NL", 2025, "https://notes.example/x/returns")
    assert "tags" not in row and "text" not in row
    assert corpora.metadata()["Second- note.md"]["url"] == f"{READERS}:Notes#Second: note?"
    assert "a reader that talks" not in capfd.readouterr().out


def test_a_reader_that_comes_with_llamaindex_is_fetched(corpora: Corpora, files: Path) -> None:
    reader = "llama_index.core:SimpleDirectoryReader"
    source = {"llamaindex": reader, "with": {"input_dir": str(files), "required_exts": [".md"]}}
    assert corpora.fetch(**source).new == ("a.md",)
    assert corpora.metadata()["a.md"]["url"] == str(files / "a.md")
    assert corpora.fetch(**source).unchanged == 1


def test_a_document_that_a_reader_gives_again_is_the_same(tmp_path: Path) -> None:
    source = {"llamaindex": f"{READERS}:Notes", "load_data": {"words": "First words."}}
    rows = [row for row in told(tmp_path, source) if row.get("event") == "got"]
    known = {row["key"]: row["mark"] for row in rows}
    assert list(known) == ["https://notes.example/x/returns", "Second: note?"]
    other = {"llamaindex": f"{READERS}:Notes", "load_data": {"words": "Other words."}}
    again = {row["key"]: row["event"] for row in told(tmp_path, other, known) if "key" in row}
    assert again == {"https://notes.example/x/returns": "got", "Second: note?": "same"}


def test_what_is_no_document_is_left_out(tmp_path: Path) -> None:
    rows = told(tmp_path, {"llamaindex": f"{READERS}:Odd"})
    assert [row["name"] for row in rows if row.get("event") == "got"] == ["fine.md"]
    assert "3 documents without text" in rows[0]["text"]


def test_a_reader_that_hangs_is_ended_with_what_it_started(corpora: Corpora, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    fetched = corpora.fetch(
        llamaindex=f"{READERS}:StartsAnother", load_data={"file": str(file)},
        is_stopped=lambda: file.exists() and file.read_text() != "",
    )  # fmt: skip
    assert fetched.state == "stopped"
    deadline = time.monotonic() + 60
    while process_exists(int(file.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process_exists(int(file.read_text()))
