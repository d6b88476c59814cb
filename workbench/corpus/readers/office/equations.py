"""Writes equations in one line, as in x^2, (a + b)/c, √(x), ∑_(i=1)^n.
Knows nothing about the text around them."""

from __future__ import annotations

import re
import unicodedata

from workbench.corpus.readers.office.markup import Element, child, is_on, name, value

_STYLED_LETTERS = re.compile("[\U0001d400-\U0001d7ff\u210e]+")
_ONE_TERM = re.compile(r"[\w.,'′∞]*")
_COMBINING = {"^": "\u0302", "~": "\u0303", "¯": "\u0304", "→": "\u20d7", "˙": "\u0307", "¨": "\u0308"}


def write_equation(element: Element) -> str:
    """Return an equation (<m:oMath>) or a part of one as text."""
    kind = name(element)
    if kind in ("m:t", "w:t"):
        return _STYLED_LETTERS.sub(lambda m: unicodedata.normalize("NFKC", m.group()), element.text or "")
    if kind in ("w:tab", "w:br"):
        return " "
    if kind.endswith("Pr") or kind in ("w:del", "w:moveFrom", "w:delText", "w:instrText"):
        return ""
    form = _FORMS.get(kind)
    return form(element) if form is not None else "".join(write_equation(inner) for inner in element)


def _part(element: Element, part: str) -> str:
    inner = child(element, f"m:{part}")
    return write_equation(inner).strip() if inner is not None else ""


def _grouped(text: str) -> str:
    """Put what is more than one term in parentheses."""
    return text if _ONE_TERM.fullmatch(text) or _is_in_parentheses(text) else f"({text})"


def _is_in_parentheses(text: str) -> bool:
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _setting(element: Element, setting: str, default: str) -> str:
    """A character that the properties name; they may name none ("")."""
    properties = child(element, f"{name(element)}Pr")
    return value(properties, f"m:{setting}") if child(properties, f"m:{setting}") is not None else default


def _scripts(element: Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    return (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _with_scripts(element: Element) -> str:
    return _grouped(_part(element, "e")) + _scripts(element)


def _fraction(element: Element) -> str:
    over, under = _grouped(_part(element, "num")), _grouped(_part(element, "den"))
    if _setting(element, "type", "bar") == "noBar":  # n over k, as in a binomial
        return f"{over} over {under}"
    return f"{over}/{under}"


def _root(element: Element) -> str:
    degree, inner = _part(element, "deg"), _part(element, "e")
    if degree in ("", "2"):
        return f"√({inner})"
    return {"3": "∛", "4": "∜"}.get(degree, f"root_{_grouped(degree)} of ") + f"({inner})"


def _large_operator(element: Element) -> str:
    return f"{_setting(element, 'chr', '∫')}{_scripts(element)} {_part(element, 'e')}"


def _delimiters(element: Element) -> str:
    left, between, right = (
        _setting(element, key, default)
        for key, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
    )
    parts = [write_equation(inner).strip() for inner in element if name(inner) == "m:e"]
    return left + f" {between} ".join(parts) + right


def _function(element: Element) -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _accent(element: Element) -> str:
    mark = _setting(element, "chr", "\u0302")
    return _grouped(_part(element, "e")) + _COMBINING.get(mark, mark)


def _rows(element: Element) -> str:
    return "; ".join(write_equation(row).strip() for row in element if name(row) == "m:e")


def _matrix(element: Element) -> str:
    rows = [
        ", ".join(write_equation(cell).strip() for cell in row if name(cell) == "m:e")
        for row in element
        if name(row) == "m:mr"
    ]
    return f"[{'; '.join(rows)}]"


def _phantom(element: Element) -> str:
    return "" if is_on(child(element, "m:phantPr", "m:show")) is False else _part(element, "e")


_FORMS = {
    "m:f": _fraction,
    "m:sSup": _with_scripts,
    "m:sSub": _with_scripts,
    "m:sSubSup": _with_scripts,
    "m:sPre": lambda element: f"{_scripts(element)}{_grouped(_part(element, 'e'))}",
    "m:rad": _root,
    "m:nary": _large_operator,
    "m:d": _delimiters,
    "m:func": _function,
    "m:limLow": lambda element: f"{_part(element, 'e')}_{_grouped(_part(element, 'lim'))}",
    "m:limUpp": lambda element: f"{_part(element, 'e')}^{_grouped(_part(element, 'lim'))}",
    "m:acc": _accent,
    "m:eqArr": _rows,
    "m:m": _matrix,
    "m:phant": _phantom,
}
