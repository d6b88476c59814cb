"""Page: prompts and their versions. Editing makes a new version; the old ones are kept.
Knows nothing about how a template is filled in."""

from __future__ import annotations

import streamlit as st

from workbench.space.files import build_prompt
from workbench.space.prompt import Prompt
from workbench.ui.prompts.editor import as_one_text, show_editor
from workbench.ui.prompts.family import show_family
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_broken_files, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.difference import show_difference
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, show_prompt, show_text
from workbench.ui.widgets.usage import show_uses

TABS = ("Read", "Edit", "Versions", "Family", "Where it was used")


def _show_prompt(services: Services, name: str) -> None:
    versions = services.catalogue.list_versions(name)
    newest = versions[-1]
    st.subheader(as_label(newest.label))
    if newest.notes:
        show_text(newest.notes, small=True)
    read_tab, edit_tab, versions_tab, family_tab, used_tab = address.choose_tab(TABS)
    with read_tab:
        if newest.system:
            st.caption("System message")
            show_prompt(newest.system)
        st.caption("Template")
        show_prompt(newest.template)
        _show_actions(services, newest)
    with edit_tab:
        show_editor(services, newest)
    with versions_tab:
        for older, newer in zip(reversed(versions[:-1]), reversed(versions[1:]), strict=True):
            with st.expander(as_label(f"{older.label} → {newer.label}")):
                before, after = (as_one_text(p.system, p.template) for p in (older, newer))
                if not show_difference(before, after):
                    st.caption("Only the notes differ.")
        if len(versions) == 1:
            st.caption("There is one version. Saving an edit adds the next; this one is kept.")
    with family_tab:
        show_family(services, name)
    with used_tab:
        labels = {v.label: v for v in reversed(versions)}
        label = address.choose(st.selectbox, "Version", list(labels), name="version", width=260)
        show_uses(services, labels[label], "version")


def _show_actions(services: Services, newest: Prompt) -> None:
    name = newest.name
    with st.container(horizontal=True, vertical_alignment="bottom"):
        copy_name = st.text_input("Duplicate as", f"{name}-copy", key=f"prompts.copy.{name}", width=260)
        duplicate = st.button("Duplicate", key=f"prompts.duplicate.{name}")
        hide = st.button(
            "Hide from lists", key=f"prompts.hide.{name}", help="Experiments that use it keep it"
        )
    if duplicate:
        try:
            copy = build_prompt(copy_name, newest.template, system=newest.system, notes=newest.notes)
            saved = services.catalogue.save_prompt(copy)
        except WorkbenchError as error:
            show_error(error)
            return
        address.set_next("prompt", saved.name)
        flash(f"Saved as {saved.label}. Edit it under its own name.")
        st.rerun()
    if hide:
        services.catalogue.hide_prompt(name)
        flash(f"{name} is hidden. To bring it back, show hidden prompts or save it again.")
        st.rerun()


def _choose(services: Services, names: list[str], hidden: bool) -> str:
    if st.button("New prompt", icon=":material/add:", key="prompts.add"):
        st.session_state["prompts.adding"] = True
    with st.container(key="prompt_list"):
        chosen = address.choose(st.radio, "Prompt", names, name="prompt", always=True)
    if hidden and st.button("Unhide", key="prompts.show"):
        services.catalogue.hide_prompt(chosen, hidden=False)
        st.rerun()
    return chosen


def render(services: Services) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        page_top("Prompts")
        hidden = address.switch("Show hidden prompts", name="hidden")
    show_broken_files(services)
    names = [p.name for p in services.catalogue.list_prompts(hidden=hidden)]
    if not names:
        st.info("There is no prompt yet. Write one: a template that contains {question} and {passages}.")
        show_editor(services, None)
        return
    left, right = st.columns([1, 4], gap="medium")
    with left:
        chosen = _choose(services, names, hidden)
    with right, st.container(key="prompt_shown"):
        if st.session_state.get("prompts.adding"):
            st.subheader("New prompt", anchor=False)
            show_editor(services, None)
        else:
            _show_prompt(services, chosen)


run_page(render)
