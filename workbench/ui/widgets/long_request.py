"""Has the worker do something that takes long, and shows how far it is until it is done or stopped.
Knows nothing about what is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget, stop

Pieces = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class LongRequest:
    """One kind of work, of which a session awaits one at a time."""

    name: str
    """What its state and its *Stop* are kept under, such as "gate"."""
    kind: str
    """The kind of the worker's request."""
    doing: str
    """What is being done, in words."""
    stop_help: str
    """What becomes of it when it is stopped."""
    note: str
    """What happens when the page is left."""
    show_pieces: Callable[[Pieces], None]
    """Shows how far it is."""

    @property
    def _pending(self) -> str:
        return f"{self.name}.pending"

    @property
    def _stopping(self) -> str:
        return f"{self.name}.pending.stopping"

    @property
    def _ended(self) -> str:  # until a page is entered
        return f"{address.DIALOG}{self.name}_ended"

    @property
    def _request(self) -> str:
        return f"{self.name}.request"

    def begin(self, payload: dict[str, Any], about: str = "") -> None:
        """Have it done; the page then shows how far it is. about: what it belongs to, such as a corpus."""
        st.session_state[self._pending] = (about, payload, time.time())
        st.session_state.pop(self._ended, None)
        st.session_state.pop(self._stopping, None)

    def is_running(self, about: str = "") -> bool:
        """Whether it is awaited in this session, for this."""
        pending = st.session_state.get(self._pending)
        return pending is not None and pending[0] == about

    def end_with(self, lines: list[str]) -> None:
        """Say why it ended without what was hoped for, until a page is entered."""
        st.session_state[self._ended] = lines

    @property
    def ending(self) -> str:
        """Why it ended without what was hoped for, as Markdown; "" when it did not."""
        return "  \n".join(as_markdown(line) for line in st.session_state.get(self._ended) or ())

    def _stop(self, services: Services) -> None:
        st.session_state[self._stopping] = True
        stop(services, self._request)

    def show(
        self, services: Services, take: Callable[[dict[str, Any], dict[str, Any]], None], about: str = ""
    ) -> bool:
        """Show how far it is; return whether it goes on. take: gets the result and the payload at its end."""
        if not self.is_running(about):
            return False
        _, payload, since = st.session_state[self._pending]
        stopping = self._stopping in st.session_state
        doing = "Stopping. Finishing work in progress first…" if stopping else self.doing
        with st.container(border=True, key=f"{self.name.replace('.', '_')}_progress"):
            reply = ask(
                services, self._request, self.kind, payload, doing=doing, version=since,
                show_pieces=self.show_pieces, say_errors=False,
            )  # fmt: skip
            if reply.stale:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.button(
                        "Stop", key=f"{self.name}.stop", icon=":material/stop:", on_click=self._stop,
                        args=(services,), disabled=stopping, help=self.stop_help,
                    )  # fmt: skip
                    st.caption(self.note)
                return True
        st.session_state.pop(self._pending)
        forget(self._request)
        if reply.error is not None:
            self.end_with([t for t in (reply.error["message"], reply.error.get("hint")) if t])
        elif reply.result is not None:
            take(reply.result, payload)
        st.rerun()
        return False
