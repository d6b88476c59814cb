"""Reads DOCX: headings, paragraphs, lists, notes, equations and tables in the order of the document.
Knows nothing about other formats."""

from __future__ import annotations

from workbench.corpus.readers.docx.blocks import Block, as_markdown
from workbench.corpus.readers.docx.inline import BY_PAGE, Source
from workbench.corpus.readers.docx.markup import child, name
from workbench.corpus.readers.docx.notes import Notes
from workbench.corpus.readers.docx.numbering import Numbering
from workbench.corpus.readers.docx.package import Package
from workbench.corpus.readers.docx.page_margins import count_comments, read_page_margins
from workbench.corpus.readers.docx.story import StoryReader
from workbench.corpus.readers.docx.styles import Styles
from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText, Unreadable, clean
from workbench.corpus.readers.titles import choose_title

OLE_CONTAINER = b"\xd0\xcf\x11\xe0"  # an old .doc, or a DOCX with a password


def read_docx(data: bytes) -> ReadText:
    """Read a Word document as Markdown. Raises Unreadable when it is damaged, encrypted or an old .doc."""
    if data.startswith(OLE_CONTAINER):
        raise Unreadable("it has a password, or is an old .doc; save it as .docx without a password")
    package = Package(data)
    document = package.read(package.main)
    body = child(document, "w:body")
    if body is None:
        raise Unreadable("it is not a Word document (its text cannot be read); save it again as .docx")
    styles = Styles(package.read(package.related(package.main, "styles")))
    source = Source(package, styles, Notes(package), LeftOutTally())
    numbering = Numbering(package.read(package.related(package.main, "numbering")), styles)
    story = StoryReader(source, numbering, package.main)
    blocks = story.read(body)
    count_comments(source)
    headers, footers = read_page_margins(source, numbering, body, blocks)
    text = "\n\n".join(as_markdown(block) for block in [*headers, *blocks, *footers]).replace(BY_PAGE, "")
    return ReadText(
        clean(text),
        title=_title(package, story, blocks),
        note=_note(package),
        left_out=source.left_out.entries(),
    )


def _title(package: Package, story: StoryReader, blocks: list[Block]) -> str | None:
    """A paragraph that has the style of a title, else the file's metadata, else the first heading."""
    properties = package.read(package.related("", "core-properties"))
    entries = list(properties) if properties is not None else []
    metadata = next((entry.text for entry in entries if name(entry) == ":title"), None)
    heading = next((block.text for block in blocks if block.kind == "heading"), None)
    return choose_title(None, story.title) or choose_title(metadata, heading)


def _note(package: Package) -> str:
    if not package.damaged:
        return ""
    parts = ", ".join(dict.fromkeys(package.damaged))
    return f"parts of it are damaged or missing ({parts}); open it in Word and save it again"
