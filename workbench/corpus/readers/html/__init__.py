"""Reads HTML: the main text with its headings, lists, tables and code, without menus and other boilerplate.
Knows nothing about other formats."""

from workbench.corpus.readers.html.reader import read_html as read_html
