"""Shows the checks of a service: when its canaries were asked again, and what was found of model and answers.
Knows nothing about how verdicts are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.store.serving.records import Service, ServiceCheck
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table, height_of
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.score_tint import TINT_STYLE, TINTS, tinted_html
from workbench.ui.widgets.text import as_markdown, show_text
from workbench.watch.figure_words import VERDICTS, time_text

TINT_OF = {"unchanged": "good", "changed": "unclear", "worse": "poor", "cannot be told": "none"}
"""A verdict → the name of its tint."""
ROWS = 5
ANSWER_LINES = 5


def show_checks(services: Services, service: Service) -> None:
    """Show the checks as a table, the newest first, and the one that is selected, or else the newest."""
    checks = list(reversed(services.watching.list_checks(service.id)))
    if not checks:
        _how_to_check(services, service)
        return
    if len(checks) > 1:
        rows = [_row(check) for check in checks]
        chosen = address.select_row(
            [str(check.id) for check in checks],
            lambda key: data_table(
                rows, key=key, hide_index=True, height=height_of(len(rows), ROWS), on_select="rerun",
                selection_mode="single-row", alt="Checks, newest first",
            ),
            name="check",
        )  # fmt: skip
        shown = next((check for check in checks if str(check.id) == chosen), checks[0])
    else:
        shown = checks[0]
    _show(shown)


def _how_to_check(services: Services, service: Service) -> None:
    st.info(
        "Not checked yet. A check re-asks the questions kept in the winner's file and tells you whether "
        "the model, the corpus, the questions or the answers changed."
    )
    if service.path:
        st.markdown("Check it now, in the folder where the app was started, or daily with a scheduler:")
        command = services.watching.commands_of(Path(service.path)).check
        st.code(command, language="bash", wrap_lines=True)


def _row(check: ServiceCheck) -> dict[str, str]:
    verdicts = check.found.get("verdicts", {})
    state = "" if check.finished_at else check.message or "not finished"
    signs = {name: TINTS[TINT_OF.get(word, "none")].sign for name, word in verdicts.items()}
    return {
        "Day": str(check.day),
        "When": time_text(check.started_at),
        **{
            label: f"{signs[name]} {verdicts[name]}" if name in verdicts else ""
            for name, label in VERDICTS.items()
        },
        **({"State": state} if state else {}),
    }


def _show(check: ServiceCheck) -> None:
    found = check.found
    if check.finished_at is None:
        heading(f"Day {check.day}", as_markdown(time_text(check.started_at)))
        st.info(as_markdown(check.message or "Not finished: it is running, or was interrupted."))
        return
    facts = [time_text(check.started_at), f"{found.get('canaries', 0)} canaries"]
    facts += [f"{found['failed']} of {found['answers']} answers failed"] if found.get("failed") else []
    heading(f"Day {check.day}", as_markdown(" · ".join(facts)))
    st.html(TINT_STYLE)
    why = found.get("why", {})
    with st.container(horizontal=True, gap="small", key="watch-verdicts"):
        for name, word in found.get("verdicts", {}).items():
            with st.container(width=242, gap="xsmall"):
                _verdict(VERDICTS.get(name, name), str(word), why.get(name, {}))
    _scores(found.get("scores", {}))
    _worst(why.get("answers", {}).get("worst", ()))


def _verdict(label: str, word: str, why: Mapping[str, Any]) -> None:
    tint = TINTS[TINT_OF.get(word, "none")]
    st.markdown(f"**{as_markdown(label)}**")
    st.html(tinted_html(f"{tint.sign} {word}", tint))
    since = why.get("since_day")
    said = [*why.get("sentences", ()), *([f"First found on day {since}."] if since is not None else [])]
    st.caption(as_markdown(" ".join(said)))


def _scores(scores: Mapping[str, Mapping[str, float | None]]) -> None:
    if not scores:
        return
    st.table(
        [
            {
                "Score of the canaries": as_markdown(label_of(name)),
                "Then": _number(score.get("then")),
                "Now": _number(score.get("mean")),
                "95% interval": f"{_number(score.get('low'))}–{_number(score.get('high'))}",
            }
            for name, score in scores.items()
        ],
        border="horizontal", hide_index=True, alt="Scores of the canaries, then and now",
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _worst(worst: Sequence[Mapping[str, Any]]) -> None:
    """Show the canaries whose scores fell most, with both answers."""
    if not worst:
        return
    with st.expander(f"The canaries that fell most ({len(worst)})"):
        for one in worst:
            score = f"{label_of(one['score'])} {one['change']:+.2f}"
            st.markdown(f"**{as_markdown(one['question'])}** · {as_markdown(score)}")
            then, now = st.columns(2)
            with then:
                st.caption("Then")
                show_text(one["then"], small=True, lines=ANSWER_LINES)
            with now:
                st.caption("Now")
                show_text(one["now"], small=True, lines=ANSWER_LINES)
