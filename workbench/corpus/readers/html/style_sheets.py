"""Finds the classes and ids that a page's own style sheets hide for good.
Knows nothing about elements, and reads no style sheet outside the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from workbench.corpus.readers.html.survey import attribute

HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTOR = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9]*)?([.#][\w-]+)")
STATE = re.compile(r":(?:checked|target|focus|hover|active|has)\b")
MOST_CHARACTERS = 200_000  # of style sheets that are looked through


def hidden_names(page: LexborHTMLParser) -> frozenset[str]:
    """The classes (".name") and ids ("#name") of elements that nothing ever shows.

    Rules and scripts may show them later, as the answers of an FAQ are shown. So a page with any script, or
    with rules for what is ticked or pointed at, has none.
    """
    css = COMMENT.sub(" ", "\n".join(style.text() for style in page.css("style")))[:MOST_CHARACTERS]
    if not HIDDEN.search(css.replace("{", ";")) or STATE.search(css) or _has_scripts(page):
        return frozenset()
    names = {
        match[1]
        for selectors, declarations in _rules(css)
        if HIDDEN.search(declarations)
        for selector in selectors.split(",")
        if (match := SELECTOR.fullmatch(selector.strip()))
    }
    return frozenset(name for name in names if len(re.findall(rf"{re.escape(name)}(?![\w-])", css)) == 1)


def _has_scripts(page: LexborHTMLParser) -> bool:
    is_data = ("json", "template")  # kinds of <script> that nothing runs
    scripts = page.css("script")
    return page.css_first("[onclick]") is not None or not all(
        attribute(script, "type").endswith(is_data) for script in scripts
    )


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of the rules that hold everywhere; those of @media and the like do not."""
    depth = start = 0
    prelude = ""
    for mark in re.finditer(r"[{}]", css):
        text, start = css[start : mark.start()], mark.end()
        if mark[0] == "{":
            depth += 1
            if depth == 1:
                prelude = text.rpartition(";")[2].strip()  # behind an @import
        else:
            if depth == 1 and not prelude.startswith("@"):
                yield prelude, text
            depth = max(0, depth - 1)
