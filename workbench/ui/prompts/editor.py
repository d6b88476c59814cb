"""The form for a new prompt, or for the next version of one, with a preview and what changed beside it.
Knows nothing about the list of prompts."""

from __future__ import annotations

import streamlit as st

from workbench.errors import PromptError
from workbench.space.files import build_prompt
from workbench.space.prompt import Prompt, check_template
from workbench.ui.prompts.preview import show_preview
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.difference import show_difference

STARTER = "Passages:\n\n{passages}\n\nQuestion: {question}\n\nAnswer in one sentence."
NEW = "new"
VARIABLES_HELP = (
    "`{question}` must be in it, `{passages}`, `{examples}` and `{today}` may be. Write a literal brace "
    "twice. Passages are numbered [1], [2], … and carry their titles."
)


def show_editor(services: Services, prompt: Prompt | None) -> None:
    """Draw the form.

    prompt: the newest version, of which saving makes the next one; None for a new prompt.
    """
    key = f"prompts.edit.{prompt.label if prompt else NEW}"
    fields, beside = st.columns([6, 5], gap="medium")
    with fields, st.container(key="prompt_fields"):
        name = prompt.name if prompt else st.text_input("Name", key=f"{key}.name")
        name_place = st.empty()
        system, system_fits = _text("System message (optional)", (prompt and prompt.system) or "", key, 90)
        template, template_fits = _text("Template", prompt.template if prompt else STARTER, key, 240)
        notes = st.text_input("Notes", prompt.notes if prompt else "", key=f"{key}.notes")
        with st.container(horizontal=True):
            label = "Save as a new version" if prompt else "Save"
            clicked = st.button(label, type="primary", key=f"{key}.save")
            if prompt is None and st.button("Cancel", key="prompts.cancel"):
                st.session_state.pop("prompts.adding", None)
                st.rerun()
        if clicked and system_fits and template_fits:
            with name_place:  # the name is all that can still be wrong
                _save(services, name, template, system, notes)
    with beside:
        _show_beside(prompt, system, template, system_fits and template_fits)


def _text(label: str, start: str, key: str, height: int) -> tuple[str, bool]:
    """Draw a text area for a template. Return its text, and whether it can be used: if not, that is said."""
    is_system = label.startswith("System")
    text = st.text_area(
        label,
        start,
        key=f"{key}.{'system' if is_system else 'template'}",
        height=height,
        help=None if is_system else VARIABLES_HELP,
    )
    try:
        used = check_template(text, where=label.split(" (")[0])
        if not is_system and "question" not in used:
            raise PromptError("The template does not contain {question}, so it asks nothing.")
    except PromptError as error:
        show_error(error)
        return text, False
    return text, True


def _save(services: Services, name: str, template: str, system: str, notes: str) -> None:
    try:
        saved = services.catalogue.save_prompt(build_prompt(name, template, system=system, notes=notes))
    except WorkbenchError as error:
        show_error(error)
        return
    address.set_next("prompt", saved.name)
    st.session_state.pop("prompts.adding", None)
    flash(f"Saved as {saved.label}.")
    st.rerun()


def as_one_text(system: str | None, template: str) -> str:
    """Return both parts of a prompt as one text, to compare versions."""
    return f"{system}\n---\n{template}" if system else template


def _show_beside(prompt: Prompt | None, system: str, template: str, fits: bool) -> None:
    shown = "Preview"
    if prompt is not None:
        shown = st.segmented_control(
            "Beside the form",
            ["Preview", "Changes"],
            default="Preview",
            required=True,
            key="prompts.beside",
            label_visibility="collapsed",
        )
    if prompt is not None and shown == "Changes":
        before, after = as_one_text(prompt.system, prompt.template), as_one_text(system, template)
        if not show_difference(before, after):
            st.caption("No changes yet.")
    elif fits:
        show_preview(system, template)
    else:
        st.caption("The preview is shown once the template can be used.")
