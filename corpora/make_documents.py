"""Makes the PDF and DOCX documents of the sample corpora from the plain text under their `sources/`.

Knows nothing about the workbench. The documents are committed, so nobody has to run this; it needs
reportlab and python-docx:  python corpora/make_documents.py

A source is a small subset of Markdown: `#` and `##` headings, `- ` list items, `|` table rows,
`---` for a new page, and paragraphs, set apart by blank lines. Its name says what is made of it:
`NAME.pdf.md` or `NAME.docx.md`.
"""

from pathlib import Path

import docx
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).parent


def blocks_of(source: str) -> list[tuple[str, list[str]]]:
    """(kind, lines) of each block; kind is one of title, heading, list, table, page, text."""
    blocks = []
    for part in source.strip().split("\n\n"):
        lines = part.strip().splitlines()
        first = lines[0]
        if first.startswith("# "):
            blocks.append(("title", [first[2:]]))
        elif first.startswith("## "):
            blocks.append(("heading", [first[3:]]))
        elif first.startswith("- "):
            blocks.append(("list", [line[2:] for line in lines]))
        elif first.startswith("|"):
            blocks.append(("table", lines))
        elif first == "---":
            blocks.append(("page", []))
        else:
            blocks.append(("text", [" ".join(lines)]))
    return blocks


def cells_of(rows: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def make_pdf(source: str, target: Path) -> None:
    styles = getSampleStyleSheet()
    title = blocks_of(source)[0][1][0]
    story: list[Flowable] = []
    for kind, lines in blocks_of(source):
        if kind == "page":
            story.append(PageBreak())
        elif kind == "table":
            body = [[Paragraph(cell, styles["BodyText"]) for cell in row] for row in cells_of(lines)]
            grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey)])
            story += [Table(body, style=grid), Spacer(1, 8)]
        else:
            name = {"title": "Title", "heading": "Heading2"}.get(kind, "BodyText")
            bullet = "•" if kind == "list" else None
            story += [Paragraph(line, styles[name], bulletText=bullet) for line in lines]

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 30, title)
        canvas.drawRightString(A4[0] - 60, 30, f"Page {document.page}")

    document = SimpleDocTemplate(str(target), pagesize=A4, title=title, invariant=1)
    document.build(story, onFirstPage=footer, onLaterPages=footer)


def make_docx(source: str, target: Path) -> None:
    document = docx.Document()
    for kind, lines in blocks_of(source):
        if kind == "table":
            rows = cells_of(lines)
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for row, texts in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        elif kind == "page":
            document.add_page_break()
        elif kind in ("title", "heading"):
            document.add_heading(lines[0], level=1 if kind == "title" else 2)
        else:
            for line in lines:
                document.add_paragraph(line, style="List Bullet" if kind == "list" else None)
    document.save(str(target))


def main() -> None:
    for source in sorted(HERE.glob("*/sources/*.md")):
        target = source.parent.parent / "documents" / source.stem
        make = make_pdf if target.suffix == ".pdf" else make_docx
        make(source.read_text(encoding="utf-8"), target)


if __name__ == "__main__":
    main()
