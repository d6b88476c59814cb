"""Makes files that are small and unpack to much: PDF and Office files.
Knows nothing about how they are read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from itertools import chain

import docx
import openpyxl
import pptx

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
EXCEL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
POWERPOINT = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


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
    template = io.BytesIO()
    docx.Document().save(template)
    begin = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>'.encode()
    return _with_part(template, "word/document.xml", chain([begin], body, [b"</w:body></w:document>"]))


def xlsx_of_rows(rows: Iterable[bytes]) -> bytes:
    """A workbook with this XML as the rows of its sheet."""
    template = io.BytesIO()
    openpyxl.Workbook().save(template)
    begin = f'<?xml version="1.0"?><worksheet xmlns="{EXCEL}"><sheetData>'.encode()
    content = chain([begin], rows, [b"</sheetData></worksheet>"])
    return _with_part(template, "xl/worksheets/sheet1.xml", content)


def pptx_of_shapes(shapes: Iterable[bytes]) -> bytes:
    """A presentation of one slide with this XML as its shapes."""
    template, deck = io.BytesIO(), pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(template)
    begin = (
        f'<?xml version="1.0"?><p:sld xmlns:p="{POWERPOINT}" xmlns:a="{DRAWING}"><p:cSld><p:spTree>'.encode()
    )
    content = chain([begin], shapes, [b"</p:spTree></p:cSld></p:sld>"])
    return _with_part(template, "ppt/slides/slide1.xml", content)


def _with_part(template: io.BytesIO, part: str, content: Iterable[bytes]) -> bytes:
    """A file with another content of one part, which is written piece by piece."""
    out = io.BytesIO()
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        assert part in source.namelist()
        for name in source.namelist():
            if name != part:
                target.writestr(name, source.read(name))
        with target.open(part, "w") as file:
            for piece in content:
                file.write(piece)
    return out.getvalue()
