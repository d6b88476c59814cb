"""Tests that no file takes more time, memory or text than the limits, nor ends the program that reads it.
Knows nothing about what a reader makes of a file."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.corpus.bombs import docx_of_body, pdf_of_content, pptx_of_shapes, xlsx_of_rows
from workbench.corpus import bounded_reading
from workbench.corpus.bounded_reading import (
    LIMITS,
    ReadingLimits,
    close_processes,
    read_text_of,
    read_within,
)
from workbench.corpus.document_files import find_documents
from workbench.corpus.reading import load_documents
from workbench.corpus.reading_process import read_bytes

CORPORA = Path(__file__).parent.parent.parent / "corpora"
PARAGRAPH = b"<w:p><w:r><w:t>All work and no play makes a long text.</w:t></w:r></w:p>"


def long_pdf(pages: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(pages):
        for line in range(40):
            canvas.drawString(72, 760 - 16 * line, f"Page {page}, line {line}: nothing new here.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def problems_of(folder: Path, name: str, data: bytes, limits: ReadingLimits) -> str:
    """What is said about a file that lies beside a good one, which must be read."""
    (folder / "good.md").write_text("# Good\n\nText.")
    (folder / name).write_bytes(data)
    documents, problems = load_documents(folder, limits=limits)
    assert [d.name for d in documents] == ["good.md"]
    assert [p.where for p in problems] == [name]
    return problems[0].what


def test_a_pdf_that_unpacks_to_more_than_the_memory_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    bomb = pdf_of_content(b" " * 1_000_000 for _ in range(300))
    assert len(bomb) < 3_000
    what = problems_of(tmp_path, "bomb.pdf", bomb, ReadingLimits(memory_bytes=300_000_000))
    assert "0.3 GB of memory" in what


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("bomb.docx", lambda: docx_of_body([b"<w:p>", *[b"<w:r/>" * 100_000] * 40, b"</w:p>"])),
        ("bomb.pptx", lambda: pptx_of_shapes([b"<p:sp/>" * 100_000] * 40)),
        ("bomb.xlsx", lambda: xlsx_of_rows([b"<row>", *[b"<c/>" * 100_000] * 40, b"</row>"])),
    ],
    ids=["docx", "pptx", "xlsx"],
)
def test_an_office_file_that_unpacks_to_more_than_the_memory_is_a_problem(
    tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    bomb = make()
    assert len(bomb) < 100_000
    what = problems_of(tmp_path, name, bomb, ReadingLimits(memory_bytes=300_000_000))
    assert "0.3 GB of memory" in what


def test_a_workbook_of_many_rows_needs_little_memory(tmp_path: Path) -> None:
    row = b'<row><c t="inlineStr"><is><t>Tea</t></is></c><c><v>3</v></c><c><v/></c></row>'
    rows = xlsx_of_rows([row * 1_000] * 100)
    (tmp_path / "rows.xlsx").write_bytes(rows)
    (document,), problems = load_documents(tmp_path, limits=ReadingLimits(memory_bytes=400_000_000))
    assert not problems and document.text.count("\n") == 99_999


def test_a_text_longer_than_the_limit_is_a_problem(tmp_path: Path) -> None:
    bomb = docx_of_body([PARAGRAPH * 200])
    what = problems_of(tmp_path, "long.docx", bomb, ReadingLimits(characters=5_000))
    assert "characters; the limit is 5,000" in what
    what = problems_of(tmp_path, "long.docx", b"", ReadingLimits())
    assert "empty" in what


def test_a_small_text_obeys_the_limit_on_characters_too(tmp_path: Path) -> None:
    header = "a long column name " * 50
    table = f"{header},b\n" + "x,y\n" * 500
    what = problems_of(tmp_path, "wide.csv", table.encode(), ReadingLimits(characters=5_000))
    assert "characters; the limit is 5,000" in what


def test_a_file_that_takes_too_long_is_a_problem_and_is_tried_once(tmp_path: Path) -> None:
    limits = ReadingLimits(seconds=0.01, seconds_per_megabyte=0)
    assert "reading it takes more than 0 seconds" in problems_of(tmp_path, "slow.pdf", long_pdf(150), limits)
    start = time.perf_counter()
    problems_of(tmp_path, "slow.pdf", long_pdf(150), limits)
    assert time.perf_counter() - start < 5
    assert load_documents(tmp_path)[0][-1].name == "slow.pdf"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("deep.html", b"<div>" * 3_000 + b"x"),
        ("deep.docx", docx_of_body([b"<w:sdt><w:sdtContent>" * 3_000, b"</w:sdtContent></w:sdt>" * 3_000])),
        ("deep.pptx", pptx_of_shapes([b"<p:grpSp>" * 3_000, b"</p:grpSp>" * 3_000])),
        ("deep.xlsx", xlsx_of_rows([b"<row><c>" * 3_000, b"</c></row>" * 3_000])),
    ],
    ids=["html", "docx", "pptx", "xlsx"],
)
def test_a_file_of_deep_nesting_ends_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nText.")
    (tmp_path / name).write_bytes(data)
    documents, problems = load_documents(tmp_path)
    assert "good.md" in [d.name for d in documents]
    assert len(documents) + len(problems) == 2


def test_a_larger_file_has_more_time() -> None:
    assert LIMITS.seconds_for(10_000_000) > LIMITS.seconds_for(1_000) >= 60


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_reading_process_that_is_killed_is_a_problem_of_its_file_only() -> None:
    process = bounded_reading._Process()
    killer = threading.Timer(0.5, process._process.kill)
    killer.start()
    reply = process.read(LIMITS, ".pdf", long_pdf(1_500))
    killer.join()
    assert reply == {"limit": "crashed (SIGKILL)"}


def test_a_process_that_ended_while_it_had_nothing_to_do_is_replaced() -> None:
    text = read_within(LIMITS, ".pdf", long_pdf(1)).text
    (process,) = bounded_reading._idle
    process._process.kill()
    process._process.wait()
    assert read_within(LIMITS, ".pdf", long_pdf(1)).text == text


def test_one_process_reads_the_files_of_a_corpus() -> None:
    close_processes()
    load_documents(CORPORA / "harbor-support" / "documents")
    (process,) = bounded_reading._idle
    load_documents(CORPORA / "harbor-support" / "documents")
    assert bounded_reading._idle == [process] and process.files_read > 10


def test_what_is_in_the_cache_needs_no_process(tmp_path: Path) -> None:
    first, _ = load_documents(CORPORA / "harbor-support" / "documents", tmp_path)
    close_processes()
    again, _ = load_documents(CORPORA / "harbor-support" / "documents", tmp_path)
    assert first == again and bounded_reading._idle == []


@pytest.mark.parametrize("corpus", ["harbor-support", "first-steps"])
def test_the_process_reads_as_this_one_does(corpus: str) -> None:
    process = bounded_reading._Process()  # none that waited before: it may just be ending
    for _, path in find_documents(CORPORA / corpus / "documents")[0]:
        data, suffix = path.read_bytes(), path.suffix.lower()
        here = read_text_of(read_bytes(suffix, data, LIMITS.characters)["text"])
        assert read_within(LIMITS, suffix, data) == here
        assert read_text_of(process.read(LIMITS, suffix, data)["text"]) == here
    process.close()


def test_several_threads_read_at_once() -> None:
    files = {pages: long_pdf(pages) for pages in (1, 2, 3, 4)}
    with ThreadPoolExecutor(4) as pool:
        texts = pool.map(lambda pages: read_within(LIMITS, ".pdf", files[pages]), [1, 2, 3, 4] * 2)
        assert [len(text.page_starts) for text in texts] == [1, 2, 3, 4] * 2
    assert len(bounded_reading._idle) == 1


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_process_knows_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-secret")
    close_processes()
    read_within(LIMITS, ".pdf", long_pdf(1))
    (process,) = bounded_reading._idle
    assert b"sk-secret" not in Path(f"/proc/{process._process.pid}/environ").read_bytes()


SCRIPT = """
import multiprocessing, os, sys
from pathlib import Path
from workbench.corpus.corpus import load_corpus
print("started", os.getpid())
corpus = load_corpus("harbor-support", Path(sys.argv[1]))
print("read", len(corpus.documents))
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        print("read", len(load_corpus("harbor-support", Path(sys.argv[1])).documents), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("read", len(load_corpus("harbor-support", Path(sys.argv[1])).documents))
"""


def test_a_script_without_a_main_guard_reads_once_and_leaves_no_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", script, CORPORA],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(CORPORA.parent)},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len([line for line in lines if line.startswith("started")]) == 1
    assert len({line for line in lines if line.startswith("read")}) == 1


def test_where_the_system_has_no_limit_on_memory_the_process_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_reading, "_memory_meter", lambda pid: lambda: LIMITS.memory_bytes + 1)
    process = bounded_reading._Process()
    assert process.read(LIMITS, ".pdf", long_pdf(1_500)) == {"limit": "memory"}
