"""Opens the ZIP archive that an Office file is, and finds its parts by their relationships.
Knows nothing about what the parts say, beside the file's title."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote

from lxml import etree

from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.readers.office.markup import Element, attribute, name

OLE_CONTAINER = b"\xd0\xcf\x11\xe0"  # a file of Office before 2007, or one with a password
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What reading a part of a damaged archive raises."""


@dataclass(frozen=True)
class OfficeFormat:
    """What is said of files of one format, and where their main part is."""

    what: str
    """As in "it is not a Word document"."""
    program: str
    """Which opens it."""
    suffix: str
    """To save it with, such as ".docx"."""
    old_suffix: str
    """Of the format before it, such as ".doc"."""
    main: str
    """The main part, where no relationship names one."""
    root: str
    """The name of the main part's root, such as "w:document"."""


class Package:
    """The parts of a file."""

    def __init__(self, data: bytes, file_format: OfficeFormat) -> None:
        """Raises Unreadable for what is no file of this format, or has a password."""
        self._format = file_format
        if data.startswith(OLE_CONTAINER):
            old, new = file_format.old_suffix, file_format.suffix
            raise Unreadable(f"it has a password, or is an old {old}; save it as {new} without a password")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGED as error:
            raise self._unreadable(str(error)) from None
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in self._archive.namelist()}
        self._cache: dict[str, dict[str, tuple[str, str]]] = {}
        self.damaged: list[str] = []
        """Names of parts that are missing or cannot be read, or only up to a place."""
        self.main = self._find_main()
        """The name of the main part."""

    def read_main(self) -> Element:
        """Parse the main part. Raises Unreadable when it cannot be, or is that of another format."""
        root = self.read(self.main)
        if root is None or name(root) != self._format.root:
            raise self._unreadable("its text cannot be read")
        return root

    @property
    def title(self) -> str | None:
        """What the file's properties say its title is."""
        properties = self.read(self.related("", "core-properties"))
        entries = list(properties) if properties is not None else []
        return next((entry.text for entry in entries if name(entry) == ":title"), None)

    @property
    def note(self) -> str:
        """A warning about parts that are damaged; empty where none is."""
        if not self.damaged:
            return ""
        parts = ", ".join(dict.fromkeys(self.damaged))
        program = self._format.program
        return f"parts of it are damaged or missing ({parts}); open it in {program} and save it again"

    def _unreadable(self, why: str) -> Unreadable:
        return Unreadable(f"it is not {self._format.what} ({why}); save it again as {self._format.suffix}")

    def _find_main(self) -> str:
        part = self.related("", "officeDocument")
        if part is None or not self._is_there(part):
            part = self._format.main
        if not self._is_there(part):
            raise self._unreadable("it has no text part")
        return part

    def _is_there(self, part: str) -> bool:
        return part.lower() in self._names

    def read(self, part: str | None) -> Element | None:
        """Parse a part; None when it is missing or has nothing readable. Entities are never resolved."""
        if part is None:
            return None
        if not self._is_there(part):
            if not part.endswith(".rels"):
                self.damaged.append(part)
            return None
        try:
            data = self._archive.read(self._names[part.lower()])
        except DAMAGED:
            self.damaged.append(part)
            return None
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True,
            recover=True,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            root = None
        if is_damaged(root, parser.error_log):
            self.damaged.append(part)
        return root

    def open(self, part: str) -> IO[bytes] | None:
        """Open a part, to be read piece by piece; None when it is missing. Reading it may raise DAMAGED."""
        if not self._is_there(part):
            self.damaged.append(part)
            return None
        try:
            return self._archive.open(self._names[part.lower()])
        except DAMAGED:
            self.damaged.append(part)
            return None

    def related(self, part: str, kind: str) -> str | None:
        """The first part that `part` refers to by a relationship of a kind, such as "styles"."""
        return next(iter(self.all_related(part, kind)), None)

    def all_related(self, part: str, kind: str) -> list[str]:
        """The parts that `part` refers to by a relationship of a kind."""
        return [target for type_, target in self._relationships(part).values() if type_ == kind]

    def target(self, part: str, relationship: str) -> str | None:
        """The part behind a relationship's id."""
        return self._relationships(part).get(relationship, ("", None))[1]

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (last word of the type, part). Targets outside the archive are left out."""
        if part not in self._cache:
            folder, file = posixpath.split(part)
            root = self.read(posixpath.join(folder, "_rels", f"{file}.rels"))
            self._cache[part] = {
                attribute(entry, "Id"): (
                    attribute(entry, "Type").rpartition("/")[2],
                    _resolved(folder, attribute(entry, "Target")),
                )
                for entry in (root if root is not None else ())
                if attribute(entry, "TargetMode") != "External"
            }
        return self._cache[part]


def is_damaged(root: Element | None, errors: Iterable[Any]) -> bool:
    """Whether a part has no root, declares entities or has errors, which its parser logged.

    Raises MemoryError when want of memory is among them: the file is not at fault then.
    """
    errors = list(errors)
    if any(entry.type == etree.ErrorTypes.ERR_NO_MEMORY for entry in errors):
        raise MemoryError
    declared = root is not None and bool(root.getroottree().docinfo.doctype)
    return root is None or declared or any(entry.level > 1 for entry in errors)


def _resolved(folder: str, target: str) -> str:
    target = unquote(target.replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
