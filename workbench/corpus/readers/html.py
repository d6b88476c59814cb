"""Reads HTML: the main text with its headings, lists and tables, without navigation and other boilerplate.
Knows nothing about other formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.corpus.readers.extracted_text import ReadText, clean
from workbench.corpus.readers.plain_text import decode

if TYPE_CHECKING:
    from bs4 import Tag

# Boilerplate is told by element or role, never by class names, which differ on every site and lose real text.
BOILERPLATE = ("script", "style", "noscript", "template", "svg", "nav", "header", "footer", "aside", "form",
               "iframe", "button")  # fmt: skip
BOILERPLATE_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
BLOCKS = ("p", "div", "section", "article", "main", "ul", "ol", "dl", "blockquote", "figure", "figcaption",
          "address", "details", "summary", "dt", "dd", "body", "pre")  # fmt: skip
LEAST_MAIN_SHARE = 0.25  # of the page's text; a smaller <main> or <article> does not hold the main text
META_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)


def read_html(data: bytes) -> ReadText:
    """Read a page as Markdown. Raises Unreadable for what is not text."""
    from bs4 import BeautifulSoup

    charset = META_CHARSET.search(data[:4096])
    note = ""
    if charset and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        soup = BeautifulSoup(data, "html.parser", from_encoding=charset.group(1).decode("ascii"))
    else:
        text, note = decode(data)
        soup = BeautifulSoup(text, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else None
    heading = soup.find("h1")
    if heading is not None:
        title = heading.get_text(" ", strip=True) or title
    page_characters = len(soup.get_text(" ", strip=True))
    root = soup.find("main") or soup.find("article") or soup.body or soup
    for element in root.find_all(BOILERPLATE):
        # A header inside the article holds its title, not the site's menu.
        if element.name == "header" and element.find(("h1", "h2")) is not None:
            continue
        element.decompose()
    for role in BOILERPLATE_ROLES:
        for element in root.find_all(attrs={"role": role}):
            element.decompose()
    main_text = _tidy(_render(root))
    too_short = len(main_text) < LEAST_MAIN_SHARE * page_characters
    if too_short and root.name in ("main", "article") and soup.body:
        main_text = max(main_text, _tidy(_render(soup.body)), key=len)
    return ReadText(clean(main_text), title=title or None, note=note)


def _render(element: Tag) -> str:
    from bs4 import Comment, NavigableString, Tag

    parts: list[str] = []
    for child in element.children:
        if isinstance(child, Comment):
            continue
        if isinstance(child, NavigableString):
            parts.append(str(child) if element.name == "pre" else re.sub(r"\s+", " ", str(child)))
        elif isinstance(child, Tag):
            parts.append(_render_tag(child))
    return "".join(parts)


def _render_tag(tag: Tag) -> str:
    name = tag.name
    if name in ("script", "style", "title", "head"):
        return ""
    if re.fullmatch(r"h[1-6]", name):
        return f"\n\n{'#' * int(name[1])} {tag.get_text(' ', strip=True)}\n\n"
    if name == "br":
        return "\n"
    if name == "table":
        return f"\n\n{_table(tag)}\n\n"
    if name == "li":
        return f"\n- {_render(tag).strip()}"
    inner = _render(tag)
    return f"\n\n{inner}\n\n" if name in BLOCKS else inner


def _table(tag: Tag) -> str:
    lines = []
    for row in tag.find_all("tr"):
        cells = [c.get_text(" ", strip=True) for c in row.find_all(("td", "th"))]
        if any(cells):
            lines.append("| " + " | ".join(cells) + " |")
    caption = tag.find("caption")
    if caption is not None:
        lines.insert(0, caption.get_text(" ", strip=True))
    return "\n".join(lines)


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t\xa0]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
