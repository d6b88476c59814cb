"""Shows the presets, what each would change, and the button that takes the last change back.
Knows nothing about what a preset contains: space/presets.py does."""

from __future__ import annotations

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.space.experiment import ExperimentFile
from workbench.space.files import validate
from workbench.space.presets import (
    PRESETS,
    USUAL_PROMPT,
    Available,
    Preset,
    apply_preset,
    describe_changes,
)
from workbench.ui.design import draft
from workbench.ui.services import Services
from workbench.ui.session import show_error
from workbench.ui.widgets.text import as_label, as_markdown


def available(services: Services, *, anew: bool = False) -> Available:
    """Return what presets may use. Models without their API key are left out.

    anew: whether it is for a new draft; otherwise what the present draft has chosen comes first.
    """
    chosen = {} if anew else {axis: draft.get(axis) or [] for axis in ("prompts", "models", "embedding")}
    prompts = [p.name for p in services.catalogue.list_prompts()]
    models = [
        m.model
        for m in services.catalogue.list_models()
        if m.model.kind == "chat" and services.catalogue.key_is_set(m.model) is not False
    ]
    askable = [m.name for m in models]
    chosen_prompts = [p for p in chosen.get("prompts", []) if p.partition("@")[0] in prompts]
    chosen_models = [m for m in chosen.get("models", []) if m in askable]
    usual = USUAL_PROMPT if USUAL_PROMPT in prompts else next(iter(prompts), None)
    # Registered models before the embedded ones: they are what people want to compare.
    model_names = sorted(askable, key=lambda n: n.startswith("embedded/"))
    embeddings = [e for e in chosen.get("embedding", []) if e not in draft.get("inline", {})]
    return Available(
        prompts=prompts,
        models=model_names,
        priced=[
            n for n in model_names if any(m.name == n and services.catalogue.has_price(m) for m in models)
        ],
        prompt=next(iter(chosen_prompts), usual),
        model=next(iter(chosen_models), next(iter(model_names), None)),
        embedding=next(iter(embeddings), DEFAULT_EMBEDDING),
    )


def show_presets(services: Services) -> None:
    with st.popover("Presets", icon=":material/bolt:", key=f"design.presets.{draft.get('presets_round', 0)}"):
        st.caption("Each preset sets the axes and the search. Name, corpus, questions and budget stay.")
        options, now = available(services), draft.data()
        for preset in PRESETS:
            needs = preset.needs(options) or _lacks(options)
            after = apply_preset(preset, options, now)
            changes = describe_changes(now, after)
            with st.container(gap=None):
                st.button(
                    preset.name,
                    key=f"design.preset.{preset.name}",
                    disabled=bool(needs) or not changes,
                    on_click=_use,
                    args=(services, preset),
                    help=None if needs else _as_list(changes),
                )
                st.caption(as_markdown(f"{preset.what} {needs}".strip()))


def _lacks(options: Available) -> str:
    if options.prompt is None:
        return "There is no prompt yet."
    return "There is no model that can be asked." if options.model is None else ""


def _as_list(changes: list[str]) -> str:
    return "\n".join(f"- {as_label(change)}" for change in changes) or "It changes nothing."


def _use(services: Services, preset: Preset) -> None:
    """Apply a preset. A callback runs before any widget is drawn, so that their values may be set."""
    now = draft.data()
    changed = apply_preset(preset, available(services), now)
    draft.put("presets_round", draft.get("presets_round", 0) + 1)
    try:
        written = validate(ExperimentFile, changed, "the preset")
    except WorkbenchError as error:  # the design stays as it was
        draft.put("preset_error", error)
        return
    draft.put("preset_error", None)
    draft.remember(f"the preset {preset.name} was applied")
    draft.load(written)
    draft.put("notice", {"what": preset.name, "changes": describe_changes(now, changed)})


def show_way_back() -> None:
    """Show the button that takes the last large change back."""
    what = draft.last_change()
    st.button(
        "Back to what I had",
        key="design.back",
        on_click=draft.go_back,
        icon=":material/undo:",
        type="tertiary",
        disabled=what is None,
        help=as_label(f"Restores the design from before the last large change: {what}. Later edits are lost.")
        if what
        else "Undoes a preset, a loaded file, an edit of the YAML or a start over",
    )


def show_notice() -> None:
    """Show what the last preset changed, or why it could not be used."""
    error = draft.get("preset_error")
    if error is not None:
        show_error(error)
    notice = draft.get("notice")
    if notice:
        changes = "; ".join(notice["changes"]) or "nothing was changed"
        st.caption(f"{as_label(notice['what'])} is set. {as_label(changes, 400)}")
