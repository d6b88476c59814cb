"""Filters on the pages: a question's own in its form and in the Playground, a condition in the design.
Knows nothing about how documents are filtered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Reply
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import Draw, select, serve, sound, stored_questions, words
from workbench.parts.part import Filter
from workbench.settings import Settings
from workbench.ui.widgets.parts import part_options

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def write_metadata(corpus: Path) -> None:
    rows = [{"document": "returns.md", "region": "NL"}, {"document": "heaters.md", "region": "DE"}]
    (corpus / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))


def test_a_questions_filter_is_typed_and_an_error_stands_at_its_field(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = sound(select(app, "questions.table.tiny", 0).button(key="questions.edit").click().run())
    field = next(t for t in app.text_input if t.label == "Filter of documents")
    field.set_value("region")
    next(b for b in app.button if b.label == "Save").click().run()
    assert [str(e.value) for e in app.error] == ["'region' is no condition; write key=value."]
    next(t for t in app.text_input if t.label == "Filter of documents").set_value("region=NL, year=2025")
    app = serve(runner, next(b for b in app.button if b.label == "Save").click().run())
    assert stored_questions(opened)[0]["filter"] == {"region": "NL", "year": 2025}


def test_the_playground_asks_under_a_filter_that_the_address_keeps(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    write_metadata(opened.corpora / "tiny")
    column = json.dumps({"filter": "question", "retriever": "keyword"})
    app = draw_page(
        "playground",
        corpus="tiny",
        question="Who collects heaters and goods?",
        condition="region=DE",
        a=column,
    )
    assert app.text_input(key="playground.condition").value == "region=DE"
    next(b for b in app.button if b.label == "Ask").click().run()
    app = sound(serve(runner, app))
    assert "Searched where region DE." in words(app)
    assert any("heaters" in e.label for e in app.expander)
    assert not any("returns" in e.label for e in app.expander)
    app.text_input(key="playground.condition").set_value("region").run()
    assert any("Filter: 'region' is no condition" in str(e.value) for e in app.error)


def test_the_answers_page_says_the_condition_that_a_model_derived(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    write_metadata(opened.corpora / "tiny")

    def derive(number: int, path: str, body: dict[str, Any]) -> Reply | None:
        return Reply('{"region": "DE"}') if "Metadata:" in body["messages"][-1]["content"] else None

    with ProtocolServer(plan=derive) as server:
        retrieval = {"retriever": ["keyword"], "filter": ["derived"], "query_model": local_model(server),
                     "near_duplicates": ["keep", "drop"], "top_k": [2]}  # fmt: skip
        ran = runner.run(experiment(retrieval=retrieval))
    for trial in ("0001", "0002"):  # one gets the ranking as it is, one a selection of it
        app = sound(draw_page("answers", experiment=ran.id, trial=f"{ran.id}-{trial}"))
        assert "Searched where region DE." in words(app)


def test_a_filter_is_offered_only_where_a_column_reads_it(draw_page: Draw) -> None:
    app = sound(draw_page("playground", corpus="tiny"))
    assert not [t for t in app.text_input if t.label == "Filter of documents"]


def test_a_part_that_needs_settings_is_chosen_with_them() -> None:
    assert part_options(Filter, []) == ["none", "question", "derived"]
    given = 'where(condition={"region": "NL"})'
    assert part_options(Filter, [given])[-1] == given
