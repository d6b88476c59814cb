"""Forms for scores with settings: custom rubrics, a ladder for grounding, a judge for a single score.
Knows nothing about how a judge is asked. The draft keeps the entries under `score_settings`, as in a file."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.space.files import validate
from workbench.space.scores import (
    DEFAULT_ESCALATION,
    ScoreEntry,
    asks_judge,
    expand_score_names,
    has_ladder,
)
from workbench.ui.design import draft
from workbench.ui.design.draft_values import IN_FILE
from workbench.ui.services import Services
from workbench.ui.session import show_error
from workbench.ui.widgets.judge_agreement import show_agreements
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label

NEW = ""


def show_judging(services: Services, judges: list[str]) -> None:
    """Show the forms, each in a pop-over, and what is set in words."""
    settings: dict[str, Any] = draft.get("score_settings") or {}
    chosen = draft.get("scores") or []
    with st.container(horizontal=True):
        with st.popover("Rubrics", icon=":material/rule:", key=f"design.rubrics.{_round()}"):
            _rubric_form([n for n in chosen if settings.get(n, {}).get("rubric")], judges)
        asking = [n for n in chosen if asks_judge(n) or has_ladder(n)]
        if asking:
            with st.popover("Ladder, judges", icon=":material/stairs:", key=f"design.ladders.{_round()}"):
                _settings_form(asking, judges)
        _against_ratings(services, [name for name in asking if has_ladder(name)])
    for name in chosen:
        if name in settings:
            st.caption(_in_words(name, settings[name]))


def _against_ratings(services: Services, laddered: list[str]) -> None:
    """The pop-over that holds the scores to people's thumbs, and takes a ladder's bounds from them."""
    popover = st.popover(
        "Against ratings", icon=":material/thumbs_up_down:", key=f"design.agreement.{_round()}",
        on_change="rerun",
    )  # fmt: skip
    if not popover.open:
        return
    with popover:
        found = services.ratings.judge_agreements()
        show_agreements(found)
        for one in found:
            if one.score in laddered and not one.judge and one.threshold is not None:
                _offer_bounds(one.score, one.threshold.low, one.threshold.high)
        if found:
            link("models", "Ask a judge about the rated answers", "gavel")


def _offer_bounds(name: str, low: float, high: float) -> None:
    """A button that has a judge decide where the free score does not tell liked answers from others."""
    bounds = [max(0.0, math.floor(low * 20) / 20), min(1.0, math.ceil(high * 20) / 20)]
    said = f"between {bounds[0]:.2f} and {bounds[1]:.2f}"
    if st.button(f"Let a judge decide {name} {said}", key=f"design.take_bounds.{_round()}.{name}"):
        settings: dict[str, Any] = draft.get("score_settings") or {}
        entry = {**settings.get(name, {}), "name": name, "ladder": ["embedded", "model"]}
        draft.put("score_settings", settings | {name: entry | {"escalate_between": bounds}})
        draft.put("judging_round", _round() + 1)
        st.rerun()
    st.caption(f"The threshold of {name} that agrees best with the thumbs lies {said}.")


def _round() -> int:
    """Return the number in the forms' keys. It grows with each change, which closes and empties the forms."""
    return int(draft.get("judging_round", 0))


def _in_words(name: str, entry: dict[str, Any]) -> str:
    parts = []
    if entry.get("rubric"):
        parts.append(f"rubric: {as_label(entry['rubric'], 90)}")
    if entry.get("ladder"):
        low, high = entry.get("escalate_between") or DEFAULT_ESCALATION
        parts.append(f"the free score, a judge between {low:g} and {high:g}")
    if entry.get("judge"):
        parts.append(f"judged by {as_label(_judge_label(entry))}")
    return f"{as_label(name)}: {'; '.join(parts)}"


def _judge_label(entry: dict[str, Any]) -> str:
    judge = entry.get("judge")
    return f"{judge['name']}{IN_FILE}" if isinstance(judge, dict) else judge or ""


def _choose_judge(entry: dict[str, Any], judges: list[str], key: str) -> Any:
    """Choose the experiment's judge ("") or another; one that is written inline stays as it is."""
    present = _judge_label(entry)
    options = list(dict.fromkeys(["", *judges, *([present] if present else [])]))
    chosen = st.selectbox(
        "Judge", options, options.index(present), key=key, format_func=lambda n: n or "the experiment's"
    )
    return entry["judge"] if present and chosen == present else chosen or None


