"""Shows two services side by side that answer the same traffic: their figures and how these differ.
Knows nothing about how the difference is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from workbench.store.serving.records import Service
from workbench.store.serving.request_list import RequestFilter
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.score_tint import TINTS
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.watch.figure_words import day_text, label_of, value_text, with_interval

if TYPE_CHECKING:
    from workbench.watch.figures import WatchedFigure
    from workbench.watch.side_by_side import Difference

HOW = {
    "shadow": "Both answered the same requests; nobody was shown the second one's answers. The difference is "
    "paired by request.",
    "share": "Each answered its own share of the users. The difference is between two groups.",
}
SIGNS = {"better": TINTS["good"].sign, "worse": TINTS["poor"].sign, "not told apart": TINTS["unclear"].sign}
ROUTE_SIGNS = {"kept": SIGNS["better"], "broken": SIGNS["worse"], "not told": SIGNS["not told apart"]}


def show_side_by_side(services: Services, service: Service, traffic: RequestFilter) -> None:
    """Show the service beside the one that is chosen of those that answer with it."""
    others = services.watching.find_others(service)
    if not others:
        st.info(
            "No other winner is served with this one. Serve two, and the second gets a share of the traffic "
            "(an A/B test), or answers all of it as a shadow, which no user sees."
        )
        if (command := services.watching.find_second_command(service)) is not None:
            st.code(command, language="bash", wrap_lines=True)
        return
    by_key = {f"{other.service.id}:{other.role}": other for other in others}
    names = {
        key: f"{other.service.name}, {'in the shadow' if other.role == 'shadow' else 'a share'} since "
        f"{day_text(other.since)}"
        for key, other in by_key.items()
    }
    chosen = address.choose(
        st.selectbox, "Beside it", list(by_key), name="beside", format_func=names.__getitem__, width=560
    )
    other = by_key[chosen]
    found = services.watching.compare(service, other, traffic.since or 0.0)
    if not found:
        st.info("Neither has values in this period. Choose a longer one.")
        return
    st.caption(f"{HOW[other.role]} First: {as_label(service.name)}. Second: {as_label(other.service.name)}.")
    if (loss := services.watching.find_route_loss(service, other, traffic.since or 0.0)) is not None:
        st.markdown(f"{ROUTE_SIGNS[loss.word]} {as_markdown(loss.in_words())}")
    st.table(
        [_row(difference) for difference in found], border="horizontal", hide_index=True,
        alt="Metrics of both services",
    )  # fmt: skip
    st.caption(
        "With 95% intervals. Each metric is tested separately, so about one in twenty differs by chance; "
        "a gate corrects for that."
    )


def _row(difference: Difference) -> dict[str, str]:
    figure = difference.figure
    ends = [_signed(figure, end) for end in (difference.low, difference.high)]
    texts = {
        "Metric": label_of(figure),
        "First": with_interval(figure, difference.first),
        "Second": with_interval(figure, difference.second),
        "Second minus first": f"{_signed(figure, difference.difference)} ({ends[0]} to {ends[1]})",
        "The second is": f"{SIGNS[difference.word]} {difference.word}",
        "Over": f"{difference.second.count:,}",
    }
    return {name: as_markdown(text) for name, text in texts.items()}


def _signed(figure: WatchedFigure, value: float) -> str:
    """Return a difference with its sign, also in front of dollars; nothing that is shown as 0 has one."""
    text = value_text(figure, abs(value))
    sign = "−" if value < 0 else "+"
    return f"{sign}{text}" if any(digit in text for digit in "123456789") else text
