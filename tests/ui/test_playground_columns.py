"""The Playground's columns: settings on one line, a new column that differs, asking only when told to, keeping.
Knows nothing about how questions are answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, local_model
from tests.ui.conftest import Draw, serve, sound, words
from workbench.corpus.draft_file import read_drafts
from workbench.input.yaml_reading import parse_yaml
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.ui.playground.column_files import add_to_draft
from workbench.ui.playground.column_words import differences, summary, vary
from workbench.ui.playground.columns import START, Knobs
from workbench.ui.playground.keeping import evidence_of, without_citations
from workbench.ui.services import Services

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
QUESTION = "What does the label cost?"


def column(**knobs: object) -> Knobs:
    return START | {"prompt": "concise@1", "model": "embedded/extractive"} | knobs


def test_a_column_is_one_line_of_its_settings() -> None:
    assert summary(column(), {"concise@1"}) == "concise · 256 hybrid · top 4 · extractive"
    changed = column(
        chunk_tokens=192, retriever="keyword", top_k=6, rerank="mmr", system="", template="{question}"
    )
    assert summary(changed, {"concise@2"}) == (
        "concise@1 (edited) · 192 keyword · top 6 · extractive · reranker mmr"
    )


def test_differences_name_settings_as_every_page_does() -> None:
    assert differences(column(), column(chunk_tokens=128, embedding="mine")) == [
        "chunk size: 256 → 128",
        "embedding model: minilm → mine",
    ]


def test_each_further_column_differs_from_the_first_in_one_setting_not_tried_yet() -> None:
    tried = [column()]
    for _ in range(3):
        tried.append(vary(tried, ["concise@1", "cited@1"], ["embedded/extractive"]))
    changes = [differences(tried[0], other) for other in tried[1:]]
    assert changes == [["retriever: hybrid → keyword"], ["retriever: hybrid → dense"], ["top k: 4 → 8"]]


def ask(app: AppTest, runner: Runner, question: str = QUESTION) -> AppTest:
    app.text_input(key="playground.question").set_value(question)
    app.button(key="playground.ask").click().run()
    return sound(serve(runner, app))


def answers(app: AppTest) -> list[str]:
    return [str(h.value) for h in app.html if "tokens in" in str(h.value)]


def test_ask_can_always_be_clicked_and_an_empty_question_is_said_at_once(
    draw_page: Draw, runner: Runner
) -> None:
    app = sound(draw_page("playground", corpus="tiny"))
    assert not app.button(key="playground.ask").disabled
    app = sound(app.button(key="playground.ask").click().run())
    assert "Write a question first" in words(app)
    app = ask(app, runner)
    assert len(answers(app)) == 1 and "Write a question first" not in words(app)
    assert app.query_params["question"] == QUESTION


def test_an_embedded_column_is_asked_again_at_once_and_a_new_one_is_asked_too(
    draw_page: Draw, runner: Runner
) -> None:
    app = ask(sound(draw_page("playground", corpus="tiny")), runner)
    assert app.toggle(key="playground.again").value
    app = sound(serve(runner, app.button(key="playground.add").click().run()))
    assert len(answers(app)) == 2 and "retriever: hybrid → keyword" in words(app)
    app.toggle(key="playground.again").set_value(False).run()
    app.number_input(key="playground.knob.0.1.top_k").set_value(1).run()
    app = sound(serve(runner, app))
    assert "The settings have changed: press Ask" in words(app) and app.query_params["again"] == "0"
    app = sound(serve(runner, app.button(key="playground.ask").click().run()))
    assert "The settings have changed" not in words(app)


def test_a_model_that_costs_money_is_asked_only_when_told_to(draw_page: Draw, runner: Runner) -> None:
    with ProtocolServer() as server:
        save_model(runner.store, Model.model_validate(local_model(server)))
        app = sound(draw_page("playground", corpus="tiny", a='{"model":"local"}'))
        assert not app.toggle(key="playground.again").value
        app = ask(app, runner)
        asked = len(server.posts)
        assert asked == 1 and len(answers(app)) == 1
        app.number_input(key="playground.knob.1.0.top_k").set_value(1).run()
        app = sound(serve(runner, app))
        assert len(server.posts) == asked and "The settings have changed" in words(app)
        app = sound(serve(runner, app.button(key="playground.add").click().run()))
        assert len(server.posts) == asked and "Not asked yet" in words(app)
        app = sound(serve(runner, app.button(key="playground.ask").click().run()))
        assert len(server.posts) > asked and len(answers(app)) == 2
        free = Model.model_validate(local_model(server, price={"free": True}))
        save_model(runner.store, free)
        assert sound(app.run()).toggle(key="playground.again").value


def test_a_second_embedding_that_costs_money_counts_as_well(draw_page: Draw, runner: Runner) -> None:
    fields = {"base_url": "http://127.0.0.1:9/v1", "kind": "embedding", "name": "second", "model": "m"}
    for price, asked_again in ((None, False), ({"free": True}, True)):
        save_model(runner.store, Model.model_validate(fields | {"price": price}))
        app = sound(draw_page("playground", corpus="tiny", a='{"second_embedding":"second"}'))
        assert app.toggle(key="playground.again").value is asked_again


def test_the_cost_of_an_answer_is_said_for_a_thousand(draw_page: Draw, runner: Runner) -> None:
    app = ask(sound(draw_page("playground", corpus="tiny")), runner)
    assert "per 1,000" in answers(app)[0] and "Grounding" in answers(app)[0]


def keep(app: AppTest, runner: Runner, label: str, **fields: str) -> AppTest:
    """Fill in the popover of the first column, and click the button that keeps the question."""
    for field in (*app.text_input, *app.text_area):
        for name, value in fields.items():
            if str(field.key).startswith("playground.keep.0.") and str(field.key).endswith(f".{name}"):
                field.set_value(value)
    next(b for b in app.button if b.label == label).click().run()
    return sound(serve(runner, app))


def stored_questions(runner: Runner, corpus: str) -> dict[str, dict[str, Any]]:
    lines = (runner.settings.corpora / corpus / "questions.jsonl").read_text().splitlines()
    return {row["question"]: row for row in map(json.loads, lines)}


def test_an_answer_is_kept_as_a_question_with_its_reference_and_the_sentences_that_support_it(
    draw_page: Draw, runner: Runner
) -> None:
    app = ask(sound(draw_page("playground", corpus="tiny")), runner, "How much water does the tank hold?")
    app = keep(app, runner, "Keep it", reference="Two litres")
    assert "Kept in tiny" in words(app)
    kept = stored_questions(runner, "tiny")["How much water does the tank hold?"]
    assert kept["source"].items() >= {"by": "person", "name": "Playground"}.items()
    assert kept["answer"] == "Two litres" and kept["answerable"] is True and kept["tags"] == ["playground"]
    assert {"document": "water.md", "quote": "The tank holds two litres."} in kept["evidence"]


def test_a_question_can_be_sent_to_the_drafts_to_be_reviewed_later(draw_page: Draw, runner: Runner) -> None:
    before = stored_questions(runner, "tiny")
    app = ask(sound(draw_page("playground", corpus="tiny")), runner, "How much water does the tank hold?")
    app = keep(app, runner, "Review it later", reference="Two litres")
    assert "It waits for review among the drafts of tiny" in words(app)
    [stored] = read_drafts(runner.settings.corpora / "tiny")
    assert (stored.draft.source_by, stored.draft.source_name) == ("person", "Playground")
    assert stored.draft.answers == ("Two litres",) and stored.draft.quotes and stored.draft.passes
    assert stored_questions(runner, "tiny") == before


def test_a_question_that_the_corpus_has_is_not_kept_twice(draw_page: Draw, runner: Runner) -> None:
    before = stored_questions(runner, "tiny")
    app = ask(sound(draw_page("playground", corpus="tiny")), runner, "what does the LABEL cost?")
    app = keep(app, runner, "Keep it")
    assert "has this question already" in words(app)
    assert stored_questions(runner, "tiny") == before
    app = keep(app, runner, "Keep it", question="What is the price of the label?")
    assert "Kept in tiny" in words(app)


def test_a_sample_corpus_stays_as_it_is_and_the_question_goes_into_a_copy(
    draw_page: Draw, runner: Runner
) -> None:
    (runner.settings.corpora / "tiny" / "sample.txt").write_text("A sample.")
    before = stored_questions(runner, "tiny")
    app = ask(sound(draw_page("playground", corpus="tiny")), runner, "How much water does the tank hold?")
    app = keep(app, runner, "Copy the corpus and keep it there", copy="mine")
    assert "Kept in mine" in words(app)
    assert stored_questions(runner, "tiny") == before
    assert set(stored_questions(runner, "mine")) - set(before) == {"How much water does the tank hold?"}


def test_a_declined_answer_is_kept_as_a_question_that_the_documents_do_not_answer() -> None:
    assert without_citations("Within 30 days. [1] The label is free. [2][3]") == (
        "Within 30 days. The label is free."
    )
    passages = [{"document": "a.md", "text": "It opens at 9. It closes at 5."}]
    claims = [
        {"support": 0.9, "passage": 0, "sentence_start": 0, "sentence_end": 14},
        {"support": 0.1, "passage": 0, "sentence_start": 15, "sentence_end": 30},
        {"support": 0.9, "passage": 7, "sentence_start": 0, "sentence_end": 3},
    ]
    assert evidence_of({"claims": claims, "passages": passages}) == {
        "[1] “It opens at 9.”": {"document": "a.md", "quote": "It opens at 9."},
        "[1] the whole passage of a.md": {"document": "a.md", "quote": passages[0]["text"]},
    }


def test_a_configuration_opens_design_alone_or_joins_its_draft(draw_page: Draw, runner: Runner) -> None:
    app = ask(sound(draw_page("playground", corpus="tiny")), runner)
    app.number_input(key="playground.knob.0.0.top_k").set_value(7).run()
    app = sound(serve(runner, app))
    app.button(key="playground.design_with.0").click().run()
    app.switch_page("workbench/ui/design/page.py")
    app = sound(serve(runner, app.run()))
    assert app.session_state["design.top_k"] == ["7"]
    app.switch_page("workbench/ui/playground/page.py").run()
    app.number_input(key="playground.knob.0.0.top_k").set_value(2).run()
    app = sound(serve(runner, app))
    app.button(key="playground.add_to_draft.0").click().run()
    app.switch_page("workbench/ui/design/page.py")
    app = sound(serve(runner, app.run()))
    assert app.session_state["design.top_k"] == ["7", "2"]


def test_what_a_draft_has_already_is_not_added_twice(draw_page: Draw, runner: Runner) -> None:
    services = Services(runner.settings)
    tried = column(top_k=9)
    first = add_to_draft({"name": "mine", "corpus": "tiny", "repeats": 3}, services, "tiny", tried)
    again = add_to_draft(parse_yaml(first, "draft"), services, "tiny", tried)
    assert again == first
    assert parse_yaml(first, "draft")["repeats"] == 3
    assert parse_yaml(first, "draft")["retrieval"]["top_k"] == [9]
