"""Lists the prompts that an optimisation proposed, with what became of each, why, and what it changed.
Knows nothing about how they were proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from workbench.results.optimised_prompts import OptimisedPrompts
from workbench.ui.widgets.difference import show_difference
from workbench.ui.widgets.text import as_label, as_markdown

if TYPE_CHECKING:
    from workbench.store.learning.prompt_proposals import ProposalRecord

LONGEST_REASON = 90


def show_proposals(optimised: OptimisedPrompts) -> None:
    """Draw one line for each proposal, which opens to its text against that of its parent."""
    for proposal in optimised.proposals[1:]:
        with st.expander(_title(optimised, proposal)):
            said = [proposal.reason and f"Why: {proposal.reason}", proposal.why]
            st.caption(as_markdown(" ".join(filter(None, said)) or "Nothing was said."))
            if not proposal.template:
                continue
            parent = optimised.proposals[proposal.parent or 0]
            if not show_difference(_text(parent), _text(proposal)):
                st.caption("Its text is the same as its parent's.")


def _title(optimised: OptimisedPrompts, proposal: ProposalRecord) -> str:
    """For example "3 from 1 · accepted, saved as concise-optimised@2 · 0.84 · Asks for one sentence"."""
    version = optimised.versions.get(proposal.number)
    state = f"accepted, saved as {version}" if version else proposal.state
    score = "" if proposal.score is None else f"{proposal.score:.2f} on train questions"
    reason = proposal.reason or proposal.why
    parts = [f"{proposal.number} from {proposal.parent}", state, score, reason[:LONGEST_REASON]]
    return as_label(" · ".join(filter(None, parts)), 200)


def _text(proposal: ProposalRecord) -> str:
    return f"{proposal.system}\n---\n{proposal.template}" if proposal.system else proposal.template
