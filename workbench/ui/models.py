"""Page: models and their fine-tuned variants, what they cost, whether they can be reached, and tuning.
Knows nothing about servers or training: the worker asks and trains."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.feedback.tuning_report import tuning_lines
from workbench.space.model import Model
from workbench.store.catalogue import StoredModel
from workbench.ui.opened import flash, run_page, show_error
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.widgets.model_form import edit_model
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget

ONE = "Look at one"


def _in_families(models: list[StoredModel]) -> list[tuple[int, Model]]:
    """(depth, model): each variant below what it was tuned from."""
    known = {m.model.name: m.model for m in models}
    found: list[tuple[int, Model]] = []
    seen: set[str] = set()

    def add(model: Model, depth: int) -> None:
        if model.name in seen:
            return
        seen.add(model.name)
        found.append((depth, model))
        for child in known.values():
            if child.parent == model.name:
                add(child, depth + 1)

    for model in known.values():
        if model.parent not in known:
            add(model, 0)
    for model in known.values():
        add(model, 0)
    return found


def _table(services: Services, families: list[tuple[int, Model]]) -> None:
    keys = {True: "set", False: "NOT SET", None: "none needed"}
    st.dataframe(
        [
            {
                "Model": "\u2003" * depth + ("↳ " if depth else "") + model.name,
                "Kind": model.kind,
                "Where": "this machine" if model.embedded else model.base_url,
                "Served as": model.model or "",
                "Tuned from": model.parent or "",
                "Price": services.price_of(model),
                "Key": keys[services.key_is_set(model)],
            }
            for depth, model in families
        ],
        hide_index=True,
        alt="Registered models",
    )


def _training(model: Model) -> None:
    """What a tuned embedded answerer learned from."""
    record = (model.variant or {}).get("trained_on")
    if not isinstance(record, dict):
        return
    st.caption(
        f"Trained {as_label(str(record.get('trained_at')))} on {as_label(str(record.get('description')))}, "
        f"data {as_label(str(record.get('data_sha256'))[:12])}"
    )
    with st.expander("Before and after, by cross-validation on its training questions"):
        metrics = record.get("metrics")
        _show_metrics(metrics if isinstance(metrics, dict) else {})


def _show_metrics(metrics: dict[str, Any]) -> None:
    """Those of variants trained elsewhere may lack some: then as they are."""
    try:
        show_text("\n".join(tuning_lines(metrics)), small=True)
    except (KeyError, TypeError):
        st.json(metrics, expanded=False)


def _test(services: Services, model: Model) -> None:
    if st.button("Test connection", key=f"models.test.{model.name}", icon=":material/wifi_tethering:"):
        forget("models.test")
        st.session_state["models.testing"] = model.name
    if st.session_state.get("models.testing") == model.name:
        payload = {"model": model.model_dump(mode="json", exclude_defaults=True)}
        reply = ask(services, "models.test", "test_connection", payload, doing=f"Asking {model.name}…")
        if reply.result is not None and not reply.stale:
            show = st.success if reply.result["ok"] else st.error
            show("\n\n".join(as_markdown(m) for m in reply.result["messages"]))


def _one(services: Services, model: Model) -> None:
    st.subheader(as_label(model.name))
    if model.notes:
        show_text(model.notes, small=True)
    _training(model)
    if model.embedded and model.kind == "chat":
        with st.expander("What it obeys in a prompt, and its limits"):
            st.markdown(services.answerer_guide())
    _test(services, model)
    if not model.embedded:
        changed = edit_model(model)
        if changed is not None:
            services.save_model(changed)
            flash(f"{changed.name} is saved.")
            st.rerun()
    sure = st.checkbox("Remove it from the list", key=f"models.sure.{model.name}")
    st.caption("Experiments keep their own copy. Shipped models come back at the next start.")
    if st.button("Remove", disabled=not sure, key=f"models.remove.{model.name}"):
        services.remove_model(model.name)
        flash(f"{model.name} is removed.")
        st.rerun()


def _add(services: Services) -> None:
    st.caption(
        "Any server that speaks the OpenAI protocol: OpenAI, vLLM, Ollama, llama.cpp, a gateway. A LoRA "
        "adapter is a model of its own, with the name the server gives it and what it was tuned from."
    )
    made = edit_model(None)
    if made is not None:
        services.save_model(made, replace=False)
        st.session_state["models.next"] = made.name
        flash(f"{made.name} is registered.")
        st.rerun()


def _tune(services: Services, answerers: list[str]) -> None:
    st.caption(
        "Trains a variant of the embedded answerer on this machine, in seconds: on the train part of a "
        "corpus's questions (which experiments never ask), on people's thumbs, or on both."
    )
    with st.form("models.tune"):
        name = st.text_input("New variant's name", "embedded/mine")
        parent = st.selectbox("Tuned from", answerers)
        corpora = [c.name for c in services.list_corpora()]
        corpus = st.selectbox("Corpus", corpora, index=None, placeholder="none")
        from_ratings = st.checkbox("Also learn from thumbs")
        if st.form_submit_button("Train", type="primary"):
            forget("models.tuning")
            st.session_state["models.to_tune"] = {
                "name": name.strip(), "parent": parent, "corpus": corpus, "from_ratings": from_ratings,
            }  # fmt: skip
    payload = st.session_state.get("models.to_tune")
    if payload:
        reply = ask(services, "models.tuning", "tune", payload, doing="Training…")
        if reply.stale:
            return
        del st.session_state["models.to_tune"]
        if reply.result is not None:
            st.success(
                f"{as_label(reply.result['model'])} is trained on {reply.result['examples']} examples, "
                "and registered."
            )
            _show_metrics(reply.result["metrics"])


def render(services: Services) -> None:
    st.title("Models")
    families = _in_families(services.list_models())
    _table(services, families)
    names = [model.name for _, model in families]
    wanted = st.session_state.pop("models.next", None)
    if wanted in names:
        st.session_state["models.chosen"] = wanted
        st.session_state["models.tab"] = ONE
    one, add, tune = st.tabs([ONE, "Register one", "Tune a variant"], key="models.tab", on_change="rerun")
    try:
        with one:
            if names:
                chosen = st.selectbox("Model", names, key="models.chosen")
                _one(services, next(m for _, m in families if m.name == chosen))
        with add:
            _add(services)
        with tune:
            _tune(services, [m.name for _, m in families if m.embedded and m.kind == "chat"])
    except WorkbenchError as error:
        show_error(error)


run_page(render)
