"""Asks a server for its list of models while a person describes one of them, where that is allowed.
Knows nothing about the rest of the form."""

from __future__ import annotations

import streamlit as st

from workbench.providers.server_facts import ServerFacts
from workbench.space.model import Model
from workbench.ui.services import Services
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask, forget

# What decides how a server is reached.
REACHING = (
    "base_url", "api_key_env", "extra_query", "extra_headers", "key_header", "organization", "project",
)  # fmt: skip


def show_key_state(services: Services, model: Model) -> None:
    """Say whether the key's variable is set; never the key."""
    variable = as_label(model.api_key_env or "")
    if services.catalogue.key_is_set(model):
        st.caption(f":green[:material/check:] {variable} is set.")
    else:
        st.caption(
            f":orange[:material/warning:] {variable} is not set. Write {variable}=… into .env, or set it in "
            "the environment and start the app again."
        )


def fetch_list(services: Services, model: Model, key: str) -> ServerFacts:
    """Return what the model's server says that it serves; nothing while it is awaited or may not be asked.

    What is awaited or in the way is said in place.
    """
    pairs = services.catalogue.find_unconfirmed(model)
    if pairs:
        st.caption(
            "Nothing is sent to this address until you allow it, not even a request for its list of models. "
            "Saving the model allows it, too."
        )
        offer_trust(services, pairs, key, lambda: None)
        return ServerFacts()
    if services.catalogue.key_is_set(model) is False:
        return ServerFacts()
    payload = {"model": {**_reaching(model), "name": "this server", "model": "any"}}
    place = f"{key}.list"
    reply = ask(services, place, "served_models", payload, doing="Asking what the server serves…")
    if reply.stale:
        return ServerFacts()
    facts = ServerFacts() if reply.result is None else ServerFacts.from_json(reply.result)
    if not facts.models:
        st.button("Refresh the list", key=f"{place}.again", on_click=forget, args=(place,),
                  type="tertiary", icon=":material/refresh:")  # fmt: skip
        if reply.result is not None:
            st.caption("This server does not list its models: type the name.")
    return facts


def _reaching(model: Model) -> dict[str, object]:
    return model.model_dump(mode="json", include=set(REACHING), exclude_defaults=True)


def warn_misnamed(facts: ServerFacts, served: str | None) -> None:
    """Warn of a name that the server's own list does not have, which it may answer to all the same."""
    wrong = facts.misnamed(served) if served else ""
    if wrong:
        st.warning(as_markdown(wrong))
