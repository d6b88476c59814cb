"""Lets a person select words of a shown text with the mouse, and says which ones.
Knows nothing about what is done with them. The text itself is drawn, escaped, by show_text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

HTML = """
<div class="bar" role="toolbar" aria-label="Selected words">
  <button type="button" data-action="new" disabled>New question with this as evidence</button>
  <button type="button" data-action="add" disabled>Add to a question…</button>
  <span class="hint" aria-live="polite"></span>
</div>
"""
CSS = """
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; font-family: var(--st-font); }
button { font: inherit; font-size: .875rem; padding: .25rem .6rem; cursor: pointer; border-radius: .5rem;
  border: 1px solid var(--st-border-color); background: transparent; color: var(--st-text-color); }
button:hover:enabled, button:focus-visible { border-color: var(--st-primary-color); }
button:disabled { cursor: default; opacity: .55; }
.hint { font-size: .875rem; color: var(--st-text-color); opacity: .8; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; flex: 1 1 8rem; min-width: 0; }
"""
# Offsets are counted in code points, as Python counts them.
JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  const hint = parentElement.querySelector(".hint");
  const buttons = [...parentElement.querySelectorAll("button")];
  const length = (text) => Array.from(text).length;
  let chosen = null;
  const measure = () => {
    const shown = document.querySelector(`.st-key-${data.container} .wb`);
    const selection = document.getSelection();
    if (!shown || !selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!shown.contains(range.startContainer) || !shown.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.selectNodeContents(shown);
    before.setEnd(range.startContainer, range.startOffset);
    const start = length(before.toString()), text = range.toString();
    return text.trim() ? { start, end: start + length(text), text } : null;
  };
  const update = () => {
    chosen = measure();
    for (const button of buttons) button.disabled = !chosen;
    hint.textContent = chosen ? `“${chosen.text.trim()}”` : data.hint;
  };
  const press = (event) => {
    if (chosen) setTriggerValue("chosen", { ...chosen, action: event.currentTarget.dataset.action });
  };
  // A press would clear the selection before the click.
  const hold = (event) => event.preventDefault();
  for (const button of buttons) {
    button.addEventListener("mousedown", hold);
    button.addEventListener("click", press);
  }
  document.addEventListener("selectionchange", update);
  update();
  return () => {
    document.removeEventListener("selectionchange", update);
    for (const button of buttons) {
      button.removeEventListener("mousedown", hold);
      button.removeEventListener("click", press);
    }
  };
}
"""
HINT = "Select words of the text to mark them as evidence."


@dataclass(frozen=True)
class Chosen:
    """Words that a person selected, and what is to be done with them."""

    start: int
    """The offset of the first character in the shown text, from 0."""
    end: int
    """The offset after the last one."""
    action: str
    """"new" for a new question, "add" for one that there is."""


_draw = st.components.v2.component("text_selection", html=HTML, css=CSS, js=JS)


def choose_words(container: str, text: str, *, key: str) -> Chosen | None:
    """Draw the buttons for selected words; return the words once when a button is pressed.

    container: the key of the container in which show_text drew the text.
    text: the text as it is shown; blanks around the selected words are not part of them.
    """
    result: Any = _draw(data={"container": container, "hint": HINT}, key=key, on_chosen_change=lambda: None)
    value = result.chosen
    if not value:
        return None
    start, end = int(value["start"]), int(value["end"])
    words = text[start:end]
    if words != value["text"]:  # the text was drawn anew in the meantime
        return None
    start += len(words) - len(words.lstrip())
    return Chosen(start, start + len(words.strip()), str(value["action"]))
