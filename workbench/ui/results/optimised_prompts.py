"""Says what improving prompts brought, and lists what was proposed.
Knows nothing about how prompts are improved."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.proposals import show_proposals
from workbench.ui.widgets.text import as_label, as_markdown


def show_optimised_prompts(services: Services, record: ExperimentRecord) -> None:
    """Draw one line for each optimisation, which opens to its proposals; nothing where there is none."""
    if not record.experiment.optimise:
        return
    st.subheader("Optimised prompts")
    optimised = services.results.find_optimised_prompts(record.id)
    if not optimised:
        st.caption("They are made after the search, for its best pairs of retrieval and model.")
    for one in optimised:
        with st.expander(
            as_label(one.in_words, 300), key=f"results.optimised.{one.parent_trial}.{one.start}"
        ):
            st.caption(as_markdown(one.in_words))
            if one.prompt is not None:
                name = one.prompt.partition("@")[0]
                link("prompts", "Read it, with its family", "edit_note", prompt=name)
            show_proposals(one)
