"""Another objective for a finished table: what is best, and bounds by sliders; kept in the address.
Knows nothing about ranking: the rows are ranked anew from what is stored."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.scoring.registry import higher_is_better
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.ui.widgets.figures import label_of

PARAMETER = "objective"


def to_text(objective: Objective) -> str:
    """ "max correctness; grounding >= 0.8; cost_per_1k_questions <= 2": short enough for an address."""
    word = "max" if objective.sign > 0 else "min"
    bounds = [f"{n} >= {v:g}" for n, v in objective.at_least.items()]
    bounds += [f"{n} <= {v:g}" for n, v in objective.at_most.items()]
    return "; ".join([f"{word} {objective.target}", *bounds])


def from_text(text: str, allowed: Sequence[str]) -> Objective | None:
    """None for what is no such text, or names a measure that is not there."""
    first, *rest = (part.strip() for part in text.split(";"))
    word, _, target = first.partition(" ")
    if word not in ("max", "min") or target not in allowed:
        return None
    bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
    for part in rest:
        for sign, kind in ((">=", "at_least"), ("<=", "at_most")):
            name, found, value = (piece.strip() for piece in part.partition(sign))
            if found and name in allowed:
                try:
                    bounds[kind][name] = float(value)
                except ValueError:
                    return None
    return Objective.model_validate({"maximize" if word == "max" else "minimize": target, **bounds})


def _lower_is_better(name: str) -> bool:
    return name in COST_MEASURES or not higher_is_better(name)


def choose_objective(written: Objective, rows: Sequence[LeaderboardRow]) -> Objective:
    """The experiment's objective, or the one that is turned to here."""
    measures = [n for n in _measures(rows) if any(measure(row.search, n) is not None for row in rows)]
    stored = from_text(st.query_params.get(PARAMETER, ""), measures) or written
    with st.expander("Another objective", icon=":material/tune:", expanded=stored != written):
        left, right = st.columns([1, 2], gap="large")
        if stored.target not in measures:
            measures.append(stored.target)
        target = left.selectbox(
            "Best is",
            measures,
            measures.index(stored.target),
            key="leaderboard.target",
            format_func=_aim_text,
        )
        bounded = right.multiselect(
            "Bounds on", [m for m in measures if m != target],
            [m for m in (*stored.at_least, *stored.at_most) if m in measures and m != target],
            key="leaderboard.bounded", format_func=label_of,
        )  # fmt: skip
        bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
        for name in bounded:
            kind = "at_most" if _lower_is_better(name) else "at_least"
            given = stored.at_least.get(name, stored.at_most.get(name))
            value = _slider(right, rows, name, kind, given)
            if value is not None:
                bounds[kind][name] = value
        word = "minimize" if _lower_is_better(target) else "maximize"
        chosen = Objective.model_validate({word: target, **bounds})
        if chosen == _single(written):
            st.query_params.pop(PARAMETER, None)
            return written
        st.query_params[PARAMETER] = to_text(chosen)
        st.caption(
            "Ranked anew from what is stored; no model is asked. The experiment's own objective stays."
        )
        st.button("Back to the experiment's objective", key="leaderboard.back", on_click=_forget)
    return chosen


def _single(objective: Objective) -> Objective:
    word = "maximize" if objective.sign > 0 else "minimize"
    return Objective.model_validate(
        {word: objective.target, "at_least": objective.at_least, "at_most": objective.at_most}
    )


def _forget() -> None:
    st.query_params.pop(PARAMETER, None)
    for key in [
        k for k in st.session_state if str(k).startswith(("leaderboard.target", "leaderboard.bound"))
    ]:
        del st.session_state[key]


def _measures(rows: Sequence[LeaderboardRow]) -> list[str]:
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row.search.scores if row.search else ()))
    return [*found, *COST_MEASURES]


def _aim_text(name: str) -> str:
    return f"{'lowest' if _lower_is_better(name) else 'highest'} {label_of(name)}"


def _slider(
    place: st.delta_generator.DeltaGenerator,
    rows: Sequence[LeaderboardRow],
    name: str,
    kind: str,
    given: float | None,
) -> float | None:
    """A bound between the least and the most that any row has."""
    values = [v for row in rows if (v := measure(row.search, name)) is not None]
    if not values:
        return given
    known = [*values, given] if given is not None else values  # a bound that is given stays what it is
    low, high = min(known), max(known)
    if high <= low:
        place.caption(f"{label_of(name)} is {low:g} in every row: a bound on it changes nothing.")
        return given
    usual = low if kind == "at_least" else high
    start = min(high, max(low, given if given is not None else usual))
    return float(
        place.slider(
            f"{label_of(name)}, {kind.replace('_', ' ')}",
            low,
            high,
            start,
            (high - low) / 100,
            key=f"leaderboard.bound.{name}",
            format="%.4g",
        )  # fmt: skip
    )