def _rubric_form(rubrics: list[str], judges: list[str]) -> None:
    settings: dict[str, Any] = draft.get("score_settings") or {}
    which = st.selectbox(
        "Rubric", [NEW, *rubrics], key=f"design.rubric.{_round()}", format_func=lambda n: n or "A new one"
    )
    entry = settings.get(which, {})
    key = f"{_round()}.{which}"
    name = st.text_input("Name", which, key=f"design.rubric_name.{key}")
    text = st.text_area(
        "What is judged, and what 1 and 0 mean",
        entry.get("rubric", ""),
        key=f"design.rubric_text.{key}",
        height=140,
        placeholder="1 when the answer is polite, 0 when it is curt, 0.5 for in between.",
        help="The judge gives a score from 0 to 1. It sees question, answer, passages and reference.",
    )
    judge = _choose_judge(entry, judges, f"design.rubric_judge.{key}")
    entered = {"name": name.strip(), "rubric": text, **({"judge": judge} if judge else {})}
    with st.container(horizontal=True):
        if st.button("Save", key=f"design.rubric_keep.{key}", type="primary"):
            error = _validate(entered, which)
            if error is None:
                _keep(entered, which)
                st.rerun()
            show_error(error)
        if which and st.button("Remove", key=f"design.rubric_remove.{key}"):
            _keep(None, which)
            st.rerun()


def _validate(entry: dict[str, Any], before: str) -> WorkbenchError | None:
    """Return why this entry cannot replace the one named `before`; None when it can."""
    try:
        rubric = validate(ScoreEntry, entry, "the rubric")
        expand_score_names([rubric])
    except WorkbenchError as error:
        return error
    if rubric.name != before and rubric.name in (draft.get("scores") or []):
        return WorkbenchError(f"There is already a score named {rubric.name!r}.")
    return None


def _keep(entry: dict[str, Any] | None, before: str) -> None:
    """Replace the entry named `before`. The scores' widget is set when the page is next drawn."""
    settings = {k: v for k, v in (draft.get("score_settings") or {}).items() if k != before}
    scores = list(draft.get("scores") or [])
    at = scores.index(before) if before in scores else len(scores)
    scores[at : at + 1] = [entry["name"]] if entry else []
    if entry:
        settings[entry["name"]] = entry
    draft.put("score_settings", settings)
    draft.put("scores_next", scores)
    draft.put("judging_round", _round() + 1)


def _settings_form(names: list[str], judges: list[str]) -> None:
    settings: dict[str, Any] = draft.get("score_settings") or {}
    name = st.selectbox("Score", names, key=f"design.laddered.{_round()}")
    entry = settings.get(name, {})
    key = f"{_round()}.{name}"
    changed: dict[str, Any] = {"name": name}
    if has_ladder(name):
        on = st.toggle(
            "Ask a judge where the free score is unsure",
            bool(entry.get("ladder")),
            key=f"design.ladder_on.{key}",
        )
        bounds = entry.get("escalate_between") or list(DEFAULT_ESCALATION)
        low, high = st.slider(
            "Unsure between",
            0.0,
            1.0,
            (bounds[0], bounds[1]),
            0.05,
            key=f"design.ladder.{key}",
            disabled=not on,
        )
        st.caption("Outside this range the free score is used. `judge-check` measures which range is right.")
        if on:
            changed["ladder"] = ["embedded", "model"]
            if [low, high] != list(DEFAULT_ESCALATION):
                changed["escalate_between"] = [low, high]
    else:
        on = True
    judge = _choose_judge(entry, judges, f"design.ladder_judge.{key}") if on else None
    if judge:
        changed["judge"] = judge
    if st.button("Save", key=f"design.ladder_keep.{key}", type="primary"):
        try:
            validate(ScoreEntry, changed, name)
        except WorkbenchError as error:
            show_error(error)
            return
        others = {k: v for k, v in settings.items() if k != name}
        draft.put("score_settings", others | ({name: changed} if len(changed) > 1 else {}))
        draft.put("judging_round", _round() + 1)
        st.rerun()
