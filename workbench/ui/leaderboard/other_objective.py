"""Another objective for a finished table: what is best, and bounds by sliders; kept in the address.
Knows nothing about ranking: it looks at what is stored of the search part."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.analysis.leaderboard import measure
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.store.figures import Summary
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import aim_text, label_of, more_is_better

PARAMETER = "objective"
TARGET, BOUNDED, BOUND = "leaderboard.target", "leaderboard.bounded", "leaderboard.bound."
# As the last drawing had it: the objective that is turned to, or None; and of which experiment.
TURNED, OF = "leaderboard.turned", "leaderboard.turned_of"


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


def choose_objective(experiment_id: str, written: Objective, searched: Sequence[Summary]) -> Objective:
    """The experiment's objective, or the one that is turned to here."""
    measures = [n for n in _measures(searched) if any(measure(s, n) is not None for s in searched)]
    stored = _begin(written, measures, experiment_id)
    with st.expander("Another objective", icon=":material/tune:", expanded=stored != written):
        left, right = st.columns([1, 2], gap="large")
        if stored.target not in measures:
            measures.append(stored.target)
        target = left.selectbox("Best is", measures, key=TARGET, format_func=aim_text)
        allowed = [m for m in measures if m != target]
        st.session_state[BOUNDED] = [m for m in st.session_state[BOUNDED] if m in allowed]
        bounded = right.multiselect("Bounds on", allowed, key=BOUNDED, format_func=label_of)
        bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
        for name in bounded:
            kind = "at_least" if more_is_better(name) else "at_most"
            given = stored.at_least.get(name, stored.at_most.get(name))
            value = _slider(right, searched, name, kind, given)
            if value is not None:
                bounds[kind][name] = value
        word = "maximize" if more_is_better(target) else "minimize"
        chosen = Objective.model_validate({word: target, **bounds})
        own = chosen == _single(written)
        st.session_state[TURNED] = None if own else chosen
        address.warn_unknown(PARAMETER, chosen=not own)
        address.keep(PARAMETER, "" if own else to_text(chosen))
        if own:
            return written
        st.caption(
            "Ranked anew from what is stored; no model is asked. The experiment's own objective stays."
        )
        st.button("Back to the experiment's objective", key="leaderboard.back", on_click=_back)
    return chosen


def _single(objective: Objective) -> Objective:
    word = "maximize" if objective.sign > 0 else "minimize"
    return Objective.model_validate(
        {word: objective.target, "at_least": objective.at_least, "at_most": objective.at_most}
    )


def _begin(written: Objective, measures: Sequence[str], experiment_id: str) -> Objective:
    """The objective that the widgets show: the last drawing's, or another one, to which they are set, where
    the address changed by itself or names another experiment."""
    another = st.session_state.get(OF) != experiment_id
    if another:
        st.session_state[OF], st.session_state[TURNED] = experiment_id, None
    news = address.follow(PARAMETER, TURNED, None, lambda said: from_text(said, measures))
    shown: Objective = st.session_state[TURNED] or written
    if another or news or TARGET not in st.session_state:
        bounds = {n: v for n, v in (shown.at_least | shown.at_most).items() if n in measures}
        st.session_state[TARGET], st.session_state[BOUNDED] = shown.target, list(bounds)
        for name, value in bounds.items():
            st.session_state[BOUND + name] = value
    return shown


def _back() -> None:
    address.set_next(PARAMETER, "")


def _measures(searched: Sequence[Summary]) -> list[str]:
    return [*sorted({name for summary in searched for name in summary.scores}), *COST_MEASURES]


def _slider(
    place: st.delta_generator.DeltaGenerator,
    searched: Sequence[Summary],
    name: str,
    kind: str,
    given: float | None,
) -> float | None:
    """A bound between the least and the most that any configuration has."""
    values = [v for summary in searched if (v := measure(summary, name)) is not None]
    if not values:
        return given
    known = [*values, given] if given is not None else values  # a bound that is given stays what it is
    low, high = min(known), max(known)
    if high <= low:
        place.caption(f"{label_of(name)} is {low:g} in every row: a bound on it changes nothing.")
        return given
    usual = low if kind == "at_least" else high
    key = BOUND + name
    st.session_state[key] = min(high, max(low, st.session_state.get(key, usual if given is None else given)))
    words = f"{label_of(name)}, {kind.replace('_', ' ')}"
    return float(place.slider(words, low, high, step=(high - low) / 100, key=key, format="%.4g"))
