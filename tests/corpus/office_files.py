"""Changes the parts of Office files, to make what no library writes.
Knows nothing about the readers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

OFFICE, STRICT_OFFICE = "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"
STRICT = {
    f"{OFFICE}{old}": f"{STRICT_OFFICE}{new}"
    for old, new in {
        "spreadsheetml/2006/main": "spreadsheetml/main",
        "presentationml/2006/main": "presentationml/main",
        "drawingml/2006/main": "drawingml/main",
        "officeDocument/2006/relationships": "officeDocument/relationships",
    }.items()
}
"""Namespaces, and those of the same elements in the strict form of the format."""


def edited(
    data: bytes,
    replace: Mapping[str, tuple[str, str]] | None = None,
    *,
    rewrite: Mapping[str, Callable[[bytes], bytes]] | None = None,
    everywhere: Mapping[str, str] | None = None,
    add: Mapping[str, str] | None = None,
    drop: tuple[str, ...] = (),
) -> bytes:
    """A file with changed parts. A text that is to be replaced must be there.

    replace: part → (what, by what). rewrite: part → what makes its new content of the old. everywhere: texts
    that are replaced in all parts. add: parts that are added. drop: parts that are left out.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        assert {*(replace or {}), *(rewrite or {}), *drop} <= set(old.namelist()), old.namelist()
        for name in old.namelist():
            content = old.read(name)
            if replace and name in replace:
                before, after = replace[name]
                assert before.encode() in content, (before, content[:3000])
                content = content.replace(before.encode(), after.encode())
            if rewrite and name in rewrite:
                content = rewrite[name](content)
            for before, after in (everywhere or {}).items():
                content = content.replace(before.encode(), after.encode())
            if name not in drop:
                new.writestr(name, content)
        for name, text in (add or {}).items():
            new.writestr(name, text)
    return out.getvalue()
