"""The Corpora page: evidence in the chunk preview, coverage by document, many questions changed at once.
Knows nothing about how documents are read or cut."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, html_of, select, serve, sound, stored_questions, words
from workbench.settings import Settings
from workbench.ui.corpora.chunk_preview import Evidence, chunks_of, marks_between

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def test_evidence_lies_whole_in_a_chunk_is_cut_across_chunks_or_lies_in_none() -> None:
    chunks = [{"start": 0, "end": 10}, {"start": 8, "end": 20}, {"start": 30, "end": 40}]
    assert chunks_of(chunks, Evidence(2, 5, "", "")) == (True, [1])
    assert chunks_of(chunks, Evidence(8, 10, "", "")) == (True, [1, 2])
    assert chunks_of(chunks, Evidence(5, 15, "", "")) == (False, [1, 2])
    assert chunks_of(chunks, Evidence(22, 28, "", "")) == (False, [])


def test_evidence_that_is_whole_at_another_place_is_not_cut() -> None:
    chunks = [{"start": 0, "end": 10}, {"start": 10, "end": 20}]
    evidence = Evidence(8, 12, "", "Q?", None, ((14, 18),))
    assert chunks_of(chunks, evidence) == (True, [2])
    assert [(mark.start, mark.end) for mark in marks_between(0, 20, [evidence])] == [(8, 12), (14, 18)]


def test_marks_are_cut_to_what_is_shown() -> None:
    marks = marks_between(
        10, 20, [Evidence(5, 12, "", "a"), Evidence(18, 30, "", "b"), Evidence(20, 22, "", "c")]
    )
    assert [(m.start, m.end, m.title) for m in marks] == [(0, 2, "a"), (8, 10, "b")]


def test_the_chunk_preview_marks_evidence_and_says_what_is_cut_apart(draw_page: Draw, runner: Runner) -> None:
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="heaters.md")))
    assert "2 of 2 pieces of evidence are whole within one chunk" in words(app)
    assert html_of(app).count('class="evidence"') == 4  # two as read, two in the chunks
    app.selectbox(key="corpora.splitter").set_value("token").run()
    app.number_input(key="corpora.size").set_value(16).run()
    app.number_input(key="corpora.overlap").set_value(0).run()
    app = sound(serve(runner, app))
    assert "1 of 2 pieces of evidence are whole within one chunk" in words(app)
    assert "is split across chunks 1 and 2: Who collects heaters?" in words(app)


def popovers(app: AppTest) -> list[str]:
    return [str(block.proto.popover.label) for block in app.get("popover")]


def test_where_there_are_no_documents_adding_some_is_not_folded_away(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "empty" / "documents").mkdir(parents=True)
    app = serve(runner, sound(draw_page("corpora", corpus="empty")))
    assert "There are no documents yet" in words(app)
    assert any(b.label == "Add" for b in app.button) and "Add documents" not in popovers(app)
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    assert "Add documents" in popovers(app)


def test_documents_that_no_question_touches_are_listed_with_a_way_to_a_question(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / "documents" / "lonely.md").write_text("# Lonely\n\nNobody asks of me.\n")
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    assert "3 of 4 documents hold evidence" in words(app)
    assert any(e.label == "1 document without evidence for any question" for e in app.expander)
    app.toggle(key="corpora.untouched").set_value(True).run()
    assert list(sound(app).dataframe[0].value["Document"]) == ["lonely.md"]
    assert app.query_params["untouched"] == "1"
    app.button(key="corpora.about.0").click().run()
    sound(app)
    next(a for a in app.text_area if a.label == "Question").set_value("Who asks of the lonely?")
    app.session_state["questions.form.new.evidence"] = {
        "edited_rows": {0: {"quote": "Nobody asks of me."}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    next(b for b in app.button if b.label == "Add" and "questions" in str(b.form_id)).click().run()
    app = serve(runner, sound(app))
    app.toggle(key="corpora.untouched").set_value(False).run()
    assert stored_questions(opened)[-1]["evidence"] == [
        {"document": "lonely.md", "quote": "Nobody asks of me."}
    ]
    assert "4 of 4 documents hold evidence" in words(sound(app))


def test_many_questions_are_tagged_and_marked_at_once(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    before = stored_questions(opened)
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", 0, 2)
    app = sound(app.button(key="questions.mark").click().run())
    next(t for t in app.text_input if t.label == "Add the tag").set_value("urgent")
    next(s for s in app.selectbox if s.label == "The documents answer them").set_value("no")
    next(b for b in app.button if b.label == "Change 2 questions").click().run()
    serve(runner, sound(app))
    after = stored_questions(opened)
    assert [bool(q.get("tags")) for q in after] == [True, False, True, *[False] * 5]
    assert after[0]["answerable"] is False and after[0]["evidence"] == before[0]["evidence"]
    assert [q for n, q in enumerate(after) if n not in (0, 2)] == [
        q for n, q in enumerate(before) if n not in (0, 2)
    ]


def test_a_long_document_is_read_a_part_at_a_time(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    text = "Filler words stand here. " * 1000 + "The treasure is under the oak."
    (opened.corpora / "tiny" / "documents" / "long.md").write_text(text)
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="long.md")))
    assert "2 parts" in words(app) and "treasure" not in html_of(app).split("<mark")[0][:20_500]
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="long.md", page="2")))
    assert "treasure" in html_of(app) and app.query_params["page"] == "2"


def test_what_was_left_out_of_documents_and_files_that_were_not_read_are_shown(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    documents = opened.corpora / "tiny" / "documents"
    menu = "<a href='x'>Category of goods</a> " * 200
    (documents / "shop.html").write_text(f"<body><nav>{menu}</nav><main><h1>Shop</h1><p>We sell.</p></main>")
    (documents / ".notes.md").write_text("Hidden.")
    (documents / "old.zip").write_bytes(b"PK")
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    assert "Left out of the files: menus (1). That is 3,5" in words(app)
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="shop.html")))
    table = app.dataframe[0].value
    assert int(table.loc[table["Document"] == "shop.html", "Left out"].iloc[0]) > 3_000
    assert int(table.loc[table["Document"] == "heaters.md", "Left out"].iloc[0]) == 0
    assert "Category of goods" in str(app.table[0].value)
    lines = words(app).split("\n")
    assert any("shop" in w and "characters are left out" in w and "menus" in w for w in lines)
    assert any("notes" in w and "hidden files are not read" in w for w in lines)
    assert any("old" in w and "unpack it" in w for w in lines)
    assert "4 documents read" in words(app) and "1 of them with a remark · 2 files not read" in words(app)


def test_a_question_with_a_document_and_no_quote_has_it_as_evidence_as_a_whole(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / "documents" / "lonely.md").write_text("# Lonely\n\nNobody asks of me.\n")
    app = serve(runner, sound(draw_page("corpora", corpus="tiny")))
    app.button(key="corpora.about.0").click().run()
    sound(app)
    next(a for a in app.text_area if a.label == "Question").set_value("Who asks of the lonely?")
    next(b for b in app.button if b.label == "Add" and "questions" in str(b.form_id)).click().run()
    app = serve(runner, sound(app))
    assert stored_questions(opened)[-1]["evidence"] == [{"document": "lonely.md"}]
    assert "4 of 4 documents hold evidence" in words(sound(app))
    app = serve(runner, sound(draw_page("corpora", corpus="tiny", document="lonely.md")))
    assert "No question quotes this document." in words(app)


def test_a_question_says_that_any_piece_of_its_evidence_is_enough_and_keeps_it(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    pieces = [{"document": "heaters.md"}, {"document": "returns.md"}]
    row = {"id": "either", "question": "Which of them?", "evidence": pieces, "any": True}
    with (opened.corpora / "tiny" / "questions.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", len(stored_questions(opened)) - 1)
    app = sound(app.button(key="questions.edit").click().run())
    box = next(c for c in app.checkbox if "Any one" in c.label and "either" in str(c.form_id))
    assert box.value
    next(b for b in app.button if b.label == "Save").click().run()
    serve(runner, sound(app))
    assert stored_questions(opened)[-1]["evidence"] == pieces and stored_questions(opened)[-1]["any"] is True
