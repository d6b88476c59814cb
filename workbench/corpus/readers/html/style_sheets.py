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
MOST_CHARACTERS = 200_000  # of style sheets that are looked through


def hidden_names(page: LexborHTMLParser) -> frozenset[str]:
    """The classes (".name") and ids ("#name") of elements that nothing ever shows.

    What another rule or a script names may be shown later, as the answers of an FAQ are. So there are none on
    a page with scripts of other files.
    """
    css = COMMENT.sub(" ", "\n".join(style.text() for style in page.css("style")))[:MOST_CHARACTERS]
    if not HIDDEN.search(css.replace("{", ";")) or page.css_first("script[src]") is not None:
        return frozenset()
    scripts = " ".join(
        [script.text() for script in page.css("script")]
        + [attribute(node, "onclick") for node in page.css("[onclick]")]
    )
    names = set()
    for selectors, declarations in _rules(css):
        if HIDDEN.search(declarations):
            matches = [SELECTOR.fullmatch(selector.strip()) for selector in selectors.split(",")]
            names.update(match[1] for match in matches if match)
    return frozenset(
        name
        for name in names
        if len(re.findall(rf"{re.escape(name)}(?![\w-])", css)) == 1
        and not re.search(rf"(?<![\w-]){re.escape(name[1:])}(?![\w-])", scripts, re.IGNORECASE)
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
