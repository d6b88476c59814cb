"""Shows the code that an experiment names in a dialog, and takes the user's yes that it may run.
Knows nothing about what the code does; nothing of it is imported here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.user_code.permission import Code

LINES_IN_SIGHT = 14
OPEN = f"{address.DIALOG}code"


def offer_code(
    services: Services, codes: Sequence[Code], experiment: str, place: str, then: Callable[[], None]
) -> None:
    """Draw the button that opens the dialog, and the dialog while it is open; nothing without any code.

    experiment: the name of the experiment that names the code.
    place: names the place of the page.
    then: called after a yes, before the page is drawn again.
    """
    if not codes:
        return
    if st.button("Read the code…", key=f"{place}.read_code", icon=":material/code:"):
        st.session_state[OPEN] = place
    if st.session_state.get(OPEN) == place:
        _show(services, codes, experiment, place, then)


def _height(text: str) -> int | Literal["content"]:
    """A long file scrolls, so that the buttons stay in sight."""
    return 320 if text.count("\n") > LINES_IN_SIGHT else "content"


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Code that would run", width="large", on_dismiss=_close)
def _show(
    services: Services, codes: Sequence[Code], experiment: str, place: str, then: Callable[[], None]
) -> None:
    st.markdown(
        as_markdown(
            f"The experiment {experiment} names the code below. It would run on this computer with all "
            "your permissions: read files, use keys, send data anywhere. Allow it only if you wrote it "
            "or trust whoever did."
        )
    )
    try:
        shown = [services.code.read(code) for code in codes]
    except WorkbenchError as error:
        show_error(error)
        return
    for item in shown:
        st.markdown(f"**{as_markdown(item.code.what)}**")
        if item.code.package:
            st.caption(as_markdown(item.code.in_words))
        else:
            st.caption(f"Last changed {item.changed}. If it changes again, you are asked again.")
            st.code(item.text, language="python", line_numbers=True, height=_height(item.text))
    with st.container(horizontal=True):
        if st.button("Allow it to run", type="primary", key=f"{place}.allow_code"):
            services.code.allow([item.code for item in shown])
            _close()
            then()
            st.rerun()
        if st.button("Cancel", key=f"{place}.refuse_code"):
            _close()
            st.rerun()
