"""The Questions page: adding after a look at what will be stored, evidence from a document, undo, samples.
Knows nothing about how questions are stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, select, serve, sound, stored_questions, words
from workbench.corpus.samples import MARK
from workbench.settings import Settings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
PASTED = "How late is the desk open? || 21:00 || at nine\n|| at nine\nIs there a swimming pool?"


def paste(runner: Runner, app: AppTest, text: str) -> AppTest:
    app.button(key="questions.open").click().run()
    app.text_area(key="questions.paste").set_value(text).run()
    return sound(serve(runner, app))


def preview(app: AppTest) -> list[dict[str, Any]]:
    table = next(d.value for d in app.dataframe if "Stored" in d.value.columns)
    return [dict(row) for row in table.to_dict("records")]


@pytest.mark.parametrize(("choice", "stored_as"), [("not known", None), ("no", False), ("yes", True)])
def test_a_pasted_list_is_shown_as_it_will_be_stored(
    draw_page: Draw, runner: Runner, opened: Settings, choice: str, stored_as: bool | None
) -> None:
    app = paste(runner, serve(runner, sound(draw_page("questions", corpus="tiny"))), PASTED)
    assert "line 2**: it has no question" in words(app)
    assert app.radio(key="questions.unanswered.paste").value == "not known"
    app.radio(key="questions.unanswered.paste").set_value(choice).run()
    desk, pool = preview(sound(app))
    assert (desk["Line"], desk["Answers"], desk["Answerable"]) == (1, "21:00 || at nine", "yes")
    assert (pool["Line"], pool["Answers"], pool["Answerable"]) == (3, "", choice)
    assert "10 questions: " in words(app) and "Fewer than about 50 questions" in words(app)
    assert len(stored_questions(opened)) == 8
    app.button(key="questions.add.paste").click().run()
    app = sound(serve(runner, app))
    assert (
        stored_questions(opened)[8]["answer"] == ["21:00", "at nine"]
        and stored_questions(opened)[8]["answerable"] is True
    )
    assert stored_questions(opened)[9]["question"] == "Is there a swimming pool?"
    assert stored_questions(opened)[9].get("answerable") is stored_as
    assert "10 of 10 questions" in words(app)


def test_a_dialog_that_is_open_closes_when_another_page_is_opened(draw_page: Draw, runner: Runner) -> None:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app.button(key="questions.open").click().run()
    assert [t for t in app.text_area if t.key == "questions.paste"]
    app.switch_page("workbench/ui/prompts/page.py").run()
    app.switch_page("workbench/ui/questions/page.py").run()
    app = serve(runner, sound(app))
    assert not [t for t in app.text_area if t.key == "questions.paste"]


def test_pasting_again_adds_nothing_and_says_so(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    (opened.corpora / "tiny" / "questions.jsonl").write_text('{"question": "How long?"}\n')
    app = paste(runner, app, "1) How long? || 30 days")
    assert preview(app)[0]["Stored"] == "is there already"
    assert (
        app.button(key="questions.add.paste").disabled
        and app.button(key="questions.add.paste").label == "Add 0 questions"
    )


def test_pasted_evidence_is_looked_for_in_the_documents(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    rows = [
        {"question": "Who collects?", "evidence": {"document": "heaters.md", "quote": "by two people"}},
        {"question": "Who else?", "evidence": {"document": "heaters.md", "quote": "by three people"}},
    ]
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = paste(runner, app, "\n".join(map(json.dumps, rows)))
    assert [row["Evidence"] for row in preview(app)] == [1, 0]
    assert "line 2**: the quote 'by three people' is not in heaters.md" in words(app)
    app.button(key="questions.add.paste").click().run()
    sound(serve(runner, app))
    assert stored_questions(opened)[8]["evidence"] == [{"document": "heaters.md", "quote": "by two people"}]


def test_the_first_questions_are_added_on_the_page_itself(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / "questions.jsonl").unlink()
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    assert "There are no questions yet" in words(app)
    app.text_area(key="questions.paste").set_value("How long?\nWho collects heaters?").run()
    app.button(key="questions.add.paste").click().run()
    app = sound(serve(runner, app))
    said = words(app)
    assert "2 of 2 questions" in said and "No question has a reference answer" in said
    assert "No question has marked evidence" in said
    assert "not known whether the documents answer 2 questions" in said


def test_errors_of_the_form_stand_at_their_field_and_nothing_is_lost(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", 0)
    app = sound(app.button(key="questions.edit").click().run())
    question = next(a for a in app.text_area if a.label == "Question")
    question.set_value("")
    save = next(b for b in app.button if b.label == "Save")
    save.click().run()
    assert [str(e.value) for e in app.error] == ["Write the question."]
    next(a for a in app.text_area if a.label == "Question").set_value("How long, exactly?")
    app.session_state[f"questions.form.{stored_questions(opened)[0]['id']}.evidence"] = {
        "edited_rows": {0: {"quote": "within 40 years"}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    next(b for b in app.button if b.label == "Save").click().run()
    assert "is not in returns" in words(app)
    assert next(a for a in app.text_area if a.label == "Question").value == "How long, exactly?"
    assert stored_questions(opened)[0]["question"] == "How long can goods be returned?"


def test_deleted_questions_come_back(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    before = stored_questions(opened)
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", 0, 2)
    app.button(key="questions.delete").click().run()
    app = sound(serve(runner, app))
    assert stored_questions(opened) == [q for n, q in enumerate(before) if n not in (0, 2)]
    assert app.button(key="questions.undo").label == "Undo: put back 2 questions"
    app.button(key="questions.undo").click().run()
    sound(serve(runner, app))
    assert sorted(map(json.dumps, stored_questions(opened))) == sorted(map(json.dumps, before))


def test_words_that_are_found_in_a_document_become_evidence_of_a_question(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="heaters.md")))
    app.text_input(key="corpora.words_of.heaters.md").set_value("heater").run()
    assert "place" in words(app)
    app.text_input(key="corpora.words_of.heaters.md").set_value("cover a heat").run()
    app = sound(app.button(key="corpora.found.add").click().run())
    unanswerable = stored_questions(opened)[6]
    assert unanswerable["answerable"] is False
    app.selectbox(key="questions.evidence_of").set_value(unanswerable["id"]).run()
    assert "marked as one that the documents do not answer" in words(app)
    next(b for b in app.button if b.label == "Add the evidence").click().run()
    sound(serve(runner, app))
    assert stored_questions(opened)[6]["evidence"] == [{"document": "heaters.md", "quote": "cover a heater"}]
    assert stored_questions(opened)[6]["answerable"] is True


def test_without_any_evidence_the_page_says_what_that_costs(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / "questions.jsonl").write_text('{"question": "How long?"}\n')
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    assert "Recall@k, Precision@k, MRR and nDCG cannot be computed" in words(app)
    assert "without evidence for any" not in words(app) and not app.expander and not app.toggle


def test_a_sample_is_read_only_and_a_copy_of_it_is_not(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / MARK).write_text("A sample.\n")
    before = (opened.corpora / "tiny" / "questions.jsonl").read_bytes()
    for page, address in (("questions", {}), ("corpora", {"document": "heaters.md"})):
        app = serve(runner, sound(draw_page(page, corpus="tiny", **address)))
        labels = {b.label for b in app.button}
        assert not labels & {"Add questions", "Edit", "Delete", "Remove", "Write a question about it", "Add"}
        assert "read-only" in words(app)
    app.text_input(key="copy.tiny").set_value("../x").run()
    app.button(key="copy.tiny.go").click().run()
    assert "cannot be the name of a corpus" in words(app)
    app.text_input(key="copy.tiny").set_value("mine").run()
    app.button(key="copy.tiny.go").click().run()
    app = sound(serve(runner, app))
    assert app.selectbox(key="corpora.corpus").value == "mine" and "read-only" not in words(app)
    assert (opened.corpora / "mine" / "questions.jsonl").read_bytes() == before
    assert not (opened.corpora / "mine" / MARK).exists()


def test_the_steps_lead_from_documents_to_a_design_with_this_corpus(draw_page: Draw, runner: Runner) -> None:
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    links = {link.proto.label: link.proto for link in app.get("page_link")}
    assert set(links) >= {"1 Documents ✓", "2 Questions ✓", "3 Design with this corpus"}
    assert links["3 Design with this corpus"].query_string == "corpus=tiny"
