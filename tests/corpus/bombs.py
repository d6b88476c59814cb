"""Makes files that are small and unpack to much: PDF, DOCX and HTML.
Knows nothing about how they are read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable

import docx

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf_of_content(content: Iterable[bytes]) -> bytes:
    """A PDF of one page whose content is compressed twice, so that repetitions cost next to nothing."""
    once = zlib.compressobj(9)
    stream = zlib.compress(b"".join([*map(once.compress, content), once.flush()]), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream" % (len(stream), stream),
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + head + table + trailer


def docx_of_body(body: Iterable[bytes]) -> bytes:
    """A Word document with this XML as its body."""
    template, out = io.BytesIO(), io.BytesIO()
    docx.Document().save(template)
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != "word/document.xml":
                target.writestr(name, source.read(name))
        with target.open("word/document.xml", "w") as file:
            file.write(f'<?xml version="1.0"?><w:document xmlns:w="{NAMESPACE}"><w:body>'.encode())
            for part in body:
                file.write(part)
            file.write(b"</w:body></w:document>")
    return out.getvalue()
