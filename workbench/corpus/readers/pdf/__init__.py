"""Reads PDF with PDFium, one step a file: what a page shows, tables, columns, running heads, paragraphs.
Knows nothing about other formats."""

from workbench.corpus.readers.pdf.reader import read_pdf

__all__ = ["read_pdf"]
