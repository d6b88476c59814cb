"""A .env in the encodings that editors write, and in none.
Knows nothing about settings."""

from __future__ import annotations

import codecs
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.environment_file import read_variables
from workbench.errors import InputError

KEY = "sk-secret-value-1234"
TEXT = f"# Schlüssel\r\nOPENAI_API_KEY={KEY}\r\nNAME='Zoë'\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("windows-1252"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16 mark", "utf-16-be mark", "utf-32 mark", "windows-1252", "utf-16-le", "utf-16-be"],
)  # fmt: skip
def test_a_file_is_read_in_the_encoding_that_it_was_written_in(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".env").write_bytes(data)
    assert read_variables(tmp_path / ".env") == {"OPENAI_API_KEY": KEY, "NAME": "Zoë"}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (f"A=1\nKEY={KEY}\nB=\x00\n".encode(), 3),
        (f"KEY={KEY}\n".encode() + b"B=\x81\x8d\n", 2),
        (codecs.BOM_UTF16_LE + f"KEY={KEY}".encode("utf-16-le") + b"\x00", 1),
    ],
)
def test_a_file_that_is_no_text_is_named_with_the_line_and_without_a_value(
    tmp_path: Path, data: bytes, line: int
) -> None:
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(InputError) as raised:
        read_variables(tmp_path / ".env")
    assert f".env:{line}:" in str(raised.value) and KEY not in str(raised.value)


def test_a_file_that_is_too_large_or_no_file_gives_words_or_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=1\n" * 400_000)
    with pytest.raises(InputError, match="more than 1 MB"):
        read_variables(tmp_path / ".env")
    assert read_variables(tmp_path / "none") == read_variables(tmp_path) == {}


def test_a_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    writer = threading.Thread(target=lambda: (tmp_path / ".env").write_text("A=1\n"))
    writer.start()
    assert read_variables(tmp_path / ".env") == {"A": "1"}
    writer.join()


@given(st.binary(max_size=300))
def test_no_bytes_give_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / ".env"
    path.write_bytes(data)
    with suppress(InputError):
        read_variables(path)
