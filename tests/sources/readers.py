"""LlamaIndex readers as people write them, good and bad; loaded by their import paths.
Knows nothing about what loads them."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document


class Notes(BaseReader):
    """Two notes with metadata, and one without text. A file may change the words."""

    def __init__(self, label: str = "A", password: str = "") -> None:
        self._label, self._password = label, password

    def lazy_load_data(self, words: str = "The label costs 5 euros.", file: str = "") -> Any:
        print("a reader that talks on standard output")
        if file:
            words = Path(file).read_text()
        yield Document(
            text=f"{self._label}: {words}",
            metadata={
                "url": "https://notes.example/x/returns",
                "region": "NL",
                "year": 2025,
                "tags": ["a"],
                "text": "x" * 9_000,
            },
        )
        yield Document(
            text=f"Second note. {len(self._password)}",
            metadata={"title": "Second: note?", "document": "x.md"},
        )
        yield Document(text="   ")


class Nothing(BaseReader):
    def load_data(self) -> list[Document]:
        return []


class Raises(BaseReader):
    def load_data(self) -> list[Document]:
        raise RuntimeError("the server said no")


class Hangs(BaseReader):
    def load_data(self) -> list[Document]:
        time.sleep(600)
        return []


class StartsAnother(BaseReader):
    """Hangs with a process of its own, whose number it writes down first."""

    def load_data(self, file: str) -> list[Document]:
        child = subprocess.Popen(["sleep", "600"])
        Path(file).write_text(str(child.pid))
        child.wait()
        return []


class Crashes(BaseReader):
    def load_data(self) -> list[Document]:
        os._exit(3)


class Exits(BaseReader):
    def load_data(self) -> list[Document]:
        raise SystemExit("bye")


class Odd(BaseReader):
    """Returns what is no document."""

    def load_data(self) -> Any:
        return [None, 3, "text", Document(text="The one that is.", id_="fine")]


class NeedsPackage(BaseReader):
    def __init__(self) -> None:
        import a_package_that_nobody_has  # noqa: F401


class NotAReader:
    pass
