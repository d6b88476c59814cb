"""Shows which hosts something is sent to, and takes the user's yes for those not confirmed yet.
Knows nothing about what is sent: the plan says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from workbench.formatting import destination_line
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_label, as_markdown


def show_hosts(services: Services, hosts: list[dict[str, Any]], place: str, then: Callable[[], None]) -> None:
    """List the hosts of a plan. Those that are not confirmed stand out, each with a button that allows it.

    place: names the place of the page.
    then: called after a yes, before the page is drawn again.
    """
    for number, host in enumerate(hosts):
        if not host["confirmed"]:
            st.warning(as_markdown(destination_line(host)))
            pair = (host["api_key_env"] or "", host["host"])
            _offer(services, f"Allow {host['host']}", [pair], f"{place}.allow.{number}", then)
    if any(host["confirmed"] for host in hosts):
        with st.expander("What is sent where"):
            for host in hosts:
                if host["confirmed"]:
                    st.caption(as_markdown(destination_line(host)))


def offer_trust(
    services: Services, pairs: Sequence[tuple[str, str]], place: str, then: Callable[[], None]
) -> None:
    """Draw the button that allows what was refused, below the error that says what it is.

    pairs: variables of keys, each with the address that the key would go to.
    """
    if pairs:
        hosts = ", ".join(dict.fromkeys(origin for _, origin in pairs))
        _offer(services, f"Allow {hosts}", pairs, f"{place}.allow", then)


def _offer(
    services: Services, label: str, pairs: Sequence[tuple[str, str]], key: str, then: Callable[[], None]
) -> None:
    def allow() -> None:
        services.catalogue.confirm_hosts(pairs)
        then()

    st.button(as_label(label), key=key, on_click=allow, icon=":material/lock_open:")
