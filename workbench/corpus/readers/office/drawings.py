"""Reads what charts and diagrams (SmartArt) say, and judges the descriptions of pictures.
Knows nothing about where they stand."""

from __future__ import annotations

import re

from workbench.corpus.readers.office.markup import Element, attribute, child, descendants, number

MOST_POINTS = 500  # of a chart's series; the rest of a longer one is a curve and no reading matter
_BY_MACHINE = re.compile(r"automatically generated|AI-generated|machine generated", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"\S*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)|(?:picture|image|grafik|bild|logo) ?\d*", re.I
)


def useful_description(text: str) -> str:
    """Return a picture's description if somebody wrote one; "" for a file's name or a program's guess."""
    text = " ".join(text.split())
    if _BY_MACHINE.search(text) or _FILE_NAME.fullmatch(text) or len(text.split()) < 2:
        return ""
    return text


def read_diagram(data: Element) -> list[str]:
    """The texts of a diagram's shapes."""
    texts = ("".join(run.text or "" for run in descendants(line, "a:t")) for line in descendants(data, "a:p"))
    return [text.strip() for text in texts if text.strip()]


def read_chart(chart: Element) -> tuple[str, list[list[str]]]:
    """The title, and a table with one row per category and one column per series."""
    titles = [_title(title) for title in descendants(chart, "c:title")]
    series = list(descendants(chart, "c:ser"))
    names = [" ".join(_points(child(entry, "c:tx")).values()) for entry in series]
    labels: dict[int, str] = {}
    columns = []
    for entry in series:
        for axis in ("c:cat", "c:xVal"):
            labels = _points(child(entry, axis)) | labels
        columns.append(_points(child(entry, "c:val")) or _points(child(entry, "c:yVal")))
    places = sorted({*labels, *(place for column in columns for place in column)})[:MOST_POINTS]
    rows = [[labels.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    if any(names):
        rows.insert(0, ["", *names])
    return "; ".join(title for title in titles if title), rows


def _title(element: Element) -> str:
    return "".join(run.text or "" for run in descendants(element, "a:t")).strip()


def _points(element: Element | None) -> dict[int, str]:
    """Place → the value that the file remembers from the chart's worksheet."""
    if element is None:
        return {}
    values = {
        number(attribute(point, "idx"), 0): _tidy(child(point, "c:v"))
        for point in descendants(element, "c:pt")
    }
    return values or {place: _tidy(found) for place, found in enumerate(descendants(element, "c:v"))}


def _tidy(element: Element | None) -> str:
    """A value without the digits that come of computing (0.30000000000000004)."""
    text = (element.text or "").strip() if element is not None else ""
    return f"{float(text):.6g}" if re.fullmatch(r"-?\d+\.\d{7,}", text) else text
