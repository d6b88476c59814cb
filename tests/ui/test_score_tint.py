"""Scores' signs and colours: limits, contrast, and that colour-blind people tell them apart.
Knows nothing about pages."""

from __future__ import annotations

import pytest

from workbench.parts.score_state import score_state
from workbench.parts.scores import GROUNDING
from workbench.scoring.support import SUPPORTED, UNSUPPORTED
from workbench.ui.widgets.score_tint import TINTS, Colours, Tint, signed, tint_of, tinted_html


def _channels(colour: str) -> list[float]:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def _luminance(colour: str) -> float:
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), _channels(colour), strict=True))


def _contrast(colours: Colours) -> float:
    low, high = sorted((_luminance(colours.background), _luminance(colours.text)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tint", TINTS.values(), ids=lambda t: t.name)
def test_text_on_a_tint_has_the_contrast_that_small_text_needs(tint: Tint) -> None:
    assert _contrast(tint.light) >= 4.5 and _contrast(tint.dark) >= 4.5


def _as_seen_without_red_or_green(colour: str) -> tuple[float, float]:
    """Deuteranopia after Viénot, Brettel and Mollon (1999): red and green become one channel."""
    red, green, blue = _channels(colour)
    return 0.29275 * red + 0.70725 * green, -0.02234 * red + 0.02234 * green + blue


def test_good_and_poor_are_told_apart_without_red_and_green_and_by_their_signs() -> None:
    for theme in ("light", "dark"):
        good, poor = (
            _as_seen_without_red_or_green(TINTS[n].colours(theme).background) for n in ("good", "poor")
        )
        ratios = [(max(g, p) + 0.02) / (min(g, p) + 0.02) for g, p in zip(good, poor, strict=True)]
        assert max(ratios) >= 1.15
    assert len({t.sign for t in TINTS.values()}) == len(TINTS)


@pytest.mark.parametrize(
    ("score", "value", "shown"),
    [
        ("correctness", 0.5, "0.50 ✓"),
        ("correctness", 0.3, "0.30 ~"),
        ("correctness", 0.29, "0.29 ✗"),
        ("grounding", 0.25, "0.25 ~"),
        ("toxicity", 0.08, "0.08 ✓"),
        ("injection", 1.0, "1.00 ✗"),
        ("retrieval_precision", 0.2, "0.20"),
        ("correctness", None, "–"),
    ],
)
def test_a_score_has_the_sign_of_its_side(score: str, value: float | None, shown: str) -> None:
    assert signed(score, value) == shown


def test_a_failed_score_is_neither_good_nor_poor() -> None:
    assert tint_of("correctness", None, "failed").name == "failed"
    assert signed("correctness", None, "failed") == "failed !"
    assert tint_of("correctness", 1.0, "not_applicable").name == "none"


def test_grounding_is_good_and_poor_where_its_claims_are_supported_and_not() -> None:
    assert (GROUNDING.good_from, GROUNDING.poor_below) == (SUPPORTED, UNSUPPORTED)
    assert score_state("grounding", SUPPORTED) == "good"


def test_text_in_a_tint_is_escaped() -> None:
    assert "<b>" not in tinted_html("<b>", TINTS["good"], '"<i>')
