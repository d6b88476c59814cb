"""Opens the ZIP archive that a Word document is, and finds its parts by their relationships.
Knows nothing about what the parts say."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from urllib.parse import unquote

from lxml import etree

from workbench.corpus.readers.docx.markup import Element, attribute
from workbench.corpus.readers.extracted_text import Unreadable

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Package:
    """The parts of a document."""

    def __init__(self, data: bytes) -> None:
        """Raises Unreadable for what is no Word document."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGED as error:
            raise Unreadable(f"it is not a Word document ({error}); save it again as .docx") from None
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in self._archive.namelist()}
        self._cache: dict[str, dict[str, tuple[str, str]]] = {}
        self.damaged: list[str] = []
        """Names of parts that are missing or cannot be read, or only up to a place."""
        self.main = self._find_main()

    def _find_main(self) -> str:
        part = self.related("", "officeDocument")
        if part is None or not self._is_there(part):
            part = "word/document.xml"
        if not self._is_there(part):
            raise Unreadable("it is not a Word document (it has no text part); save it again as .docx")
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
        except _DAMAGED:
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
        declared = root is not None and root.getroottree().docinfo.doctype
        if root is None or declared or any(entry.level > 1 for entry in parser.error_log):
            self.damaged.append(part)
        return root

    def related(self, part: str, kind: str) -> str | None:
        """The first part that `part` refers to by a relationship of a kind, such as "styles"."""
        return next((target for type_, target in self._relationships(part).values() if type_ == kind), None)

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


def _resolved(folder: str, target: str) -> str:
    target = unquote(target.replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
