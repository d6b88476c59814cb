"""Loads documents by a LlamaIndex reader that is named by its import path, and makes files of them.
Knows nothing about corpora. It runs in the process of outside_process.py."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.corpus.snapshot import hash_of
from workbench.errors import CorpusError, MissingPackage
from workbench.formatting import counted
from workbench.sources.document_naming import name_of_url, safe_path
from workbench.user_code.packages import package_of

_PLACES = ("url", "URL", "source", "file_path", "page_url", "link", "path", "id", "page_id")
"""The metadata by which readers say where a document is from, the clearest first."""
_TITLES = ("title", "page_title", "file_name", "filename", "name", "subject")
MOST_METADATA = 30
LONGEST_VALUE = 500  # characters


def load(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell about the documents that a reader loads; those that changed are written into the job's folder."""
    path = job["source"]["llamaindex"]
    reader = _make_reader(path, job["settings"])
    most = int(job["most_documents"])
    loaded = _load(reader, path, job["source"].get("load_data") or {}, most + 1)
    if len(loaded) > most:
        yield {
            "event": "remark",
            "text": f"There are more than {most:,} documents; the first {most:,} are taken.",
        }
    documents = [d for d in loaded[:most] if _text_of(d).strip()]
    if empty := min(len(loaded), most) - len(documents):
        yield {"event": "remark", "text": f"{counted(empty, 'document')} without text left out."}
    if not documents:
        raise CorpusError(
            f"{path} loaded no document with text.", hint="Are its settings and load_data right?"
        )
    yield {"event": "counted", "count": len(documents)}
    seen: Counter[str] = Counter()
    for number, document in enumerate(documents):
        metadata = dict(getattr(document, "metadata", None) or {})
        place = _first(metadata, _PLACES) or _first(metadata, _TITLES) or _stable_id(document) or "document"
        seen[place] += 1
        key = place if seen[place] == 1 else f"{place}#{seen[place]}"
        data = f"{_text_of(document).rstrip()}\n".encode(errors="replace")
        mark = hash_of(data)
        if job["known"].get(key) == mark:
            yield {"event": "same", "key": key}
            continue
        (Path(job["folder"]) / str(number)).write_bytes(data)
        yield {
            "event": "got", "key": key, "name": _name_of(place, metadata), "file": str(number), "mark": mark,
            "url": _first(metadata, _PLACES) or f"{path}#{key}", "metadata": _plain(metadata),
        }  # fmt: skip


def _make_reader(path: str, settings: Mapping[str, Any]) -> Any:
    """The reader. Raises MissingPackage or CorpusError, which says what is wrong with the path."""
    from llama_index.core.readers.base import BaseReader

    module, _, name = path.partition(":")
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise CorpusError(f"{path} is no LlamaIndex reader.")
    try:
        found = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise _missing(path, module, str(error.name or module)) from None
    except AttributeError:
        raise CorpusError(f"{module} has no {name!r}.") from None
    if not (isinstance(found, type) and issubclass(found, BaseReader)):
        raise CorpusError(f"{path} is no LlamaIndex reader.", hint="A reader is a subclass of BaseReader.")
    try:
        return found(**settings)
    except ImportError as error:
        raise MissingPackage(f"{path} needs a package that is not installed: {error}.") from None
    except TypeError as error:
        raise CorpusError(f"{path} does not take these settings: {error}.") from None


def _missing(path: str, module: str, missing: str) -> MissingPackage:
    """The error for a module that is not there, with the package that brings it.

    missing: the module that was not found: the reader's own, a part of its path, or one that it imports.
    """
    package = package_of(module if module.startswith(missing) else missing)
    return MissingPackage(
        f"{path} is not installed: there is no module {missing}.", hint=f"pip install {package}"
    )


def _load(reader: Any, path: str, arguments: Mapping[str, Any], most: int) -> list[Any]:
    try:
        loaded = reader.load_data(**arguments)
        return list(islice(iter(loaded), most))
    except ImportError as error:
        raise MissingPackage(f"{path} needs a package that is not installed: {error}.") from None
    except Exception as error:
        what = f"{type(error).__name__}: {error}".split("\n")[0][:400].rstrip(":. ")
        raise CorpusError(f"{path} could not load its documents: {what}.") from None


def _text_of(document: Any) -> str:
    try:
        text = document.get_content() if hasattr(document, "get_content") else getattr(document, "text", "")
    except Exception:
        return ""
    return text if isinstance(text, str) else ""


def _first(metadata: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(metadata[name]) for name in names if isinstance(metadata.get(name), str | int)), "")


def _stable_id(document: Any) -> str:
    """An id that the reader chose; empty for one made by chance, which is another one each time."""
    given = str(getattr(document, "id_", "") or "")
    return "" if len(given) == 36 and given.count("-") == 4 else given


def _name_of(place: str, metadata: Mapping[str, Any]) -> str:
    if place.startswith(("http://", "https://")):
        return name_of_url(place, ".md")
    title = _first(metadata, _TITLES) or PurePosixPath(place).name or place
    return safe_path([f"{PurePosixPath(title).stem or title}.md"])


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that a filter can use: texts, numbers, true and false."""
    kept = {
        str(name): value
        for name, value in metadata.items()
        if isinstance(value, str | int | float | bool) and len(str(value)) <= LONGEST_VALUE and value == value
    }
    return dict(list(kept.items())[:MOST_METADATA])
