"""Gives each score a sign and a colour, the same on every page: right and wrong are told by both.
Knows nothing about limits: parts/score_state.py says what is good and what is poor."""

from __future__ import annotations

import html
from dataclasses import dataclass

from workbench.parts.score_state import ScoreState, score_state


@dataclass(frozen=True)
class Colours:
    """Colours of a tinted cell or badge in one theme, as #rrggbb. Their contrast is at least 4.5."""

    background: str
    text: str


@dataclass(frozen=True)
class Tint:
    """How a state of a score is shown."""

    name: str
    """Its name in class names: "good", "unclear", "poor", "failed" or "none"."""
    sign: str
    """One character that says the same as the colour."""
    words: str
    """The state in words, for tooltips and screen readers."""
    light: Colours
    """The colours on a light page."""
    dark: Colours
    """The colours on a dark page."""

    def colours(self, theme: str | None) -> Colours:
        """Return the colours of a theme.

        theme: "dark", or anything else for light, as st.context.theme.type says.
        """
        return self.dark if theme == "dark" else self.light


# Bluish green and vermilion: people who see no difference between red and green tell these apart, too.
GREEN, VERMILION, GREY = "#009e73", "#d55e00", "#7d8590"
"""Lines and bands of good, of poor, and of neither, on light and dark pages."""
TINTS = {
    tint.name: tint
    for tint in (
        Tint("good", "✓", "good", Colours("#c9ecdf", "#0a4a37"), Colours("#0e4a3a", "#b9f2de")),
        Tint("unclear", "~", "in between", Colours("#f4eabf", "#574700"), Colours("#4b4114", "#f6e9ad")),
        Tint("poor", "✗", "poor", Colours("#fbd8ca", "#852900"), Colours("#63260f", "#ffd6c5")),
        Tint("failed", "!", "failed", Colours("#e4d7f2", "#4c2376"), Colours("#452468", "#e8d8fb")),
        Tint("none", "–", "no value", Colours("#e9ecf0", "#3c4450"), Colours("#2c323b", "#cdd5df")),
    )
}
TINT_OF_VERDICT = {
    "winner": "good",
    "no winner yet": "unclear",
    "nothing feasible": "poor",
    "nothing ranked": "none",
}
"""Kind of an experiment's verdict → the name of its tint."""


def tint_of(score: str, value: float | None, status: str = "ok") -> Tint:
    """Return the tint of one answer's score.

    score: the score's name.
    value: None where there is none.
    status: "ok", "failed" or "not_applicable".
    """
    if status == "failed":
        return TINTS["failed"]
    state: ScoreState | None = None if value is None or status != "ok" else score_state(score, value)
    return TINTS[state or "none"]


def signed(score: str, value: float | None, status: str = "ok") -> str:
    """Return a value with its sign: "0.83 ✓", "0.20 ✗", "failed !", "–". Without limits it has no sign."""
    tint = tint_of(score, value, status)
    if tint.name == "failed":
        return f"failed {tint.sign}"
    if value is None or status != "ok":
        return tint.sign
    return f"{value:.2f}" if tint.name == "none" else f"{value:.2f} {tint.sign}"


def tinted_html(text: str, tint: Tint, tooltip: str = "") -> str:
    """Return a text in a small tinted box, as escaped HTML; TINT_STYLE must be on the page."""
    title = html.escape(tooltip or tint.words)
    return f'<span class="wb-tint wb-{tint.name}" title="{title}">{html.escape(text)}</span>'


def _rule(tint: Tint) -> str:
    """The browser takes the colours of the theme that the app has; an old browser takes the light ones."""
    light, dark = tint.light, tint.dark
    return (
        f".wb-{tint.name}{{background:{light.background};color:{light.text};"
        f"background:light-dark({light.background},{dark.background});"
        f"color:light-dark({light.text},{dark.text})}}"
    )


TINT_RULES = "".join(map(_rule, TINTS.values()))
"""The rules of the classes "wb-good" and so on, as CSS."""

TINT_STYLE = (
    "<style>.wb-tint{padding:.1em .45em;border-radius:.35em;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}"
    ".wb-badges{display:flex;flex-wrap:wrap;gap:.35rem;font-size:.875rem}"
    f"{TINT_RULES}</style>"
)
