"""Leaves a service out of Watch, and takes it in again.
Knows nothing about what Watch shows of a service."""

from __future__ import annotations

import streamlit as st

from workbench.formatting import counted
from workbench.store.serving.records import Service
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label

HELP = "Watch and Home hide it, and it raises no alarms, until you bring it back. Nothing is deleted."


def offer_archiving(services: Services, service: Service) -> None:
    """Draw the button that archives a service."""
    st.button(
        "Archive", key="watch.archive", type="tertiary", icon=":material/archive:", help=HELP,
        on_click=_archive, args=(services, service),
    )  # fmt: skip


def _archive(services: Services, service: Service) -> None:
    services.watching.archive(service.id)
    address.set_next("service", "")
    flash(f"{service.name} is archived.")


def show_archived(services: Services) -> None:
    """List the archived services, each with a button that takes it in again; nothing where there is none."""
    archived = services.watching.list_archived()
    if not archived:
        return
    with st.expander(f"{counted(len(archived), 'archived service')}"):
        for service in archived:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(as_label(service.name), width="content")
                st.button(
                    "Take in again", key=f"watch.unarchive.{service.id}", type="tertiary",
                    icon=":material/unarchive:", help=as_label(f"Watch {service.name} again"),
                    on_click=services.watching.archive, args=(service.id,), kwargs={"archived": False},
                )  # fmt: skip
