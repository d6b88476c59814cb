"""Page: models and their fine-tuned variants, with prices, reachability, results and tuning.
Knows nothing about servers or training: the worker finds, lists, tests and trains."""

from __future__ import annotations

import streamlit as st

from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.providers.connection_test import waiting_words
from workbench.space.model import Model
from workbench.ui.models.family_tree import in_families
from workbench.ui.models.found_servers import offer_to_look_again, show_found_servers
from workbench.ui.models.judge_check import show_judge_check
from workbench.ui.models.model_form import edit_model, empty_form
from workbench.ui.models.reachability import note_reached, show_report
from workbench.ui.models.table import show_table, test_all
from workbench.ui.models.tuning import lead_to_trainings, show_training
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_broken_files, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.families import show_families
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.usage import show_uses
from workbench.ui.widgets.waiting import ask, forget

REGISTERED = "Registered models"


def _test(services: Services, model: Model) -> None:
    if st.button("Test connection", key="models.test_one", icon=":material/wifi_tethering:"):
        forget("models.test")
        st.session_state["models.testing"] = model.name
    if st.session_state.get("models.testing") == model.name:
        payload = {"model": model.model_dump(mode="json", exclude_defaults=True)}
        reply = ask(services, "models.test", "test_connection", payload, doing=waiting_words(model))
        if reply.result is not None and not reply.stale:
            note_reached(model.name, reply.result)
            show_report(reply.result)


def _show_model(services: Services, model: Model) -> None:
    if model.notes:
        show_text(model.notes, small=True)
    about = [f"{model.model} on the server"] if model.model else []
    about += [f"tuned from {model.parent}"] if model.parent else []
    if about:
        st.caption(as_markdown(" · ".join(about)))
    _show_family(services, model)
    show_training(model)
    if model.embedded and model.kind == "chat":
        with st.expander("Which instructions it follows, and its limits"):
            st.markdown(services.catalogue.answerer_guide())
    _test(services, model)
    show_judge_check(services, model)
    with st.expander("Where it was used, and with what result"):
        show_uses(services, model, "model")
    if model.base_url is not None or model.path is not None:
        with st.expander("Change it"):
            changed = edit_model(services, model, ())
        if changed is not None:
            services.catalogue.save_model(changed)
            flash(f"{changed.name} is saved.")
            st.rerun()
    if model.name == DEFAULT_EMBEDDING:
        st.caption("It comes with the workbench and is always there.")
        return
    with st.popover("Remove"):
        st.markdown(f"Remove **{as_label(model.name)}** from the list? Experiments keep their own copy. "
                    "Shipped models come back at the next start.")  # fmt: skip
        if st.button("Remove it", key=f"models.remove.{model.name}"):
            services.catalogue.remove_model(model.name)
            flash(f"{model.name} is removed.")
            st.rerun()


def _show_family(services: Services, model: Model) -> None:
    """Show how a tuned model does beside its parent in the newest experiment that has both."""
    if model.parent is None:
        return
    record = services.results.find_family_experiment(model)
    if record is None:
        st.caption(as_markdown(f"No experiment has both {model.name} and {model.parent} yet."))
        return
    with st.expander(as_markdown(f"Compared with its parent, in {record.name}"), expanded=True):
        show_families(services, record, key="models", variant=model.name)


def _register(services: Services, taken: list[str]) -> None:
    st.caption(
        "Any server that speaks the OpenAI protocol or has /rerank. A LoRA adapter is a separate model, "
        "with its name on the server; *Fine-tuned from*, under *More*, names its base model."
    )
    model = edit_model(services, None, taken)
    offer_to_look_again(services)
    if model is not None:
        services.catalogue.save_model(model, replace=False)
        empty_form()
        address.set_next("model", model.name)
        address.set_next("tab", REGISTERED)
        flash(f"{model.name} is registered.")
        st.rerun()


def render(services: Services) -> None:
    page_top("Models")
    show_broken_files(services)
    stored = [m.model for m in services.catalogue.list_models()]
    show_found_servers(services, stored)
    families = in_families([*stored, services.catalogue.shipped_embedding()])
    models = {member.model.name: member.model for member in families}
    listed, register, tune = address.choose_tab([REGISTERED, "Register a model", "Tune a variant"])
    try:
        with listed:
            test_all(services, list(models.values()))
            show_table(services, families)
            chosen = address.choose(st.selectbox, "Model", list(models), name="model", always=True)
            _show_model(services, models[chosen])
        with register:
            _register(services, list(models))
        with tune:
            lead_to_trainings()
    except WorkbenchError as error:
        show_error(error)


run_page(render)
