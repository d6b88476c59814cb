"""Chooses the draft that the Design page shows, by its address, and saves it whenever it was changed.
Knows nothing about the widgets of a draft.

The address names what a draft that nobody changed began with: `corpus=NAME`, `from=EXPERIMENT`,
`preset=sample`, `service=ID/CORPUS`,
`training=KEY`. From its first change on, a draft is a file in the data folder, and the
address names it: `draft=ID`."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from workbench.corpus.draft_types import SERVED
from workbench.errors import InputError, WorkbenchError
from workbench.space.drafts import Draft, DraftChanged, DraftUnreadable
from workbench.space.experiment import ExperimentFile
from workbench.space.files import validate
from workbench.space.presets import starting_point
from workbench.ui.design import draft
from workbench.ui.design.draft_values import complete_bounds
from workbench.ui.design.presets import available
from workbench.ui.services import Services
from workbench.ui.session import show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.corpus_top import last_corpus
from workbench.ui.widgets.figures import ago
from workbench.ui.widgets.text import as_label, as_markdown

SHOWN = 8
"""So many drafts are listed."""
SAMPLE = "sample"


def open_from_address(services: Services) -> None:
    """Open what the address asks for; else keep what is open, or open the draft saved last."""
    asked = {name: _follow(name) for name in ("draft", *_ORIGINS)}
    name, text = next(((n, t) for n, t in asked.items() if t), ("", ""))
    if name == "draft" and text != draft.get("id"):
        open_stored(services, text)
    elif name in _ORIGINS:
        _begin(services, name, text)
    if not draft.is_open():
        _open_last(services)


def _follow(name: str) -> str:
    """Return a parameter of the address where it is new; "" where it is not, or not there."""
    key = f"design.address.{name}"
    return str(st.session_state[key]) if address.follow(name, key, "", lambda text: text) else ""


def open_stored(services: Services, draft_id: str) -> None:
    """Show a stored draft. One that cannot be used is set aside, and said; what was open stays."""
    draft.put("problem", None)
    try:
        stored = services.drafts.find(draft_id)
        if stored is None:
            raise InputError(
                f"There is no draft {draft_id!r}.", hint="It was deleted, or is in another data folder."
            )
        _show(services, stored)
    except InputError as error:
        draft.put("problem", error)


def _show(services: Services, stored: Draft) -> None:
    try:
        draft.restore(stored.content)
    except ValueError as error:
        raise services.drafts.set_aside(stored.id, str(error)) from None
    _opened(stored.id, stored.revision, ("", ""))


def _open_last(services: Services) -> None:
    problem = draft.get("problem")
    last = next(iter(services.drafts.list_newest_first()), None)
    if last is not None:
        open_stored(services, last.id)
    if not draft.is_open():
        problem = problem or draft.get("problem")
        _begin(services, "", "")
    if problem is not None:
        draft.put("problem", problem)


def _begin(services: Services, kind: str, text: str) -> None:
    """Begin a draft with what the address names; with one's own newest corpus where it names nothing."""
    draft.put("problem", None)
    try:
        written = _ORIGINS[kind](services, text) if kind else _starting_with(services)
    except WorkbenchError as error:
        draft.put("problem", error)
        return
    draft.begin(written)
    _opened(None, 0, (kind, text))


def _starting_with(services: Services, corpus: str = "") -> ExperimentFile:
    """Return an experiment with sensible axes for a corpus; for the one to begin with, if none is named."""
    first = last_corpus(services)
    named = next((c for c in services.corpora.list_corpora() if c.name == corpus), None)
    summary = named or (first if not corpus else None)
    name = corpus or (summary.name if summary else "untitled")
    data = starting_point(available(services, anew=True), name, summary.questions if summary else 0)
    return validate(ExperimentFile, data, "the new experiment")


def _clone(services: Services, experiment_id: str) -> ExperimentFile:
    return services.designs.to_experiment_file(services.experiments.get_experiment(experiment_id).experiment)


def _preset(services: Services, name: str) -> ExperimentFile:
    if name != SAMPLE:
        raise InputError(f"There is no preset {name!r} in addresses.", hint=f"There is {SAMPLE!r}.")
    return services.designs.sample_experiment()


def _after(services: Services, text: str) -> ExperimentFile:
    """Return an experiment on the questions that a service was asked, with what it runs as the baseline.

    text: the service's id and the corpus that has the questions, with a slash between them.
    """
    service_id, _, corpus = text.partition("/")
    service = services.watching.find_service(service_id)
    if service is None or service.winner is None:
        raise InputError(f"There is no service {service_id!r} whose configuration is known.")
    corpus = corpus or services.watching.find_corpus_of(service)
    questions = services.questions.count_tagged(corpus, SERVED)
    return services.designs.design_after(service, corpus, [SERVED], questions, available(services, anew=True))


