"""Opens an experiment's settings in Design, as a new experiment.
Knows nothing about what Design shows."""

from __future__ import annotations

import streamlit as st

from workbench.space.experiment import ExperimentFile
from workbench.ui.services import Services
from workbench.ui.widgets.links import go_to


def open_in_design(services: Services, file: ExperimentFile) -> None:
    st.session_state["design.load"] = services.experiment_yaml(file)
    go_to("design")
