"""Optimised prompts on the pages Results and Prompts: gain, proposals with their fate, the family as a tree.
Knows nothing about how a prompt is improved."""

from __future__ import annotations

import pytest

from tests.prompt_optimisation.corpus import optimised, write_things
from tests.protocol_server import ProtocolServer
from tests.protocol_server.reflecting import Reflecting
from tests.tiny_experiment import Runner, local_model
from tests.ui.conftest import Draw, sound, words
from workbench.space.model import Model
from workbench.store.catalogue import save_model

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def titles(app: object) -> str:
    return "\n".join(expander.label for expander in app.expander)  # type: ignore[attr-defined]


def test_gain_and_proposals_are_on_results_and_the_family_is_a_tree_with_reasons(
    draw_page: Draw, runner: Runner
) -> None:
    write_things(runner.settings.corpora / "things")
    with ProtocolServer(reply=Reflecting(bad=lambda n: "drops" if n <= 2 else None)) as server:
        result = runner.run(optimised(local_model(server)))
    page = sound(draw_page("results", experiment=result.id))
    said = words(page)
    assert "Optimised prompts" in [heading.value for heading in page.subheader]
    assert "6 held-out questions" in said
    assert "refused" in titles(page) and "saved as thorough-optimised" in titles(page).replace("\\", "")
    assert "lacks {passages}" in said.replace("\\", "")
    family = sound(draw_page("prompts", prompt="thorough", tab="Family"))
    shown = titles(family).replace("\\", "")
    assert "thorough@1 · from prompts.yaml" in shown
    assert "↳ thorough-optimised@1 · by optimising · +1.000 (" in shown
    assert "correctness over thorough@1 on 6 held-out questions · answer with the one sentence" in shown


def test_a_prompt_that_nobody_optimised_says_how_to(draw_page: Draw) -> None:
    said = words(sound(draw_page("prompts", prompt="concise", tab="Family"))).replace("\\", "")
    assert "optimise: {from: concise" in said


def test_the_design_page_adds_an_optimisation_to_the_file_and_reads_it(
    draw_page: Draw, runner: Runner
) -> None:
    with ProtocolServer() as server:
        save_model(runner.store, Model.model_validate(local_model(server)))
    app = sound(draw_page("design", corpus="tiny"))
    app.selectbox(key="design.optimise.from").set_value("thorough")
    app.number_input(key="design.optimise.calls").set_value(64)
    app.button(key="design.optimise.add").click().run()
    sound(app)
    label = "optimise thorough (in this file)"
    assert label in app.multiselect(key="design.prompts").value
    assert app.session_state["design.inline"][label] == {
        "optimise": {"from": "thorough", "model": "local", "calls": 64, "cells": 2}
    }
    assert "thorough is improved by local, at most 64 calls" in words(app)
