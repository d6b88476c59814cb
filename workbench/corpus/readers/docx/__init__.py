"""Reads DOCX: headings, paragraphs, lists, notes, equations and tables in the order of the document.
Knows nothing about other formats."""

from __future__ import annotations

from workbench.corpus.readers.docx.inline import BY_PAGE, Source
from workbench.corpus.readers.docx.notes import Notes
from workbench.corpus.readers.docx.numbering import Numbering
from workbench.corpus.readers.docx.page_margins import count_comments, read_page_margins
from workbench.corpus.readers.docx.story import StoryReader
from workbench.corpus.readers.docx.styles import Styles
from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText, Unreadable, clean
from workbench.corpus.readers.office.blocks import Block, as_markdown
from workbench.corpus.readers.office.markup import child
from workbench.corpus.readers.office.package import OfficeFormat, Package
from workbench.corpus.readers.titles import choose_title

WORD = OfficeFormat("a Word document", "Word", ".docx", ".doc", "word/document.xml", "w:document")


def read_docx(data: bytes) -> ReadText:
    """Read a Word document as Markdown. Raises Unreadable when it is damaged, encrypted or an old .doc."""
    package = Package(data, WORD)
    body = child(package.read_main(), "w:body")
    if body is None:
        raise Unreadable("it is not a Word document (it has no body); save it again as .docx")
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
        note=package.note,
        left_out=source.left_out.entries(),
    )


def _title(package: Package, story: StoryReader, blocks: list[Block]) -> str | None:
    """A paragraph that has the style of a title, else the file's metadata, else the first heading."""
    heading = next((block.text for block in blocks if block.kind == "heading"), None)
    return choose_title(None, story.title) or choose_title(package.title, heading)
