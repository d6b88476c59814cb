"""Shows how far a model agrees with people when it judges, and has it asked about the rated answers.
Knows nothing about how a judge is asked: the worker does it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted, dollars
from workbench.space.model import Model
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.judge_agreement import LEGEND, interval_text, show_agreements
from workbench.ui.widgets.long_request import LongRequest, Pieces


def _show_pieces(pieces: Pieces) -> None:
    progress = pieces.get("progress") or {}
    if count := progress.get("count"):
        st.progress(
            progress["done"] / count, text=f"{progress['done']:,} of {counted(count, 'answer')} judged"
        )


CHECK = LongRequest(
    name="models.judge_check",
    kind="judge_check",
    doing="Asking the judge…",
    stop_help="What was asked until then stays in the ledger and is not paid for again.",
    note="It keeps running if you leave this page, and its replies stay in the ledger.",
    show_pieces=_show_pieces,
)


def show_judge_check(services: Services, model: Model) -> None:
    """The folded part of a chat model on a server."""
    if model.kind != "chat" or model.embedded:
        return
    with st.expander("As a judge: does it agree with people?", key="judge-check", on_change="rerun") as part:
        if not part.open:
            return
        try:
            _show(services, model)
        except WorkbenchError as error:
            show_error(error)


def _show(services: Services, model: Model) -> None:
    stored = [one for one in services.ratings.judge_agreements() if one.judge == model.name]
    if stored:
        show_agreements(stored)
    if CHECK.show(services, _keep, model.name):
        return
    if CHECK.ending:
        st.warning(CHECK.ending)
    checked = st.session_state.get(f"models.judge_checked.{model.name}")
    if checked:
        _show_report(checked)
    price = services.ratings.price_judge_check(model)
    cost = "of unknown price" if price.cost_usd is None else f"for at most {dollars(price.cost_usd.high)}"
    if st.button(
        f"Ask it about {counted(price.answers, 'rated answer')}", key="models.judge_check.ask",
        icon=":material/gavel:",
    ):  # fmt: skip
        CHECK.begin({"judge": model.model_dump(mode="json", exclude_defaults=True)}, model.name)
        st.rerun()
    st.caption(
        f"At most {counted(price.calls, 'call')}, {cost}: whether the passages support each answer. "
        "Stored verdicts are not paid for again."
    )


def _keep(result: dict[str, Any], payload: dict[str, Any]) -> None:
    st.session_state[f"models.judge_checked.{payload['judge']['name']}"] = result


def _show_report(report: dict[str, Any]) -> None:
    if report["one_class"]:
        st.info(report["one_class"])
    for judge in report["judges"]:
        best = judge["best_threshold"]
        said = f"**{judge['judge']}** ({judge['asks']}): AUROC "
        said += interval_text(judge["auroc"], judge["low"], judge["high"])
        said += f" on {counted(judge['count'], 'answer')}"
        if best:
            said += f"; agrees best from {interval_text(best['value'], best['low'], best['high'])} on"
        said += f"; {counted(judge['failed'], 'failure')}" if judge["failed"] else ""
        st.markdown(f"{said}.")
    alone = ", ".join(
        f"{name} {interval_text(m['auroc'], None, None)}" for name, m in report["alone"].items()
    )
    st.caption(f"For comparison, the AUROC of simple baselines: {alone}.")
    st.caption(LEGEND)
