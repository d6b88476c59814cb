"""Writes an equation in MathML on one line.
Knows nothing about the rest of a page."""

from __future__ import annotations

from workbench.corpus.readers.html.survey import COMMENT, TEXT, Node, children, raw_text, text_of

NOT_SYMBOLS = ("annotation", "annotation-xml", COMMENT)
DEEPEST = 40  # levels; what is deeper is written as its plain text


def math_text(node: Node) -> str:
    """The text that its author gave it, its TeX source, or its symbols: "a^2 + b^2", "(1)/(2)"."""
    text = (node.attributes.get("alttext") or "").strip()
    if text:
        return " ".join(text.split())
    for annotation in node.css("annotation"):
        if "tex" in (annotation.attributes.get("encoding") or ""):
            return text_of(annotation)
    return " ".join(_symbols(node, DEEPEST).split())


# How two-dimensional elements are written on a line, by the number of their parts.
PATTERNS = {
    ("mfrac", 2): "{0}/{1}",
    ("msup", 2): "{0}^{1}",
    ("msub", 2): "{0}_{1}",
    ("msubsup", 3): "{0}_{1}^{2}",
    ("msqrt", 1): "√{0}",
    ("mroot", 2): "{0}^(1/{1})",
}
BEHIND = {"mtd": " ", "mtr": "; "}  # the cells and rows of a matrix
SPACED = frozenset("+ - − = < > ≤ ≥ ≠ ± × ·".split())


def _symbols(node: Node, levels: int) -> str:
    if node.tag == TEXT:
        return raw_text(node).strip()
    if node.tag in NOT_SYMBOLS:
        return ""
    if levels == 0:
        return text_of(node)
    parts = list(filter(None, (_symbols(child, levels - 1) for child in children(node))))
    pattern = PATTERNS.get((node.tag or "", len(parts)))
    if pattern is not None:
        return pattern.format(*(part if part.isalnum() else f"({part})" for part in parts))
    text = "".join(parts)
    if node.tag == "mo" and text in SPACED:
        return f" {text} "
    return text + BEHIND.get(node.tag or "", "")
