"""Reads the main text of a page from the web as Markdown, by trafilatura: no menus, footers and comments.
Knows nothing about where the page is from.

Files that people add go through reader.py, which keeps more of a page; a site's pages repeat their frame on
every one, and trafilatura is better at leaving that out."""

from __future__ import annotations

from workbench.corpus.readers.extracted_text import ReadText, Unreadable, clean
from workbench.corpus.readers.html.charset import decode_page
from workbench.corpus.readers.titles import choose_title

LEAST_SHARE = 0.25  # of what read_html finds; where trafilatura finds less, it has missed the main text


def read_article(data: bytes) -> ReadText:
    """Read a page as Markdown that begins with its title.

    A page in which trafilatura finds no main text is read by read_html. Raises Unreadable as that does.
    """
    import trafilatura
    from trafilatura.metadata import extract_metadata
    from trafilatura.settings import use_config

    from workbench.corpus.readers.html.reader import read_html

    markup, note = decode_page(data)
    whole = read_html(data)
    config = use_config()
    for size in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE"):
        config["DEFAULT"][size] = "1"  # else a short page is taken with its menus
    text = trafilatura.extract(
        markup, output_format="markdown", include_tables=True, include_formatting=True,
        include_comments=False, include_links=False, favor_recall=True, config=config,
    )  # fmt: skip
    text = clean(text or "").strip()
    if len(text) < LEAST_SHARE * len(whole.text):
        text, note = whole.text.strip(), whole.note
    if not text:
        raise Unreadable("the page has no text; it may be written by a script")
    found = extract_metadata(markup)
    title = whole.title or choose_title(None, found.title if found else None)
    if title and not text.startswith(f"# {title}"):
        text = f"# {title}\n\n{_without_first_heading(text, title)}"
    return ReadText(f"{text}\n", title=title, note=note)


def _without_first_heading(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if first.lstrip("# ").strip() == title else text
