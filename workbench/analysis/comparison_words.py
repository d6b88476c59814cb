"""Says in words what a comparison of two trials found, alone and among all that were compared.
Knows nothing about how it is computed: what is said rests on the stored figures alone."""

from __future__ import annotations

from typing import Any

from workbench.formatting import counted, p_text
from workbench.space.scores import LIKED
from workbench.store.figures import Comparison


def comparison_in_words(comparison: Comparison, other: str | None = None) -> str:
    """One sentence with the verdict, of the pair alone and corrected for all pairs.

    other: what to call the second trial; None takes the name in the stored verdict.
    """
    name = other or _name_in(comparison)
    if comparison.p is None or comparison.p_corrected is None:
        return _capitalised(comparison.verdict.replace(_name_in(comparison), name)) + "."
    alone, corrected = p_text(comparison.p), p_text(comparison.p_corrected)
    pairs = f"the {comparison.compared:,} pairs of this leaderboard"
    if comparison.compared < 2:
        return _capitalised(f"{_plain(comparison, name)} ({alone}).")
    if comparison.better is not None:
        way = "Better" if comparison.better else "Worse"
        return f"{way} than {name}: {alone} on this pair alone, {corrected} after correction for {pairs}."
    if comparison.better_alone is not None:
        way = "Better" if comparison.better_alone else "Worse"
        return (
            f"{way} than {name} on this pair alone ({alone}); after correction for {pairs} they are tied "
            f"({corrected})."
        )
    return _capitalised(f"{_plain(comparison, name)} ({alone} on this pair alone).")


def interval_note(comparison: Comparison) -> str:
    """Why the interval and the verdict seem to disagree, in words; "" where they do not."""
    if comparison.low is None or comparison.high is None or comparison.p is None:
        return ""
    leaves_out_zero = comparison.low > 0 or comparison.high < 0
    if leaves_out_zero and comparison.better is None and comparison.better_alone is not None:
        return (
            "The interval is that of this pair alone and leaves out 0. It is not widened for the "
            f"{comparison.compared:,} pairs that were compared; the verdict counts them."
        )
    if leaves_out_zero != (comparison.better_alone is not None):
        says = "leaves out" if leaves_out_zero else "includes"
        return (
            f"The interval {says} 0 although {p_text(comparison.p)}: they are computed by different methods, "
            "and this is a borderline case. The verdict follows p."
        )
    return ""


def needed_in_words(comparison: Comparison) -> str:
    """How many questions would tell the two trials apart, in words; never empty. By `liked`, ratings do."""
    if comparison.better is not None:
        return "none: the difference is significant"
    if comparison.score == LIKED:
        return "more ratings, on the page Review"
    if comparison.questions_needed is not None:
        return f"about {counted(_rounded(comparison.questions_needed), 'question')} to tell them apart"
    if comparison.p is None:
        return "not enough common questions to estimate"
    if not comparison.mean:
        return "no difference so far, so the number cannot be estimated"
    return "over a million questions to tell them apart"


def _rounded(count: int) -> int:
    """Two significant digits: the estimate is no better than that."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step


def _plain(comparison: Comparison, name: str) -> str:
    verdict = comparison.verdict.replace("cannot be told apart from", "tied with")  # as older homes store it
    return verdict.replace(_name_in(comparison), name)


def _name_in(comparison: Comparison) -> str:
    return {"leader": "the leader", "baseline": "the baseline"}.get(comparison.kind, "the other")


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def comparison_to_json(comparison: Comparison | None, other: str | None = None) -> dict[str, Any] | None:
    """A comparison as `leaderboard --json` and `compare --json` show it.

    `to` is the id of the second trial; `p_holm` is `p_corrected` under its former name.

    other: what to call the second trial in words, as in `comparison_in_words`.
    """
    if comparison is None:
        return None
    figures = (
        "score", "mean", "low", "high", "p", "p_corrected", "compared", "questions", "groups",
        "questions_needed", "better", "better_alone", "verdict",
    )  # fmt: skip
    return {
        "to": comparison.other_id,
        **{name: getattr(comparison, name) for name in figures},
        "p_holm": comparison.p_corrected,
        "in_words": comparison_in_words(comparison, other),
        "interval_note": interval_note(comparison),
        "needed_in_words": needed_in_words(comparison),
    }
