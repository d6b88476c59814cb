"""The import of a file on the Questions page: its format and columns are shown, can be changed, then it is stored.
Knows nothing about formats."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.importing.samples import SAMPLES, as_csv, as_jsonl
from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, sound, stored_questions, words
from workbench.settings import Settings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
ROWS = as_csv(
    {
        "Prompt": "Who collects the heaters?",
        "Ideal": "two people",
        "Passage": "by two people",
        "Note": "mine",
    },
    {"Prompt": "Is there a café?", "Ideal": "", "Passage": "in the garden", "Note": ""},
)


def upload(draw_page: Draw, runner: Runner, name: str, data: bytes) -> AppTest:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app.button(key="questions.open").click().run()
    app.file_uploader(key="questions.file").upload(name, data, "application/octet-stream").run()
    return sound(serve(runner, app))


def meaning(app: AppTest, column: str) -> str | None:
    return next(s for s in app.selectbox if s.label == column).value


def test_a_file_is_shown_with_its_format_and_columns_and_stored_when_told_to(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = upload(draw_page, runner, "mine.csv", ROWS)
    assert "**Table or list**, because its column Prompt is a question by its name" in words(app)
    assert [meaning(app, c) for c in ("Prompt", "Ideal", "Passage", "Note")] == [
        "question",
        "answer",
        "contexts",
        None,
    ]
    assert "row 3**: its context 'in the garden' is not in the documents" in words(app)
    assert "2 rows read; 1 question without evidence" in words(app)
    assert len(stored_questions(opened)) == 8
    next(s for s in app.selectbox if s.label == "Note").set_value("tags").run()
    app = sound(app)
    app.button(key="questions.add.file").click().run()
    sound(serve(runner, app))
    added = stored_questions(opened)[8]
    assert (added["answer"], added["tags"]) == ("two people", ["mine"])
    assert added["evidence"] == [{"document": "heaters.md", "quote": "by two people"}]
    assert added["source"]["by"] == "import" and added["source"]["name"] == "mine.csv"


def test_documents_of_a_format_are_announced_and_added(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = upload(draw_page, runner, *SAMPLES["beir"])
    assert "2 documents will be added to the corpus" in words(app)
    app.button(key="questions.add.file").click().run()
    sound(serve(runner, app))
    assert (opened.corpora / "tiny" / "documents" / "D1.md").is_file()
    assert stored_questions(opened)[8]["evidence"] == [{"document": "D1.md"}]


def test_a_file_that_cannot_be_read_and_one_without_a_question_say_so(
    draw_page: Draw, runner: Runner
) -> None:
    app = upload(draw_page, runner, "mine.json", b'[{"question": "Q')
    assert any("cut off" in str(e.value) for e in app.error)
    app = upload(draw_page, runner, "mine.csv", b"a,b\n1,2\n")
    assert any("No column is understood as the question" in str(e.value) for e in app.error)


def test_a_format_can_be_chosen_and_a_large_file_shows_its_first_rows(
    draw_page: Draw, runner: Runner
) -> None:
    rows = as_jsonl(*({"user_input": f"Question {n}?", "reference": "A"} for n in range(300)))
    app = upload(draw_page, runner, "many.jsonl", rows)
    assert "These are the first 200 of 300 questions" in words(app)
    app.selectbox(key="questions.import.format").set_value("table").run()
    assert "**Table or list**" in words(sound(app)) and json.loads(rows.splitlines()[0])["reference"] == "A"
