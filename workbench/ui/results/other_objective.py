"""Lets a person rank the leaderboard by another objective, with bounds set by sliders; kept in the address.
Knows nothing about ranking: it reads the stored figures of the selection questions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from workbench.analysis.leaderboard import measure
from workbench.formatting import uncapitalised
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.space.scores import more_is_better
from workbench.store.figures import Summary
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of

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
                if not math.isfinite(bounds[kind][name]):
                    return None
    return Objective.model_validate({"maximize" if word == "max" else "minimize": target, **bounds})


def choose_objective(experiment_id: str, written: Objective, searched: Sequence[Summary]) -> Objective:
    """Return the experiment's objective, or the other one chosen here.

    written: the experiment's objective.
    searched: the figures of the configurations on the selection questions.
    """
    known = [n for n in _measures(searched) if any(measure(s, n) is not None for s in searched)]
    measures = list(dict.fromkeys([*known, written.target, *written.at_least, *written.at_most]))
    shown = _begin(written, measures, experiment_id)
    label = "Another objective" if shown == written else "By another objective"
    with st.popover(label, icon=":material/tune:"):
        target = st.selectbox("Objective", measures, key=TARGET, format_func=lambda name: _aim(name, shown))
        st.session_state[BOUNDED] = [m for m in st.session_state[BOUNDED] if m in measures]
        bounded = st.multiselect("Constraints on", measures, key=BOUNDED, format_func=label_of)
        bounds: dict[str, dict[str, float]] = {"at_least": {}, "at_most": {}}
        for name in bounded:
            for kind, bound in _bounds_on(name, shown).items():
                value = _slider(searched, name, kind, bound)
                if value is not None:
                    bounds[kind][name] = value
        word = "maximize" if _sign(target, shown) > 0 else "minimize"
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


def _sign(name: str, shown: Objective) -> int:
    """Return 1 where more of a measure is better, else -1; of the objective's target, what it says."""
    if name == shown.target:
        return shown.sign
    return 1 if more_is_better(name) else -1


def _aim(name: str, shown: Objective) -> str:
    return f"{'highest' if _sign(name, shown) > 0 else 'lowest'} {uncapitalised(label_of(name))}"


def _bounds_on(name: str, shown: Objective) -> dict[str, float | None]:
    """Return the kinds of bounds on a measure with their values; the usual kind where there is none."""
    kinds = {"at_least": shown.at_least, "at_most": shown.at_most}
    given: dict[str, float | None] = {kind: bounds[name] for kind, bounds in kinds.items() if name in bounds}
    return given or {"at_least" if more_is_better(name) else "at_most": None}


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
        bounds = [n for n in (shown.at_least | shown.at_most) if n in measures]
        st.session_state[TARGET], st.session_state[BOUNDED] = shown.target, bounds
        for name in bounds:
            for kind, value in _bounds_on(name, shown).items():
                st.session_state[_slider_key(name, kind)] = value
    return shown


def _back() -> None:
    address.set_next(PARAMETER, "")


def _measures(searched: Sequence[Summary]) -> list[str]:
    return [*sorted({name for summary in searched for name in summary.scores}), *COST_MEASURES]


def _slider_key(name: str, kind: str) -> str:
    return f"{BOUND}{name}.{kind}"


def _slider(
    searched: Sequence[Summary],
    name: str,
    kind: str,
    bound: float | None,
) -> float | None:
    """Draw a slider between the lowest and the highest value of all configurations; return the bound."""
    values = [v for summary in searched if (v := measure(summary, name)) is not None]
    if not values:
        st.caption(f"{label_of(name)} is unknown for every configuration.")
        return bound
    ends = [*values, bound] if bound is not None else values  # so that a given bound is not changed
    low, high = min(ends), max(ends)
    if high <= low:
        st.caption(f"{label_of(name)} is {low:g} in every row: a bound on it changes nothing.")
        return bound
    usual = low if kind == "at_least" else high
    key = _slider_key(name, kind)
    st.session_state[key] = min(high, max(low, st.session_state.get(key, usual if bound is None else bound)))
    words = f"{label_of(name)}, {kind.replace('_', ' ')}"
    return float(st.slider(words, low, high, step=(high - low) / 100, key=key, format="%.4g"))
