"""Has keys click what Streamlit's own shortcuts, of letters and digits for buttons, cannot.
Knows nothing about what is clicked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import streamlit as st

# Runs in the browser. Listens once per key and target, however often it is drawn; not while a person types,
# and not to keys that the browser itself obeys, such as Ctrl+1.
SCRIPT = """<script>
(() => {
  const targets = %s, listening = (window.workbenchKeys ??= new Set());
  for (const [key, target] of Object.entries(targets)) {
    if (listening.has(key + target)) continue;
    listening.add(key + target);
    document.addEventListener("keydown", (event) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input:not([type=radio]), textarea, [contenteditable]")) return;
      const [clicked, field] = target.split(" => ");
      document.querySelector(clicked)?.click();
      const look = (tries) => {
        const found = document.querySelector(field);
        if (found) found.focus();
        else if (tries) setTimeout(look, 50, tries - 1);
      };
      if (field) setTimeout(look, 50, 20);
    });
  }
})();
</script>"""

# Streamlit loads some fields only when they are first drawn, so this looks again for a second.
FOCUS = """<script>
(() => {
  const look = (tries) => {
    const field = document.querySelector(%s);
    if (field) field.focus();
    else if (tries) setTimeout(look, 50, tries - 1);
  };
  look(20);
})();
</script>"""


def click_by_key(targets: Mapping[str, str]) -> None:
    """Have keys click elements.

    targets: key, as the browser names it ("?"), to the CSS selector of what it clicks; after " => " that of
        a field inside, into which the cursor goes. Nothing from outside.
    """
    st.html(SCRIPT % json.dumps(dict(targets)), unsafe_allow_javascript=True)


def focus(target: str) -> None:
    """Put the cursor into a field once it is drawn.

    target: its CSS selector. Nothing from outside.
    """
    st.html(FOCUS % json.dumps(target), unsafe_allow_javascript=True)


def show_keys(keys: Sequence[tuple[str, str]], *, key: str) -> None:
    """Draw the popover that lists a page's keys; "?" opens it.

    keys: (key, what it does) for each.
    key: the popover's key, of letters and hyphens.
    """
    with st.popover("Keys (?)", key=key):
        for name, what in [*keys, ("?", "these keys")]:
            st.markdown(f"**{name}**  {what}")
    click_by_key({"?": f".st-key-{key} button"})
