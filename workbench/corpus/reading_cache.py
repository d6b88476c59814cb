"""Keeps the texts that were extracted from files, by the files' content, so that a file is read once.
Knows nothing about how a file is read."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from workbench.corpus.bounded_reading import read_text_of
from workbench.corpus.document_files import find_documents
from workbench.corpus.readers import READERS, VERSION
from workbench.corpus.readers.extracted_text import ReadText
from workbench.files.private import make_private_folder
from workbench.files.writing import write_cache_file


def content_key(data: bytes, suffix: str) -> str:
    """What a file's text is kept under: a hash of its content, its kind and the readers' version."""
    kind, _ = READERS[suffix]
    return hashlib.sha256(f"{VERSION}:{kind}:".encode() + data).hexdigest()


def cache_file(key: str, cache: Path) -> Path:
    """The file that keeps the text under a key."""
    return cache / key[:2] / f"{key}.json"


def cache_files(folder: Path, cache: Path) -> set[Path]:
    """The cache files of a folder's documents, whether or not they exist yet."""
    return {
        cache_file(content_key(path.read_bytes(), path.suffix.lower()), cache)
        for _, path in find_documents(folder)[0]
    }


def find_text(key: str, cache: Path) -> ReadText | None:
    """The text kept under a key; None when there is none that can be read."""
    try:
        return read_text_of(json.loads(cache_file(key, cache).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_text(key: str, text: ReadText, cache: Path) -> None:
    """Keep a text. A cache that cannot be written costs time but loses nothing."""
    file = cache_file(key, cache)
    with suppress(OSError):
        make_private_folder(file.parent)
        write_cache_file(file, json.dumps(asdict(text), ensure_ascii=False))
