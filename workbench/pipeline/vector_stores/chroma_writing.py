"""Writes a Chroma index in a child process, from vectors on standard input.
Knows nothing about chunks, markers or keys: the child process has only vectors in its memory.

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
from workbench.operating_system import own_session
from workbench.pipeline.vector_stores.hnsw import hnsw_settings
from workbench.providers.types import Vectors
from workbench.settings import PROJECT, QUIET

COLLECTION = "chunks"
BATCH = 2_000
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


def write_in_child_process(folder: Path, vectors: Vectors) -> None:
    """Fill an empty folder with an index of vectors [n, d]; ids are their positions.

    Chroma writes unused slots of its files with whatever was in memory. So it runs in a process that has
    nothing secret in memory: a short environment without keys, and a working folder without an .env file
    (chromadb reads one if there is one). Raises IndexBuildError when the process fails.
    """
    command = [sys.executable, "-m", __name__, str(folder.resolve()), *map(str, vectors.shape)]
    with tempfile.TemporaryFile() as messages:
        # In its own session: a Ctrl-C in the terminal is for the parent, which then stops cleanly.
        with subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=messages,
            **own_session(),
        ) as child:
            assert child.stdin is not None
            with (
                suppress(BrokenPipeError),
                child.stdin as stream,
            ):  # it ended early: its error output says why
                for start in range(0, len(vectors), BATCH):
                    part = np.ascontiguousarray(vectors[start : start + BATCH], dtype=np.float32)
                    stream.write(part.data)
                    os.utime(folder)  # a recent date says that the folder is in use
        if child.returncode:
            messages.seek(0)
            lines = messages.read().decode(errors="replace").strip().splitlines()
            raise IndexBuildError(
                f"Chroma could not write the index: {lines[-1] if lines else 'its process was killed'}.",
                hint="Check that there is enough disk space and memory, or set WORKBENCH_VECTOR_INDEX=exact.",
            )


def _environment() -> dict[str, str]:
    """The variables that a Python process needs, and no keys. With MALLOC_PERTURB_=255 glibc zeroes
    memory."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    inherited = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
    return inherited | QUIET | {"PYTHONPATH": path, "MALLOC_PERTURB_": "255"}


def open_client(folder: Path) -> Any:
    """A Chroma client of one folder. The caller closes it."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, is_persistent=True)
    )


def _write(folder: Path, count: int, dimensions: int, stream: IO[bytes]) -> None:
    with open_client(folder) as client:
        collection = client.create_collection(
            COLLECTION, configuration={"hnsw": hnsw_settings(count)}, embedding_function=None
        )
        for start in range(0, count, BATCH):
            rows = min(BATCH, count - start)
            received = stream.read(rows * dimensions * 4)  # short when the parent has died: reshape raises
            part = np.frombuffer(received, dtype=np.float32).reshape(rows, dimensions)
            collection.upsert(ids=[str(n) for n in range(start, start + rows)], embeddings=part)


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdin.buffer)
