"""Chroma's indexes: built whole or not at all, noticed when damaged, and without anybody's keys.
Knows nothing about when one is chosen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.vectors import chunks_of, unit_vectors
from workbench.errors import IndexBuildError
from workbench.pipeline.vector_stores.chroma_embedded import LOCK, MARKER, ChromaEmbedded
from workbench.pipeline.vector_stores.types import IndexContent

SECRET = "sk-test-0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of `content_of()` under "key". Copy it: clients of this process have it open."""
    folder = tmp_path_factory.mktemp("built")
    ChromaEmbedded(folder).build(content_of())
    return folder


def content_of(count: int = 40) -> IndexContent:
    return IndexContent("key", chunks_of(count), unit_vectors(count))


def test_an_index_that_another_process_removed_is_built_again_where_it_was(tmp_path: Path) -> None:
    content = content_of()
    ChromaEmbedded(tmp_path).build(content)  # a client of this process has it open from now on
    (tmp_path / "key").rename(tmp_path / "freed-key")
    shutil.rmtree(tmp_path / "freed-key")
    assert ChromaEmbedded(tmp_path).open(content) is None
    other = content_of(60)
    found = ChromaEmbedded(tmp_path).build(other)
    assert found.query(other.vectors[55:56], 1)[0][0][0] == 55


@pytest.mark.parametrize("count", [1, 40, 130])
def test_an_index_holds_nothing_of_what_lay_in_memory_before(tmp_path: Path, count: int) -> None:
    content = content_of(count)
    ChromaEmbedded(tmp_path).build(content)
    assert ChromaEmbedded(tmp_path).open(content) is not None
    (lengths,) = tmp_path.rglob("length.bin")  # of unit vectors; a place that is free holds 0
    found = np.frombuffer(lengths.read_bytes(), dtype=np.float32)
    assert np.allclose(found[:count], 1, atol=1e-3) and not found[count:].any()
    (elements,) = tmp_path.rglob("data_level0.bin")
    each = len(elements.read_bytes()) // len(found)
    assert not any(elements.read_bytes()[count * each :])


@pytest.mark.parametrize("harm", ["deleted", "truncated", "unfinished"])
def test_a_damaged_index_is_noticed_and_built_again(tmp_path: Path, built: Path, harm: str) -> None:
    content = content_of()
    shutil.copytree(built, tmp_path / "b")  # where no client of this process has it open
    place = tmp_path / "b" / "key"
    (database,) = place.rglob("chroma.sqlite3")
    if harm == "deleted":
        database.unlink()
    elif harm == "truncated":
        database.write_bytes(database.read_bytes()[:2000])
    elif harm == "unfinished":
        (place / "complete.json").unlink()
    assert ChromaEmbedded(tmp_path / "b").open(content) is None
    assert ChromaEmbedded(tmp_path / "b").build(content).count == 40


def test_an_index_has_no_key_of_the_process_that_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        f"OTHER_KEY={SECRET}\n", encoding="utf-8"
    )  # chromadb reads the one it finds
    freed = [(SECRET * n).encode() for n in range(1, 2000)]
    del freed
    content = content_of(130)
    ChromaEmbedded(tmp_path / "indexes").build(content)
    written = [p for p in (tmp_path / "indexes").rglob("*") if p.is_file()]
    assert len(written) > 5 and not any(SECRET[:20].encode() in p.read_bytes() for p in written)


def test_the_process_that_writes_an_index_is_given_no_key_and_reads_no_file_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[dict[str, str], Path]] = []
    popen = subprocess.Popen

    def watched(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append((options["env"], options["cwd"]))  # type: ignore[arg-type]
        assert not any(options["cwd"].iterdir())  # type: ignore[attr-defined]
        return popen(*arguments, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", watched)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    ChromaEmbedded(tmp_path).build(content_of())
    [(environment, _)] = started
    assert "PATH" in environment and SECRET not in environment.values()


def test_a_process_that_cannot_write_an_index_leaves_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(IndexBuildError, match="could not write the index"):
        ChromaEmbedded(tmp_path).build(content_of())
    assert [p.name for p in tmp_path.rglob("*")] == ["key", LOCK]


def test_a_process_whose_parent_died_writes_no_index(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "workbench.pipeline.vector_stores.chroma_writing",
        str(tmp_path),
        "40",
        "8",
    ]
    ended = subprocess.run(command, input=bytes(4 * 8 * 10), capture_output=True, check=False)
    assert ended.returncode != 0


def test_an_index_of_an_older_layout_is_built_again_in_its_place(tmp_path: Path, built: Path) -> None:
    content = content_of()
    shutil.copytree(built / "key", tmp_path / "key")
    [current] = (p for p in (tmp_path / "key").iterdir() if p.is_dir())
    for path in current.iterdir():
        path.rename(tmp_path / "key" / path.name)
    current.rmdir()
    (tmp_path / "key" / MARKER).write_text('{"count": 40, "chunks": "x"}', encoding="utf-8")
    assert ChromaEmbedded(tmp_path).open(content) is None
    assert ChromaEmbedded(tmp_path).build(content).count == 40
    assert len(list((tmp_path / "key").iterdir())) == 3  # lock, marker, index