def _family(services: Services, key: str) -> ExperimentFile:
    """Return an experiment that asks what a training made beside its parent, where its data are from."""
    job = services.trainings.find_training(key)
    if job is None:
        raise InputError(f"There is no training {key[:40]!r}.", hint="The page Trainings lists them.")
    corpora = services.corpora.list_corpora()
    trained_on = services.trainings.find_corpora(job)
    corpus = next((c for c in corpora if c.name in trained_on), last_corpus(services))
    if corpus is None:
        raise InputError("There is no corpus to compare the two on.")
    return services.designs.design_of_family(
        job, corpus.name, corpus.questions, available(services, anew=True)
    )


_ORIGINS: dict[str, Callable[[Services, str], ExperimentFile]] = {
    "corpus": _starting_with,
    "from": _clone,
    "preset": _preset,
    "service": _after,
    "training": _family,
}


def _opened(draft_id: str | None, revision: int, origin: tuple[str, str]) -> None:
    draft.put("id", draft_id)
    draft.put("revision", revision)
    draft.put("origin", origin)
    draft.put("saved", _mark())
    draft.put("copied_from", None)


def start_over(services: Services) -> None:
    """Replace the design by a new one for the same corpus; the way back is kept."""
    corpus = str(draft.get("corpus") or "")
    draft.remember("started over")
    draft.load(_starting_with(services, corpus))
    draft.put("notice", None)


def save_if_changed(services: Services) -> None:
    """Save the draft if it is not as it was opened or saved last, and write what is open into the address.

    A draft that another tab has saved meanwhile is not overwritten: this tab goes on with a copy.
    """
    mark = _mark()
    if mark != draft.get("saved"):
        try:
            _save(services)
            draft.put("saved", mark)
            draft.put("not_saved", None)
        except InputError as error:
            draft.put("not_saved", error)
    kind, text = draft.get("origin") or ("", "")
    address.keep("draft", draft.get("id") or "")
    for name in _ORIGINS:
        address.keep(name, text if name == kind and not draft.get("id") else "")


def _save(services: Services) -> None:
    about = {"name": str(draft.get("name") or ""), "corpus": str(draft.get("corpus") or "")}
    content, draft_id = draft.content(), draft.get("id")
    try:
        stored = services.drafts.save(draft_id, content, revision=draft.get("revision", 0), **about)
    except DraftChanged:
        stored = services.drafts.save(None, content, revision=0, **about)
        draft.put("copied_from", draft_id)
    except DraftUnreadable as error:  # the file is set aside, and this tab holds the draft
        stored = services.drafts.save(draft_id, content, revision=0, **about)
        draft.put("problem", error)
    draft.put("id", stored.id)
    draft.put("revision", stored.revision)


def _mark() -> str:
    """Return a text that changes with the draft. Constraints count once they are complete."""
    content = draft.content()
    content["values"]["bounds"] = complete_bounds(content["values"]["bounds"] or [])
    return json.dumps(content, sort_keys=True)


def show_problems(services: Services) -> None:
    """Say what could not be opened or saved, and that this tab goes on with a copy."""
    for name in ("problem", "not_saved"):
        error = draft.get(name)
        if error is not None:
            show_error(error)
    if draft.get("not_saved") is not None:
        st.caption("What you see is kept while this page is open. Save it as a file to be safe.")
    copied_from = draft.get("copied_from")
    if copied_from:
        st.warning("This draft was also changed in another tab. This tab continues with its own copy.")
        st.button(
            "Open the other one", key="design.other", on_click=open_stored, args=(services, copied_from)
        )


def _delete(services: Services, draft_id: str) -> None:
    try:
        services.drafts.delete(draft_id)
    except InputError as error:
        draft.put("problem", error)


def show_drafts(services: Services) -> None:
    """List the other drafts, newest first, each with a button that opens it and one that deletes it."""
    others = [d for d in services.drafts.list_newest_first() if d.id != draft.get("id")]
    if not others:
        return
    st.markdown("**Drafts**")
    for stored in others[:SHOWN]:
        label = as_label(f"{stored.name or 'untitled'} · {stored.corpus} · {ago(stored.saved_at)}", 60)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button(
                label,
                key=f"design.draft.{stored.id}",
                type="tertiary",
                on_click=open_stored,
                args=(services, stored.id),
            )
            st.button(
                "",
                key=f"design.delete_draft.{stored.id}",
                type="tertiary",
                icon=":material/delete:",
                help=f"Delete the draft {as_markdown(stored.name)} permanently",
                on_click=_delete,
                args=(services, stored.id),
            )
    if len(others) > SHOWN:
        st.caption(f"{len(others) - SHOWN} older drafts are in the data folder.")
