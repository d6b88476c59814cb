"""Lets a person rank the leaderboard by another objective, with bounds set by sliders; kept in the address.
Knows nothing about ranking: it reads the stored figures of the selection questions."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.analysis.leaderboard import measure
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.store.figures import Summary
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import aim_text, label_of, more_is_better

PARAMETER = "objective"
TARGET, BOUNDED, BOUND = "results.target", "results.bounded", "results.bound."
# The other objective chosen in the last drawing, or None; and the experiment it belongs to.
OTHER, OTHER_OF = "results.other", "results.other_of"


def to_text(objective: Objective) -> str:
    """Return the objective as a short text for the address: "max correctness; grounding >= 0.8"."""
    word = "max" if objective.sign > 0 else "min"
    bounds = [f"{n} >= {v:g}" for n, v in objective.at_least.items()]
    bounds += [f"{n} <= {v:g}" for n, v in objective.at_most.items()]
    return "; ".join([f"{word} {objective.target}", *bounds])


def from_text(text: str, allowed: Sequence[str]) -> Objective | None:
    """Return the objective of a text from the address; None for a malformed text or an unknown target.

    allowed: the measures it may name; bounds on others are left out.
    """
    first, *rest = (part.strip() for part in text.split(";"))
    word, _, target = first.partition(" ")
    if word not in ("max", "min") or target not in allowed:
        return None
    bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
    for part in rest:
        for sign, kind in ((">=", "at_least"), ("<=", "at_most")):
            name, operator, value = (piece.strip() for piece in part.partition(sign))
            if operator and name in allowed:
                try:
                    bounds[kind][name] = float(value)
                except ValueError:
                    return None
    return Objective.model_validate({"maximize" if word == "max" else "minimize": target, **bounds})


def choose_objective(experiment_id: str, written: Objective, searched: Sequence[Summary]) -> Objective:
    """Return the experiment's objective, or the other one chosen here.

    written: the experiment's objective.
    searched: the figures of the configurations on the selection questions.
    """
    measures = [n for n in _measures(searched) if any(measure(s, n) is not None for s in searched)]
    shown = _begin(written, measures, experiment_id)
    label = "Another objective" if shown == written else "By another objective"
    with st.popover(label, icon=":material/tune:"):
        if shown.target not in measures:
            measures.append(shown.target)
        target = st.selectbox("Objective", measures, key=TARGET, format_func=aim_text)
        allowed = [m for m in measures if m != target]
        st.session_state[BOUNDED] = [m for m in st.session_state[BOUNDED] if m in allowed]
        bounded = st.multiselect("Constraints on", allowed, key=BOUNDED, format_func=label_of)
        bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
        for name in bounded:
            kind = "at_least" if more_is_better(name) else "at_most"
            bound = shown.at_least.get(name, shown.at_most.get(name))
            value = _slider(searched, name, kind, bound)
            if value is not None:
                bounds[kind][name] = value
        word = "maximize" if more_is_better(target) else "minimize"
        chosen = Objective.model_validate({word: target, **bounds})
        is_own = chosen == _single(written)
        st.session_state[OTHER] = None if is_own else chosen
        address.warn_unknown(PARAMETER, chosen=not is_own)
        address.keep(PARAMETER, "" if is_own else to_text(chosen))
        if is_own:
            return written
        st.caption(
            "Ranked again from stored results; no model is called. The experiment's objective is unchanged."
        )
        st.button("Back to the experiment's objective", key="results.back", on_click=_back)
    return chosen


def _single(objective: Objective) -> Objective:
    word = "maximize" if objective.sign > 0 else "minimize"
    return Objective.model_validate(
        {word: objective.target, "at_least": objective.at_least, "at_most": objective.at_most}
    )


def _begin(written: Objective, measures: Sequence[str], experiment_id: str) -> Objective:
    """Return the objective that the widgets show.

    That is the last drawing's; where the address changed from outside or names another experiment, the
    widgets are set to the address's objective or the experiment's.
    """
    is_other_experiment = st.session_state.get(OTHER_OF) != experiment_id
    if is_other_experiment:
        st.session_state[OTHER_OF], st.session_state[OTHER] = experiment_id, None
    is_new = address.follow(PARAMETER, OTHER, None, lambda text: from_text(text, measures))
    shown: Objective = st.session_state[OTHER] or written
    if is_other_experiment or is_new or TARGET not in st.session_state:
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
    searched: Sequence[Summary],
    name: str,
    kind: str,
    bound: float | None,
) -> float | None:
    """Draw a slider between the lowest and the highest value of all configurations; return the bound."""
    values = [v for summary in searched if (v := measure(summary, name)) is not None]
    if not values:
        return bound
    ends = [*values, bound] if bound is not None else values  # so that a given bound is not changed
    low, high = min(ends), max(ends)
    if high <= low:
        st.caption(f"{label_of(name)} is {low:g} in every row: a bound on it changes nothing.")
        return bound
    usual = low if kind == "at_least" else high
    key = BOUND + name
    st.session_state[key] = min(high, max(low, st.session_state.get(key, usual if bound is None else bound)))
    words = f"{label_of(name)}, {kind.replace('_', ' ')}"
    return float(st.slider(words, low, high, step=(high - low) / 100, key=key, format="%.4g"))
