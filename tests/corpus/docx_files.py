"""Makes small Word documents of XML for the reader's tests.
Knows nothing about the reader."""

from __future__ import annotations

import io
import zipfile

TRANSITIONAL = "http://schemas.openxmlformats.org/"
W = TRANSITIONAL + "wordprocessingml/2006/main"
R = TRANSITIONAL + "officeDocument/2006/relationships"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": W,
        "r": R,
        "m": TRANSITIONAL + "officeDocument/2006/math",
        "mc": TRANSITIONAL + "markup-compatibility/2006",
        "wp": TRANSITIONAL + "drawingml/2006/wordprocessingDrawing",
        "a": TRANSITIONAL + "drawingml/2006/main",
        "pic": TRANSITIONAL + "drawingml/2006/picture",
        "c": TRANSITIONAL + "drawingml/2006/chart",
        "dgm": TRANSITIONAL + "drawingml/2006/diagram",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)
STRICT = {
    W: "http://purl.oclc.org/ooxml/wordprocessingml/main",
    R: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    TRANSITIONAL + "officeDocument/2006/math": "http://purl.oclc.org/ooxml/officeDocument/math",
}
HEADINGS = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:pPr>'
    f'<w:outlineLvl w:val="{n - 1}"/></w:pPr></w:style>'
    for n in (1, 2, 3)
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(inner: str, properties: str = "") -> str:
    """A paragraph of runs (XML), or of a text."""
    inner = inner if inner.startswith("<") else run(inner)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def styled(text: str, style: str, more: str = "") -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>{more}')


def listed(text: str, number_id: int, level: int = 0, more: str = "") -> str:
    numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>'
    return paragraph(text, more + numbering)


def cell(inner: str = "", properties: str = "") -> str:
    inner = inner if inner.startswith("<") else paragraph(inner or "<w:r/>")
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    joined = "".join(c if c.startswith("<") else cell(c) for c in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{joined}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def box(inner: str) -> str:
    """A run with a text box, in both of the forms that Word writes."""
    content = f"<w:txbxContent>{inner}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData>'
        f"<wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
        f"</mc:Fallback></mc:AlternateContent></w:r>"
    )


def field(instruction: str, result: str | None) -> str:
    """The runs of a complex field. `result` is XML, or a text; None for a field without one."""
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    if result is not None and not result.startswith("<"):
        result = run(result)
    return (
        mark("begin")
        + f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        + (mark("separate") + result if result is not None else "")
        + mark("end")
    )


def part(name: str, inner: str) -> str:
    """A part with a root of that name, such as "w:styles"."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} {NAMESPACES}>{inner}</{name}>'


def word_file(
    body: str,
    *,
    styles: str = HEADINGS,
    numbering: str = "",
    footnotes: str = "",
    endnotes: str = "",
    comments: str = "",
    settings: str = "",
    title: str = "",
    parts: dict[str, tuple[str, str]] | None = None,
    replace: dict[str, str] | None = None,
    drop: tuple[str, ...] = (),
) -> bytes:
    """A document. `parts`: file below word/ → (kind of relationship, XML); its id is the file's stem.

    `replace`: what is replaced in every part, such as namespaces. `drop`: files that are left out.
    """
    given = {
        "styles": styles,
        "numbering": numbering,
        "footnotes": footnotes,
        "endnotes": endnotes,
        "comments": comments,
        "settings": settings,
    }
    related = {f"{kind}.xml": (kind, part(f"w:{kind}", inner)) for kind, inner in given.items() if inner}
    related |= parts or {}
    links = "".join(
        f'<Relationship Id="{file.rpartition("/")[2].partition(".")[0]}" Type="{R}/{kind}" Target="{file}"/>'
        for file, (kind, _) in related.items()
    )
    package = "http://schemas.openxmlformats.org/package/2006/"
    relationships = f'<Relationships xmlns="{package}relationships">{{}}</Relationships>'.format
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/>{"".join(map(content_type, ["document", *given]))}<Override PartName="/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": relationships(
            f'<Relationship Id="a" Type="{R}/officeDocument" Target="word/document.xml"/>'
            f'<Relationship Id="b" Type="{package}relationships/metadata/core-properties" Target="core.xml"/>'
        ),
        "core.xml": f'<cp:coreProperties xmlns:cp="{package}metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>',
        "word/document.xml": part("w:document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relationships(links),
    } | {f"word/{file}": xml for file, (_, xml) in related.items()}
    return archive({file: xml for file, xml in files.items() if file not in drop}, replace)


def content_type(kind: str) -> str:
    form = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}"
    main = ".main" if kind == "document" else ""
    return f'<Override PartName="/word/{kind}.xml" ContentType="{form}{main}+xml"/>'


def archive(files: dict[str, str], replace: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for file, xml in files.items():
            for old, new in (replace or {}).items():
                xml = xml.replace(old, new)
            packed.writestr(file, xml)
    return out.getvalue()
