"""Remembers which sources a person described in this home; any other one is fetched only after a yes.
Knows nothing about fetching.

A source.yaml that came with somebody else's folder could name a place in the user's own network, a folder of
this machine, a variable with a key, or code that is installed here."""

from __future__ import annotations

import json
from pathlib import Path

from workbench.errors import CorpusError
from workbench.files.writing import locked, write_atomically
from workbench.sources.source_file import LlamaIndexSource, SourceFile

FILE = "sources.json"


def remember(home: Path, source: SourceFile) -> None:
    """Remember that the user has described a source, or said that it may be fetched."""
    file = home / FILE
    with locked(file, raise_as=CorpusError):
        known = _read(file)
        if source.fingerprint not in known:
            write_atomically(
                file, json.dumps([*known, source.fingerprint]), private=True, raise_as=CorpusError
            )


def is_known(home: Path, source: SourceFile) -> bool:
    """Whether the user has described it or allowed it."""
    return source.fingerprint in _read(home / FILE)


def _read(file: Path) -> list[str]:
    try:
        return [str(one) for one in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def describe_unknown(corpus: str, source: SourceFile) -> str:
    """What a fetch would do, for a person to allow."""
    what = f"loads {source.place}" if isinstance(source, LlamaIndexSource) else f"fetches {source.place}"
    variables = sorted(set(getattr(source, "with_env", {}).values()))
    keys = f" with what is in {', '.join(variables)}" if variables else ""
    return f"The source.yaml of {corpus} was not written by this workbench. It {what}{keys}."
