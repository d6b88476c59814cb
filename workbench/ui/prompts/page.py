"""Page: prompts and their versions. Editing makes a new version; the old ones are kept.
Knows nothing about how a template is filled in."""

from __future__ import annotations

import difflib

import streamlit as st

from workbench.space.files import build_prompt
from workbench.space.prompt import Prompt
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_broken_files, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.usage import show_uses

TABS = ("Read", "Edit", "Versions", "Where it was used")
STARTER = "Passages:\n\n{passages}\n\nQuestion: {question}\n\nAnswer in one sentence."


def _edit(services: Services, prompt: Prompt | None) -> None:
    """Draw the form for a new prompt, or for the next version of one."""
    key = f"prompts.{prompt.label if prompt else 'new'}"
    with st.form(key, border=True):
        name = st.text_input("Name", prompt.name if prompt else "", disabled=prompt is not None)
        system = st.text_area("System part (optional)", (prompt.system or "") if prompt else "", height=90)
        template = st.text_area("Template", prompt.template if prompt else STARTER, height=260)
        notes = st.text_input("Notes", prompt.notes if prompt else "")
        st.caption(
            "Variables: `{question}` (needed), `{passages}`, `{today}`. Write a literal brace twice. "
            "Passages are numbered [1], [2], … and carry their titles."
        )
        if st.form_submit_button("Save as a new version" if prompt else "Save", type="primary"):
            try:
                edited = build_prompt(prompt.name if prompt else name, template, system=system, notes=notes)
                saved = services.save_prompt(edited)
            except WorkbenchError as error:
                show_error(error)
                return
            address.set_next("prompt", saved.name)
            st.session_state.pop("prompts.adding", None)
            flash(f"Saved as {saved.label}.")
            st.rerun()


def _differences(old: Prompt, new: Prompt) -> str:
    before = f"{old.system or ''}\n---\n{old.template}".splitlines()
    after = f"{new.system or ''}\n---\n{new.template}".splitlines()
    return "\n".join(difflib.unified_diff(before, after, old.label, new.label, lineterm=""))


def _show_prompt(services: Services, name: str) -> None:
    versions = services.list_versions(name)
    newest = versions[-1]
    st.subheader(as_label(newest.label))
    if newest.notes:
        show_text(newest.notes, small=True)
    read_tab, edit_tab, versions_tab, used_tab = address.choose_tab(TABS)
    with read_tab:
        if newest.system:
            st.caption("System part")
            show_text(newest.system)
        st.caption("Template")
        show_text(newest.template)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            copy_name = st.text_input("Duplicate as", f"{name}-copy", key=f"prompts.copy.{name}", width=260)
            if st.button("Duplicate", key=f"prompts.duplicate.{name}"):
                copy = build_prompt(copy_name, newest.template, system=newest.system, notes=newest.notes)
                saved = services.save_prompt(copy)
                address.set_next("prompt", saved.name)
                flash(f"Saved as {saved.label}. Edit it under its own name.")
                st.rerun()
            if st.button(
                "Hide from lists", key=f"prompts.hide.{name}", help="Experiments that use it keep it"
            ):
                services.hide_prompt(name)
                flash(f"{name} is hidden. To bring it back, show hidden prompts or save it again.")
                st.rerun()
    with edit_tab:
        _edit(services, newest)
    with versions_tab:
        for older, newer in zip(reversed(versions[:-1]), reversed(versions[1:]), strict=True):
            with st.expander(as_label(f"{older.label} → {newer.label}")):
                st.code(_differences(older, newer), language="diff")
        if len(versions) == 1:
            st.caption("There is one version. Saving an edit adds the next; this one is kept.")
    with used_tab:
        labels = {v.label: v for v in reversed(versions)}
        label = address.choose(st.selectbox, "Version", list(labels), name="version", width=260)
        show_uses(services, labels[label], "version")


def render(services: Services) -> None:
    page_top("Prompts")
    show_broken_files(services)
    hidden = address.switch("Show hidden prompts", name="hidden")
    prompts = services.list_prompts(hidden=hidden)
    names = [p.name for p in prompts]
    if not names:
        st.info("There is no prompt yet. Write one: a template that contains {question} and {passages}.")
        _edit(services, None)
        return
    left, right = st.columns([1, 3], gap="large")
    with left:
        chosen = address.choose(st.radio, "Prompt", names, name="prompt", always=True)
        if st.button("New prompt", icon=":material/add:", key="prompts.add"):
            st.session_state["prompts.adding"] = True
        if hidden and st.button("Unhide", key="prompts.show"):
            services.hide_prompt(chosen, hidden=False)
            st.rerun()
    with right:
        if st.session_state.get("prompts.adding"):
            st.subheader("New prompt")
            _edit(services, None)
            if st.button("Cancel", key="prompts.cancel"):
                del st.session_state["prompts.adding"]
                st.rerun()
        else:
            _show_prompt(services, chosen)


run_page(render)
