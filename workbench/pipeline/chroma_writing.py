"""Writes a Chroma index in a process of its own, from vectors on standard input.
Knows nothing about chunks, markers or keys: vectors are all that this process has in its memory.

Its arguments are FOLDER COUNT DIMENSIONS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.errors import IndexBuildError
from workbench.providers.types import Vectors
from workbench.settings import PROJECT, QUIET

COLLECTION = "chunks"
BATCH = 2_000
HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


def write_in_child_process(folder: Path, vectors: Vectors) -> None:
    """Fill an empty folder with an index of vectors [n, d]; ids are their positions.

    Chroma writes unused places of its files as they lay in memory. So it gets a process whose memory holds
    nothing but the vectors: a short environment without keys, and a working folder without an .env file
    (chromadb reads the one it finds). Raises IndexBuildError.
    """
    command = [sys.executable, "-m", __name__, str(folder.resolve()), *map(str, vectors.shape)]
    with tempfile.TemporaryFile() as messages:
        # In a session of its own: a Ctrl-C in the terminal is for the parent, which stops in its own time.
        with subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=messages,
            start_new_session=True,
        ) as child:
            assert child.stdin is not None
            with suppress(BrokenPipeError), child.stdin as stream:  # it ended early: its messages say why
                for start in range(0, len(vectors), BATCH):
                    part = np.ascontiguousarray(vectors[start : start + BATCH], dtype=np.float32)
                    stream.write(part.data)
                    os.utime(folder)  # a fresh date says that somebody is at work here
        if child.returncode:
            messages.seek(0)
            lines = messages.read().decode(errors="replace").strip().splitlines()
            raise IndexBuildError(
                f"Chroma could not write the index: {lines[-1] if lines else 'its process was ended'}.",
                hint="Look whether disk and memory suffice, or set WORKBENCH_VECTOR_INDEX=exact.",
            )


def _environment() -> dict[str, str]:
    """What a Python process needs, and no key. glibc fills new memory with zeros for MALLOC_PERTURB_=255."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed_on | QUIET | {"PYTHONPATH": path, "MALLOC_PERTURB_": "255"}


def open_client(folder: Path) -> Any:
    """A Chroma client of one folder. Close it."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, is_persistent=True)
    )


def _write(folder: Path, count: int, dimensions: int, stream: IO[bytes]) -> None:
    # All of it into the index's files at once: what stays in Chroma's log is indexed by whoever opens it.
    hnsw = HNSW | {"sync_threshold": count, "batch_size": min(100, count)}
    with open_client(folder) as client:
        collection = client.create_collection(
            COLLECTION, configuration={"hnsw": hnsw}, embedding_function=None
        )
        for start in range(0, count, BATCH):
            rows = min(BATCH, count - start)
            received = stream.read(rows * dimensions * 4)  # short when the parent has died: reshape raises
            part = np.frombuffer(received, dtype=np.float32).reshape(rows, dimensions)
            collection.upsert(ids=[str(n) for n in range(start, start + rows)], embeddings=part)


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdin.buffer)
