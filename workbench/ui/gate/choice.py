"""Chooses the candidate, the base and the conditions of a gate, and begins it.
Knows nothing about what becomes of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import CodeNotAllowed, HostNotConfirmed
from workbench.gate.conditions import DEFAULT_MARGIN
from workbench.ui.gate.progress import begin, is_running
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.code_permission import offer_code
from workbench.ui.widgets.experiment_labels import experiment_labels
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown

KEEP: dict[str, Any] = {"persist_state": "session"}
NO_MARGIN = "no condition"
WRITE = "You can also enter a service's address, or the path of a file with a winner or a system."
REFUSED = "gate.refused"


def _sides(services: Services) -> tuple[dict[str, str], str | None, str | None]:
    """Draw the choice of an experiment; return what can be compared, by how the worker knows it, and the ids
    of the first trial and the baseline."""
    gates = services.gates
    winners = {path: f"File: {name}" for path, name in gates.list_winners().items()}
    winners |= {text: f"Served: {name}" for text, name in gates.list_served().items()}
    winners |= {text: f"System: {name}" for text, name in gates.list_systems().items()}
    labels = experiment_labels(r for r in services.experiments.list_experiments() if r.state == "done")
    if not labels:
        return winners, None, None
    experiment = address.choose(
        st.selectbox, "Trials of experiment", list(labels), name="experiment", default=next(iter(labels)),
        format_func=labels.__getitem__,
    )  # fmt: skip
    ranking = [row.trial for row in services.results.get_ranking(experiment) if row.search]
    trials = {trial.id: f"Trial {place}: {trial.name}" for place, trial in enumerate(ranking, 1)}
    first = ranking[0].id if ranking else None
    return winners | trials, first, services.results.get_baseline(experiment)


def choose_sides(services: Services) -> None:
    """Draw the form."""
    columns = st.columns([2, 3, 3])
    with columns[0]:
        sides, first, baseline = _sides(services)
    if not sides:
        st.info("Nothing to compare yet. Run an experiment, or export the winners of two.")
        link("experiments", "Experiments", "science")
        return
    ids = list(sides)
    with columns[1]:
        candidate = address.choose(
            st.selectbox, "Candidate", ids, name="candidate", default=first or ids[0], is_open=True,
            format_func=lambda id_: sides.get(id_, id_), help=f"What you want to ship. {WRITE}",
        )  # fmt: skip
    others = [id_ for id_ in ids if id_ != candidate] or ids
    usual = baseline if baseline in others else others[0]
    with columns[2]:
        base = address.choose(
            st.selectbox, "Base", ids, name="base", default=usual, is_open=True,
            format_func=lambda id_: sides.get(id_, id_), help=f"What runs today. {WRITE}",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.container()
        with st.popover("Conditions", width="content"):
            demanded, problem = _conditions(services)
        payload = {"candidate": candidate, "base": base, **demanded}
        st.button(
            "Run gate", type="primary", key="gate.go", on_click=_begin, args=(services, payload),
            disabled=is_running() or candidate == base or bool(problem),
        )  # fmt: skip
    if candidate == base:
        problem = "Choose two different ones."
    if problem:
        words.warning(as_markdown(problem))
    else:
        words.caption(as_markdown(_in_words(demanded)))
    _show_refused(services, payload)


def _begin(services: Services, payload: dict[str, Any]) -> None:
    """Begin the gate, unless one of the two cannot be opened or may not be asked yet."""
    st.session_state.pop(REFUSED, None)
    try:
        services.gates.check_sides(payload["candidate"], payload["base"])
    except WorkbenchError as error:
        st.session_state[REFUSED] = (payload["candidate"], payload["base"], error)
        return
    begin(payload)


def _show_refused(services: Services, payload: dict[str, Any]) -> None:
    """Say why these two were not compared, and take the user's yes where that helps."""
    *sides, error = st.session_state.get(REFUSED, (None,))
    if sides != [payload["candidate"], payload["base"]]:
        return

    def go_on() -> None:
        _begin(services, payload)

    show_error(error)
    if isinstance(error, HostNotConfirmed):
        offer_trust(services, error.pairs, "gate", go_on)
    if isinstance(error, CodeNotAllowed):
        codes = services.gates.find_refused_code(*sides)
        offer_code(services, codes, "of the candidate or the base", "gate", go_on)


def _conditions(services: Services) -> tuple[dict[str, Any], str]:
    """Draw the fields; return what the worker is asked for, and what is wrong with it."""
    left, right = st.columns(2)
    margins = {
        name: place.number_input(
            f"{label} margin", 0.0, 0.99, DEFAULT_MARGIN, step=0.01, key=f"gate.margin.{name}", **KEEP,
            placeholder=NO_MARGIN, help="How much worse the candidate's mean may be than the base's. "
                "Empty: no condition.",
        )
        for place, name, label in ((left, "correctness", "Correctness"), (right, "grounding", "Grounding"))
    }  # fmt: skip
    least = left.number_input(
        "Grounding at least", 0.0, 1.0, None, step=0.05, key="gate.at_least", **KEEP, placeholder=NO_MARGIN
    )
    most = right.number_input(
        "Maximum dollars per 1,000 questions", 0.01, None, None, step=0.5, key="gate.at_most", **KEEP,
        placeholder=NO_MARGIN,
    )  # fmt: skip
    tags = left.text_input(
        "Tags", key="gate.tags", **KEEP, placeholder="all questions", help="Separated by commas."
    )
    budget = right.number_input(
        "Budget in dollars", 0.01, None, None, step=0.5, key="gate.budget", **KEEP, placeholder="no limit"
    )
    repeats = left.number_input("Repeats", 1, 10, 1, key="gate.repeats", **KEEP)
    corpora = ["", *(corpus.name for corpus in services.corpora.list_corpora())]
    corpus = right.selectbox(
        "Corpus", corpora, key="gate.corpus", **KEEP,
        format_func=lambda name: name or "the one both were chosen on",
        help="Needed if a service or system does not say which corpus it was chosen on.",
    )  # fmt: skip
    right.caption("Toxicity, personal data and prompt injection are always checked.")
    demanded = {
        "margins": [f"{name}={value:g}" for name, value in margins.items() if value is not None],
        "at_least": [] if least is None else [f"grounding={least:g}"],
        "at_most": [] if most is None else [f"cost_per_1k_questions={most:g}"],
        "tags": [tag.strip() for tag in tags.split(",") if tag.strip()],
        "budget_usd": budget,
        "repeats": int(repeats),
        "corpus": corpus,
    }
    any_condition = demanded["margins"] or demanded["at_least"] or demanded["at_most"]
    return demanded, "" if any_condition else "Set at least one condition."


def _in_words(demanded: dict[str, Any]) -> str:
    margins = [f"{name} at most {value} worse" for name, value in (m.split("=") for m in demanded["margins"])]
    bounds = [f"grounding at least {text.split('=')[1]}" for text in demanded["at_least"]]
    bounds += [f"${text.split('=')[1]} per 1,000 questions at most" for text in demanded["at_most"]]
    tags = [f"only questions tagged {', '.join(demanded['tags'])}"] if demanded["tags"] else []
    budget = [f"${demanded['budget_usd']:g} at most"] if demanded["budget_usd"] else []
    repeats = [f"{demanded['repeats']} repeats"] if demanded["repeats"] > 1 else []
    corpus = [f"the questions of {demanded['corpus']}"] if demanded["corpus"] else []
    return " · ".join([*margins, *bounds, "no new unsafe answer", *corpus, *tags, *repeats, *budget])
