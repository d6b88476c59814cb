"""Lists the requests of a service, filtered, a page at a time; what is selected can be read, rated and kept.
Knows nothing about how requests are found and drafts are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.store.serving.records import Service
from workbench.store.serving.request_list import PAGE, ListedRequest, RequestFilter
from workbench.ui.services import Services
from workbench.ui.watch.keeping import offer_questions
from workbench.ui.watch.request import show_request
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table, height_of
from workbench.ui.widgets.figures import answer_cost_text, seconds_text
from workbench.ui.widgets.score_tint import signed
from workbench.watch.faults import FAULTS
from workbench.watch.figure_words import time_text

ROWS = 13  # in sight at once
ROWS_ABOVE_A_REQUEST = 9  # so that a request that is selected begins on the first screen
LABELS = {"all": "All", "ungrounded": "Ungrounded", "disliked": "Disliked", "novel": "Novel",
          "declined": "Declined", "failed": "Failed"}  # fmt: skip
TEXT_NOT_KEPT = "(not kept)"


def show_requests(services: Services, service: Service, traffic: RequestFilter, rater: str) -> None:
    """Show the list and, when one request is selected, all of it.

    traffic: the part of the traffic and the span of time that are looked at.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="watch-filters"):
        shown = address.choose(
            st.segmented_control, "Show", list(LABELS), name="show", required=True,
            format_func=LABELS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        words = address.write_text(
            "Question contains", name="find", placeholder="Words of the question", width=200,
            label_visibility="collapsed",
        )  # fmt: skip
    faulty: dict[str, Any] = dict(FAULTS.get(shown, {}))  # type: ignore[call-overload]
    wanted = RequestFilter(**vars(traffic) | faulty | {"holds": words or None})
    count = services.watching.count_requests(wanted)
    if not count:
        st.info("No request matches. Choose a longer period, or remove a filter.")
        return
    page = min(int(st.session_state.get(address.key_of("page"), 1)), -(-count // PAGE))
    listed = services.watching.list_requests(wanted, page)
    table = st.container()
    with st.container(horizontal=True, vertical_alignment="center", key="watch-list-line"):
        buttons = st.container(horizontal=True, vertical_alignment="center", width="content")
        chosen_page = address.choose_page(-(-count // PAGE), name="page")
    if chosen_page != page:
        listed = services.watching.list_requests(wanted, chosen_page)
    with table:
        chosen = _table(listed)
    with buttons:
        offer_questions(services, service, wanted, chosen, count)
    if len(chosen) == 1:
        show_request(services, service, services.watching.find_requests(chosen)[0], rater)


def _table(listed: Sequence[ListedRequest]) -> list[str]:
    rows = [_row(request) for request in listed]

    def draw(key: str) -> Any:
        selected = st.session_state[key]["selection"]["rows"]
        most = ROWS_ABOVE_A_REQUEST if len(selected) == 1 else ROWS
        return data_table(
            rows, key=key, hide_index=True, height=height_of(len(rows), most), on_select="rerun",
            selection_mode="multi-row", alt="Requests, newest first",
            column_config={
                "Question": st.column_config.TextColumn(width=480),
                "Asked": st.column_config.TextColumn(width=150),
            },
        )  # fmt: skip

    return address.select_rows([request.id for request in listed], draw, name="requests")


def _row(request: ListedRequest) -> dict[str, str]:
    declined = "declined" if request.refused else ""
    return {
        "Asked": time_text(request.asked_at),
        "Question": request.question or TEXT_NOT_KEPT,
        "Grounding": "" if request.grounding is None else signed("grounding", request.grounding),
        "Outcome": declined if request.state == "ok" else request.state,
        "Thumbs": ", ".join(f"{n} {way}" for n, way in ((request.ups, "up"), (request.downs, "down")) if n),
        "Time": seconds_text(request.seconds),
        "Cost": answer_cost_text(request.cost_usd),
    }
