"""A file of requests may have any size: its rows are read one after the other."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.importing import json_lines
from workbench.importing.source_reading import open_rows
from workbench.importing.types import Record
from workbench.traces import reading
from workbench.traces.reading import read_requests

PEAK = """
import resource, sys
from pathlib import Path
from workbench.traces.reading import read_requests
read = read_requests(Path(sys.argv[1]))
print(len(read.requests), sum(len(request.answer) for request in read.requests))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def row(number: int, characters: int = 20) -> dict[str, Any]:
    return {"id": f"r{number}", "question": "How long?", "answer": "x" * characters, "time": number}


def lines(*rows: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


def keys(file: Path) -> list[str]:
    return [request.key for request in read_requests(file).requests]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = {}
    for rows in (300, 6_000):
        file = tmp_path / f"{rows}.jsonl"
        with file.open("w") as written:
            for number in range(rows):
                written.write(lines(row(number, 10_000)))
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True
        )
        count, characters, peaks[rows] = map(int, done.stdout.split())
        assert (count, characters) == (rows, rows * 10_000)
    assert peaks[6_000] - peaks[300] < 25_000_000, "60 MB were read"


def test_spans_of_a_trace_are_gathered_from_the_whole_file(tmp_path: Path) -> None:
    def span(trace: int, name: str, **attributes: Any) -> dict[str, Any]:
        given = {"input.value": f"Question {trace}?"} if name == "ask" else attributes
        return {
            "context": {"trace_id": f"t{trace}", "span_id": f"{name}{trace}"}, "span_kind": "CHAIN",
            "parent_id": None if name == "ask" else f"ask{trace}", "name": name,
            "start_time": f"2026-12-01T12:00:{trace % 60:02}Z", "attributes": given,
        }  # fmt: skip

    def generated(trace: int) -> dict[str, Any]:
        attributes = {"openinference.span.kind": "LLM", "output.value": f"Answer {trace}."}
        return span(trace, "generate", **attributes) | {"span_kind": "LLM"}

    asked, answered = ([make(n) for n in range(500)] for make in (lambda n: span(n, "ask"), generated))
    file = tmp_path / "spans.jsonl"
    file.write_text(lines(*asked, *answered))
    requests = list(read_requests(file).requests)
    assert [(r.key, r.question, r.answer) for r in requests] == [
        (f"t{n}", f"Question {n}?", f"Answer {n}.") for n in range(500)
    ]


def test_of_a_request_that_stands_twice_the_last_counts_in_the_place_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(lines(row(1), row(2), row(1, characters=3)))
    assert [(r.key, len(r.answer)) for r in read_requests(file).requests] == [("r1", 3), ("r2", 20)]


@pytest.mark.parametrize("name", ["log.jsonl", "log.json", "log", "log.jsonl.gz"])
def test_lines_are_known_by_the_name_or_by_what_is_in_them(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = ("\ufeff" + lines(row(1), row(2)) + "\r\n" + lines(row(3))).encode()
    file.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    assert json_lines.is_json_lines(file) and keys(file) == ["r1", "r2", "r3"]


def test_a_file_in_another_encoding_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(json.dumps(row(1) | {"answer": "für"}, ensure_ascii=False).encode("cp1252"))
    assert not json_lines.is_json_lines(file)
    assert [request.answer for request in read_requests(file).requests] == ["für"]


def test_a_log_that_ends_within_a_character_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(lines(row(1), row(2)).encode() + '{"question": "How many €'.encode()[:-1])
    assert json_lines.is_json_lines(file)
    read = read_requests(file)
    assert [request.key for request in read.requests] == ["r1", "r2"]
    assert [(problem.row, problem.what) for problem in read.problems] == [
        (3, "it is not in UTF-8; the line is left out")
    ]


def test_a_log_that_is_rewritten_while_it_is_read_ends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(lines(row(1), row(2)))
    rows = open_rows(file)
    file.write_bytes(lines(row(3)).encode() + b'{"answer": "f\xfcr"}\n' + lines(row(4)).encode())
    assert rows.stream is not None
    found = [(one.row, isinstance(one, Record)) for one in rows.stream]
    assert found == [(1, True), (2, False), (3, True)]


def test_a_gzip_file_that_is_cut_off_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl.gz"
    file.write_bytes(gzip.compress(lines(*(row(n, n) for n in range(2_000))).encode())[:-2_000])
    with pytest.raises(InputError, match="damaged"):
        read_requests(file)


def test_a_line_that_is_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MOST_CHARACTERS", 1_000)
    monkeypatch.setattr(json_lines, "_PIECE", 300)
    file = tmp_path / "log.jsonl"
    file.write_text(lines(row(1), row(2, 5_000), row(3)) + json.dumps(row(4, 5_000)))
    read = read_requests(file)
    assert [request.key for request in read.requests] == ["r1", "r3"]
    assert [(p.row, "more than 1,000 characters" in p.what) for p in read.problems] == [(2, True), (4, True)]


def test_of_many_rows_that_cannot_be_used_the_first_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_PROBLEMS", 3)
    file = tmp_path / "log.jsonl"
    file.write_text(lines(row(1), *(row(n) | {"question": ""} for n in range(2, 9))))
    *named, more = read_requests(file).problems
    assert [problem.row for problem in named] == [2, 3, 4]
    assert (more.row, more.what) == (None, "4 more rows cannot be used")


def test_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(lines(*(row(n) for n in range(2_500))))
    told: list[int] = []
    read_requests(file, told.append)
    assert told == [1_000, 2_000]
