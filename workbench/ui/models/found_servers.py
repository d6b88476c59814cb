"""Offers the models of the servers that run on this machine, each with one click.
Knows nothing about looking for servers: the worker does, and the page is drawn without waiting for it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.formatting import counted
from workbench.space.model import Model
from workbench.space.model_names import find_registered, suggest_name
from workbench.ui.services import Services
from workbench.ui.session import flash, show_error
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask, forget

PLACE = "models.found"
MOST_BUTTONS = 3  # further models of a server are in a popover


def show_found_servers(services: Services, registered: list[Model]) -> None:
    """Show a line for each server that runs on this machine; none where looking for them is switched off."""
    if services.settings.local_server_ports == ():
        return
    reply = ask(services, PLACE, "find_servers", {}, doing="Looking for model servers on this machine…")
    for number, server in enumerate(reply.result["servers"] if reply.result else ()):
        _show_server(services, number, server, registered)


def offer_to_look_again(services: Services) -> None:
    """Draw the button that looks once more, such as after a server was started."""
    if services.settings.local_server_ports != ():
        st.button(
            "Look for servers on this machine",
            key=f"{PLACE}.again",
            on_click=forget,
            args=(PLACE,),
            type="tertiary",
            icon=":material/search:",
        )


def _show_server(services: Services, number: int, server: dict[str, Any], registered: list[Model]) -> None:
    new = [m for m in server["models"] if not find_registered(registered, server["base_url"], m["name"])]
    count = counted(len(server["models"]), "model")
    known = "" if new else ", all registered"
    with st.container(horizontal=True, vertical_alignment="center", key=f"{PLACE}.{number}"):
        st.markdown(
            f":green[:material/dns:] **{as_markdown(server['name'])}** is running here: {count}{known}",
            width="content",
            help=f"At {server['base_url']}",
        )
        for model in new[:MOST_BUTTONS]:
            _offer(services, server, model, registered)
        if new[MOST_BUTTONS:]:
            with st.popover(f"{len(new) - MOST_BUTTONS} more"):
                for model in new[MOST_BUTTONS:]:
                    _offer(services, server, model, registered)


def _offer(
    services: Services, server: dict[str, Any], model: dict[str, Any], registered: list[Model]
) -> None:
    kind = "" if model["kind"] == "chat" else f" ({model['kind']})"
    st.button(
        f"Add {as_label(model['name'], 50)}{kind}",
        key=f"{PLACE}.add.{server['base_url']}.{model['name']}",
        on_click=_add,
        args=(services, server, model, [m.name for m in registered]),
        icon=":material/add:",
    )


def _add(services: Services, server: dict[str, Any], model: dict[str, Any], taken: list[str]) -> None:
    name = suggest_name(model["name"], taken)
    try:
        services.catalogue.save_model(
            Model(name=name, kind=model["kind"], base_url=server["base_url"], model=model["name"]),
            replace=False,
        )
    except WorkbenchError as error:
        show_error(error)
    else:
        flash(f"{name} is registered.")
