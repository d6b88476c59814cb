"""A key that opens a popover: Streamlit's own shortcuts are for buttons, and know letters and digits only.
Knows nothing about what is in the popover."""

from __future__ import annotations

import json

import streamlit as st

# Runs in the page. Listens once for each place, however often the page is drawn; not while one writes.
SCRIPT = """<script>
(() => {
  const key = %s, place = %s, known = (window.workbenchKeys ??= new Set());
  if (known.has(place)) return;
  known.add(place);
  document.addEventListener("keydown", (event) => {
    if (event.key !== key || event.target.closest("input, textarea, [contenteditable]")) return;
    document.querySelector(`.st-key-${place} button`)?.click();
  });
})();
</script>"""


def open_by_key(key: str, place: str) -> None:
    """key: as the browser names it, as "?".  place: the popover's key."""
    st.html(SCRIPT % (json.dumps(key), json.dumps(place)), unsafe_allow_javascript=True)
