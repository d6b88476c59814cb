"""Opens a popover by a key: Streamlit's own shortcuts are only for buttons, and only letters and digits.
Knows nothing about what is in the popover."""

from __future__ import annotations

import json

import streamlit as st

# Runs in the browser. Listens once per popover, however often it is drawn, and not while a person types.
SCRIPT = """<script>
(() => {
  const key = %s, popover = %s, listening = (window.workbenchKeys ??= new Set());
  if (listening.has(popover)) return;
  listening.add(popover);
  document.addEventListener("keydown", (event) => {
    if (event.key !== key || event.target.closest("input, textarea, [contenteditable]")) return;
    document.querySelector(`.st-key-${popover} button`)?.click();
  });
})();
</script>"""


def open_by_key(key: str, popover: str) -> None:
    """Have a key open a popover.

    key: as the browser names it, for example "?".
    popover: the popover's key.
    """
    st.html(SCRIPT % (json.dumps(key), json.dumps(popover)), unsafe_allow_javascript=True)
