"""Reads a page: decodes and parses it, finds its main part, and renders it as Markdown.
Knows nothing about other formats."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from workbench.corpus.readers.extracted_text import SURROGATE, ReadText, Unreadable, clean
from workbench.corpus.readers.html.boilerplate import Boilerplate, Hiding
from workbench.corpus.readers.html.charset import decode_page
from workbench.corpus.readers.html.rendering import Renderer
from workbench.corpus.readers.html.survey import Survey, text_of
from workbench.corpus.readers.titles import choose_title

LEAST_MAIN_SHARE = 0.25  # of the page's text; a smaller <main> does not hold the main text
LEAST_REPEATED = 10_000  # characters that cells over several rows may add to any page


def read_html(data: bytes) -> ReadText:
    """Read a page as Markdown. Raises Unreadable for what is not text and for a set of frames."""
    markup, note = decode_page(data)
    page = LexborHTMLParser(SURROGATE.sub("\ufffd", markup))
    if page.body is None:
        frames = ", ".join(frame.attributes.get("src") or "?" for frame in page.css("frame")[:5])
        raise Unreadable(f"it only shows other pages in frames ({frames}); add those files")
    hiding = Hiding(page)
    survey = Survey(page, hiding.hides)
    characters = survey.of(page.body).characters
    mains = survey.mains
    if sum(survey.of(main).characters for main in mains) < LEAST_MAIN_SHARE * characters:
        mains = []
    kinds = Boilerplate(survey, hiding, characters)
    renderer = Renderer(survey, kinds, mains, max(LEAST_REPEATED, len(markup)))
    text = clean(renderer.render(page.body))
    title = page.css_first("head > title") or page.css_first("title")
    heading = page.css_first("h1")
    return ReadText(
        text,
        title=choose_title(None, renderer.title, text_of(heading) if heading is not None else None)
        or choose_title(title.text() if title is not None else None, renderer.first_heading),
        note=note,
        left_out=renderer.left_out.entries(),
    )
