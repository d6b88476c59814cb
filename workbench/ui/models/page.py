"""Page: models and their fine-tuned variants, with prices, reachability, results and tuning.
Knows nothing about servers or training: the worker tests and trains."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.feedback.fine_tuning_report import tuning_lines
from workbench.providers.connection_test import waiting_words
from workbench.space.model import Model
from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.ui.models.family_tree import Member, in_families
from workbench.ui.models.model_form import edit_model
from workbench.ui.models.reachability import REACHED, Reached, note_reached, reached_text
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_broken_files, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import figure_text, label_of
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.usage import rank_text, show_uses
from workbench.ui.widgets.waiting import ask, forget

DETAILS = "Details"
KEYS = {True: "set", False: "NOT SET", None: "none needed"}


def _table(services: Services, families: list[Member]) -> None:
    reached: dict[str, Reached] = st.session_state.get(REACHED, {})
    uses = services.last_uses([member.model for member in families])
    rows = []
    for member in families:
        model = member.model
        use, count = uses.get(model.name, (None, 0))
        rows.append(
            {
                "Model": member.drawn,
                "Kind": model.kind,
                "Price": services.price_of(model),
                "Reachable": reached_text(reached.get(model.name)),
                "Last result": f"{label_of(use.target)} {figure_text(use.figure)}" if use else "",
                "Best rank there": rank_text(use) if use else "",
                "Experiments": count,
                "Key": KEYS[services.key_is_set(model)],
                "Where": "this machine" if model.embedded else model.base_url,
            }
        )
    data_table(
        rows,
        hide_index=True,
        column_config={
            "Model": st.column_config.TextColumn(
                width=205, pinned=True, help="Models tuned from a model are listed below it"
            ),
            "Price": st.column_config.TextColumn(width=185),
            "Reachable": st.column_config.TextColumn(  # wide enough for what is wrong
                width=110 if all(r.ok and not r.warned for r in reached.values()) else 380,
                help="Its last test in this session",
            ),
            "Last result": st.column_config.TextColumn(
                width=240, help="The objective of the newest experiment that used it, averaged over "
                "the configurations with this model; its 95 % interval, averaged, too; answers scored",
            ),
        },
        alt="Registered models as a family tree",
    )  # fmt: skip


def _test_all(services: Services, models: list[Model]) -> None:
    """Test all models at once, and remember the reports for this session."""
    if st.button("Test all", key="models.test_all", icon=":material/wifi_tethering:"):
        forget("models.all")
        st.session_state["models.testing_all"] = True
    if not st.session_state.get("models.testing_all"):
        return
    payload = {"models": [m.model_dump(mode="json", exclude_defaults=True) for m in models]}

    def show(pieces: dict[str, dict[str, Any]]) -> None:
        st.caption(f"{len(pieces)} of {len(models)} have answered.")

    reply = ask(
        services, "models.all", "test_connections", payload, doing="Asking all models…", show_pieces=show
    )
    if reply.stale:
        return
    del st.session_state["models.testing_all"]
    if reply.result is not None:
        for name, report in reply.result["reports"].items():
            note_reached(name, report)
        st.rerun()


def _training(model: Model) -> None:
    """Show what a tuned embedded answerer was trained on."""
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
    """Show the metrics of a training; those of a variant trained elsewhere may be incomplete, and are shown
    raw."""
    try:
        show_text("\n".join(tuning_lines(metrics)), small=True)
    except (KeyError, TypeError):
        st.json(metrics, expanded=False)


def _test(services: Services, model: Model) -> None:
    if st.button("Test connection", key="models.test_one", icon=":material/wifi_tethering:"):
        forget("models.test")
        st.session_state["models.testing"] = model.name
    if st.session_state.get("models.testing") == model.name:
        payload = {"model": model.model_dump(mode="json", exclude_defaults=True)}
        reply = ask(services, "models.test", "test_connection", payload, doing=waiting_words(model))
        if reply.result is not None and not reply.stale:
            note_reached(model.name, reply.result)
            usable = st.warning if reply.result.get("warnings") else st.success
            show = usable if reply.result["ok"] else st.error
            show("\n\n".join(as_markdown(m) for m in reply.result["messages"]))


def _show_model(services: Services, model: Model) -> None:
    st.subheader(as_label(model.name))
    if model.notes:
        show_text(model.notes, small=True)
    about = [f"{model.model} on the server"] if model.model else []
    about += [f"tuned from {model.parent}"] if model.parent else []
    if about:
        st.caption(as_markdown(" · ".join(about)))
    _training(model)
    if model.embedded and model.kind == "chat":
        with st.expander("What it follows in a prompt, and its limits"):
            st.markdown(services.answerer_guide())
    _test(services, model)
    with st.expander("Where it was used, and with what result"):
        show_uses(services, model, "model")
    if not model.embedded:
        changed = edit_model(model)
        if changed is not None:
            services.save_model(changed)
            flash(f"{changed.name} is saved.")
            st.rerun()
    if model.name == DEFAULT_EMBEDDING:
        st.caption("It comes with the workbench and is always there.")
        return
    sure = st.checkbox("Remove it from the list", key=f"models.sure.{model.name}")
    st.caption("Experiments keep their own copy. Shipped models come back at the next start.")
    if st.button("Remove", disabled=not sure, key=f"models.remove.{model.name}"):
        services.remove_model(model.name)
        flash(f"{model.name} is removed.")
        st.rerun()


def _register(services: Services) -> None:
    st.caption(
        "Any server that speaks the OpenAI protocol: OpenAI, vLLM, Ollama, llama.cpp, a gateway. A LoRA "
        "adapter is registered as its own model, with its name on the server and the model it was tuned from."
    )
    model = edit_model(None)
    if model is not None:
        services.save_model(model, replace=False)
        address.set_next("model", model.name)
        address.set_next("tab", DETAILS)
        flash(f"{model.name} is registered.")
        st.rerun()


def _tune(services: Services, answerers: list[str]) -> None:
    st.caption(
        "Trains a variant of the embedded answerer on this machine in seconds: on the train split of a "
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
    page_top("Models")
    show_broken_files(services)
    families = in_families([*(m.model for m in services.list_models()), services.shipped_embedding()])
    models = {member.model.name: member.model for member in families}
    _test_all(services, list(models.values()))
    _table(services, families)
    details, register, tune = address.choose_tab([DETAILS, "Register a model", "Tune a variant"])
    try:
        with details:
            chosen = address.choose(st.selectbox, "Model", list(models), name="model", always=True)
            _show_model(services, models[chosen])
        with register:
            _register(services)
        with tune:
            _tune(services, [m.name for m in models.values() if m.embedded and m.kind == "chat"])
    except WorkbenchError as error:
        show_error(error)


run_page(render)
