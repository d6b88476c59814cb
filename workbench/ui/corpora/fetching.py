"""Has a corpus fetched, shows how far it is until it is done or stopped, and then what came of it.
Knows nothing about how documents are fetched."""

from __future__ import annotations

import time
from typing import Any, Literal

import streamlit as st

from workbench.formatting import byte_size
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask, forget, stop

Kind = Literal["add_corpus", "fetch_corpus"]
PENDING = "corpora.fetching"  # corpus → (kind, payload, when it was asked for)
STOPPING = "corpora.fetching.stopping"  # the corpora whose fetch was told to stop
ENDED = f"{address.DIALOG}fetched"  # (corpus, result or error) of the last fetch, until a page is entered
SHOWN = 20  # documents that are named one by one


def begin(kind: Kind, corpus: str, payload: dict[str, Any]) -> None:
    """Have a corpus added or fetched again; the page then shows how far it is."""
    st.session_state.setdefault(PENDING, {})[corpus] = (kind, payload | {"corpus": corpus}, time.time())
    st.session_state.pop(ENDED, None)


def find_adding() -> str | None:
    """The name of the corpus that is being added; None for none."""
    pending = st.session_state.get(PENDING, {})
    return next((corpus for corpus, (kind, *_) in pending.items() if kind == "add_corpus"), None)


def _request(corpus: str) -> str:
    return f"corpora.fetch.{corpus}"


def _stop(services: Services, corpus: str) -> None:
    st.session_state.setdefault(STOPPING, set()).add(corpus)
    stop(services, _request(corpus))


def show_progress(services: Services, corpus: str) -> bool:
    """Show how far the fetch of a corpus is; return whether it goes on."""
    pending = st.session_state.get(PENDING, {}).get(corpus)
    if pending is None:
        return False
    kind, payload, since = pending
    stopping = corpus in st.session_state.get(STOPPING, ())
    with st.container(border=True, key="fetch_progress"):
        reply = ask(
            services, _request(corpus), kind, payload, version=since, show_pieces=_show_pieces,
            doing="Stopping…" if stopping else f"Fetching the documents of {corpus}…", say_errors=False,
        )  # fmt: skip
        if reply.stale:
            st.button(
                "Stop", key="corpora.fetch.stop", icon=":material/stop:", on_click=_stop,
                args=(services, corpus), disabled=stopping,
                help="The corpus is unchanged; the next fetch continues from what was downloaded.",
            )  # fmt: skip
            return True
    del st.session_state[PENDING][corpus]
    st.session_state.get(STOPPING, set()).discard(corpus)
    forget(_request(corpus))
    st.session_state[ENDED] = (corpus, reply.result or reply.error)
    is_made = any(listed.name == corpus for listed in services.corpora.list_corpora())
    if kind == "add_corpus" and reply.result is not None and is_made:
        address.set_next("corpus", corpus)
    st.rerun()
    return False


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    progress = pieces.get("progress")
    if not progress or not progress["count"]:
        st.progress(0.0, text="Asking the source")
        return
    done, count = progress["done"], progress["count"]
    size, doing = byte_size(progress["bytes"]), as_label(progress["doing"], 90)
    text = f"{done:,} of {count:,} documents · {size} · {doing}"
    st.progress(min(1.0, done / count), text=text)


def show_outcome(corpus: str) -> None:
    """Show what came of the last fetch of a corpus, until another page is entered."""
    of, outcome = st.session_state.get(ENDED, ("", None))
    if of != corpus or outcome is None:
        return
    if "message" in outcome:
        st.error(_error_text(outcome))
        return
    if outcome["state"] != "done":
        st.warning(as_markdown(outcome["in_words"]))
        return
    gone = [f"{one['document']}: {one['why']}" for one in outcome["gone"]]
    named = {"New": outcome["new"], "Changed": outcome["changed"], "Removed, now in the trash": gone}
    with st.container(horizontal=True, vertical_alignment="center", key="fetch_outcome"):
        st.markdown(f":green[:material/check_circle:] {as_markdown(outcome['in_words'])}", width="content")
        if outcome["notes"] or any(named.values()):
            with st.popover("Details"):
                for note in outcome["notes"]:
                    st.markdown(as_markdown(note))
                for title, names in named.items():
                    _list(title, names)


def _error_text(error: dict[str, Any]) -> str:
    return "\n\n".join(as_markdown(text) for text in (error["message"], error.get("hint")) if text)


def name_not_added() -> str:
    """The name that the last corpus would have had, where it was not added; else empty."""
    corpus, outcome = st.session_state.get(ENDED, ("", None))
    return corpus if outcome is not None and "message" in outcome else ""


def show_why_not_added() -> None:
    """Show why the last corpus was not added."""
    _, outcome = st.session_state.get(ENDED, ("", None))
    if outcome is not None and "message" in outcome:
        st.error(_error_text(outcome))
    elif outcome is not None and outcome["state"] != "done":
        st.warning("Stopped before anything was fetched.")


def _list(title: str, names: list[str]) -> None:
    if names:
        more = f" … and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        st.markdown(f"**{title}** ({len(names):,}): {', '.join(map(as_markdown, names[:SHOWN]))}{more}")
