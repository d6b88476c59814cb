"""Draws the loss of a training by step as a small chart.
Knows nothing about what is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

HEIGHT = 150  # pixels
LINE = "#2b8ccc"  # seen on light and dark pages
FEW = 2  # with fewer points, a line shows nothing


def loss_curve(losses: Sequence[Sequence[float]], *, key: str, steps: int = 0, height: int = HEIGHT) -> None:
    """losses: [step, loss] in order.  steps: of the whole training, the end of the axis; 0 while unknown."""
    if len(losses) < FEW:
        st.caption("The loss is drawn here once two steps have reported it.")
        return
    rows = [{"step": step, "loss": loss} for step, loss in losses]
    last = max(steps, rows[-1]["step"])
    x: dict[str, Any] = {
        "field": "step", "type": "quantitative", "title": "step",
        "scale": {"domain": [0, last]}, "axis": {"tickCount": 4, "grid": False, "format": "d"},
    }  # fmt: skip
    y = {
        "field": "loss", "type": "quantitative", "title": "loss",
        "scale": {"zero": False, "nice": True}, "axis": {"tickCount": 4, "format": ".3~g"},
    }  # fmt: skip
    tips = [
        {"field": "step", "type": "quantitative", "title": "Step", "format": "d"},
        {"field": "loss", "type": "quantitative", "title": "Loss", "format": ".4~g"},
    ]
    spec = {
        "height": height,
        "padding": {"left": 0, "right": 6, "top": 4, "bottom": 0},
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "line", "color": LINE, "strokeWidth": 2}, "encoding": {"x": x, "y": y}},
            {"mark": {"type": "point", "size": 120, "opacity": 0},
             "encoding": {"x": x, "y": y, "tooltip": tips}},
        ],
    }  # fmt: skip
    st.vega_lite_chart(spec=spec, key=key)
