"""The Questions page: questions are drafted, and drafts are kept, edited, dropped and undone one by one.
Knows nothing about rules."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from tests.drafting.test_search_words import FROST, MOTOR
from tests.tiny_experiment import Runner
from tests.ui.conftest import PROJECT, Draw, html_of, settled, sound, stored_questions, words
from workbench.corpus.draft_file import FILE, add_drafts, read_drafts
from workbench.corpus.draft_types import SEARCH_WORDS, Draft, Quote
from workbench.corpus.types import Turn
from workbench.settings import Settings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

PROSE = f"# Cove filter\n\n## Winter storage\n\n{FROST} Keep a spare drive belt at hand.\n\n## Drive belt\n\n{MOTOR}\n"
LABEL = Quote("returns.md", "The label costs 5 euros.")


def draft(draw_page: Draw, runner: Runner) -> AppTest:
    app = sound(draw_page("questions", corpus="tiny", view="Draft"))
    app.number_input(key="questions.draft.count.tiny").set_value(6)
    app.button(key="questions.draft.go").click().run()
    return settled(app, runner)


def reviews(settings: Settings) -> list[str]:
    return [one.review for one in read_drafts(settings.corpora / "tiny")]


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=f"questions.review.{key}").click().run())


def make(number: int, **changes: object) -> Draft:
    made = Draft(
        f"q-{number}", f"What does label {number} cost?", ("5 euros",), (LABEL,), (LABEL,), True, "number",
        checks={"quote": "ok", "answer": "ok", "other passages": "ok"},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def review(draw_page: Draw, settings: Settings, *drafts: Draft, **parameters: str) -> AppTest:
    add_drafts(settings.corpora / "tiny", drafts)
    return sound(draw_page("questions", corpus="tiny", view="Drafts", **parameters))


def test_drafts_are_made_and_reviewed_one_by_one(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    app = draft(draw_page, runner)
    count = len(reviews(opened))
    assert count >= 3 and f"0 of {count} reviewed" in words(app)
    app = press(press(app, "keep"), "drop")
    assert reviews(opened)[:2] == ["kept", "dropped"] and f"2 of {count} reviewed" in words(app)
    app = press(app, "undo")
    assert reviews(opened)[:2] == ["kept", "waiting"]
    app = press(press(press(app, "next"), "keep"), "undo")
    assert reviews(opened)[:3] == ["kept", "waiting", "waiting"]
    kept = stored_questions(opened)
    assert kept[-1]["source"]["by"] == "rule" and len(kept) == 9
    press(app, "all")
    assert reviews(opened).count("kept") >= count - 1


def test_where_nothing_can_be_drafted_it_is_said_why(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    for document in (opened.corpora / "tiny" / "documents").iterdir():
        document.write_text("4148 32 4185 35\n")
    app = draft(draw_page, runner)
    assert any("0 drafts for tiny" in w.value for w in app.warning) and not reviews(opened)


@pytest.mark.parametrize("wanted", [False, True])
def test_search_words_are_drafted_on_request(
    draw_page: Draw, runner: Runner, opened: Settings, wanted: bool
) -> None:
    documents = opened.corpora / "tiny" / "documents"
    for document in documents.iterdir():
        document.unlink()
    (documents / "cove.md").write_text(PROSE)
    app = sound(draw_page("questions", corpus="tiny", view="Draft"))
    app.toggle(key="questions.draft.search_words").set_value(wanted).run()
    app.button(key="questions.draft.go").click().run()
    settled(app, runner)
    kinds = {one.draft.kind for one in read_drafts(opened.corpora / "tiny")}
    assert "heading" in kinds and (SEARCH_WORDS in kinds) == wanted


def test_a_draft_is_edited_before_it_is_kept(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    app = press(draft(draw_page, runner), "edit")
    assert app.button(key="questions.review.keep").disabled
    app.text_area[0].set_value("Reworded?")
    next(b for b in app.button if b.label == "Save").click().run()
    assert read_drafts(opened.corpora / "tiny")[0].draft.question == "Reworded?"
    assert not sound(app).text_area and reviews(opened)[0] == "waiting"


def test_an_edit_is_checked_again_and_says_what_was_not(draw_page: Draw, opened: Settings) -> None:
    app = press(review(draw_page, opened, make(1)), "edit")
    app.text_area[1].set_value("6 euros")
    next(b for b in app.button if b.label == "Save").click().run()
    [stored] = read_drafts(opened.corpora / "tiny")
    assert stored.draft.failed_checks == {"answer": "the answer is not in the quote"}
    assert "other passages" not in stored.draft.checks and "the answer is not in the quote" in words(app)
    app = press(app, "edit")
    app.text_area[2].set_value("words that are nowhere")
    next(b for b in app.button if b.label == "Save").click().run()
    assert "the quote is not found in the document" in words(sound(app))


def test_experiments_do_not_ask_what_was_not_reviewed(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    draft(draw_page, runner)
    assert len(stored_questions(opened)) == 8


def test_what_the_filters_left_out_is_shown_with_its_reason_and_can_be_kept_all_the_same(
    draw_page: Draw, opened: Settings
) -> None:
    left_out = make(2, checks={"round trip": "from the quote alone comes “7 euros”"})
    app = review(draw_page, opened, make(1), left_out, state="left out")
    assert "Round trip: from the quote alone comes “7 euros”" in words(app)
    assert app.selectbox(key="questions.state").options[1] == "Left out by the filters (1)"
    app = press(app, "keep")
    assert reviews(opened) == ["waiting", "kept"]
    press(app, "undo")
    assert reviews(opened) == ["waiting", "left out"]


def test_drafts_are_chosen_by_kind_document_and_verdict(draw_page: Draw, opened: Settings) -> None:
    drafts = (
        make(1),
        make(2, kind="date", checks={"wording": "long: 30 words"}),
        make(3, quotes=(Quote("water.md", "The tank holds two litres."),)),
    )
    app = review(draw_page, opened, *drafts, kind="date")
    assert "What does label 2 cost?" in html_of(app) and app.button(key="questions.review.next").disabled
    app.selectbox(key="questions.kind").set_value("").run()
    app.selectbox(key="questions.about").set_value("water.md").run()
    assert "What does label 3 cost?" in html_of(sound(app))
    app.selectbox(key="questions.about").set_value("").run()
    app.selectbox(key="questions.verdict").set_value("wording").run()
    assert "What does label 2 cost?" in html_of(sound(app))
    app.selectbox(key="questions.verdict").set_value("").run()
    app.selectbox(key="questions.about").set_value("water.md").run()
    app.selectbox(key="questions.kind").set_value("date").run()
    assert any("No draft matches these filters" in i.value for i in sound(app).info)
    app = press(app, "reset")
    assert "What does label 1 cost?" in html_of(app) and app.button(
        key="questions.review.all"
    ).label.startswith("Keep all 2")


def test_a_draft_shows_its_source_its_history_its_wordings_and_its_quote_in_the_passage(
    draw_page: Draw, opened: Settings
) -> None:
    follow_up = make(
        1, kind="follow-up", group="g", source_by="model", source_name="gpt-x", source_prompt="3",
        source_date="2026-11-29", history=(Turn("user", "May I send it back?"), Turn("assistant", "Yes.")),
    )  # fmt: skip
    app = review(draw_page, opened, follow_up, make(2, group="g"))
    assert "May I send it back?" in html_of(app)
    assert '<mark class="evidence">The label costs 5 euros.</mark>' in html_of(app)
    assert "Goods can be returned" in html_of(app)  # what stands around the quote
    shown = words(app).replace("\\", "")
    assert "Drafted by gpt-x (prompts 3), 2026-11-29" in shown and "one of 2 wordings of one fact" in shown
    press(app, "keep")
    assert stored_questions(opened)[-1]["source"] == {
        "by": "model", "name": "gpt-x", "prompt": "3", "date": "2026-11-29"
    }  # fmt: skip
    assert stored_questions(opened)[-1]["history"][0] == {"role": "user", "content": "May I send it back?"}


def test_a_changed_document_a_removed_one_and_a_damaged_line_are_said(
    draw_page: Draw, opened: Settings
) -> None:
    corpus = opened.corpora / "tiny"
    removed = make(2, quotes=(Quote("gone.md", "nothing"),), evidence=(Quote("gone.md", "nothing"),))
    app = review(draw_page, opened, make(1), removed)
    (corpus / "documents" / "returns.md").write_text("# Returns\n\nThe label is free.\n")
    (corpus / FILE).write_text((corpus / FILE).read_text() + "{half\n")
    sound(app.run())
    assert any("no longer contains these" in w.value for w in app.warning)
    assert any("drafts.jsonl:3 is not a draft" in e.value.replace("\\", "") for e in app.error)
    app = press(app, "keep")
    assert any("changed since" in e.value for e in app.error) and not app.success
    app = press(app, "drop")
    assert any("no longer exists" in w.value for w in app.warning)
    assert (corpus / FILE).read_text().endswith("{half\n") and len(stored_questions(opened)) == 8


def test_what_another_tab_decided_is_not_decided_again(draw_page: Draw, opened: Settings) -> None:
    from workbench.corpus.draft_file import drop_drafts

    app = review(draw_page, opened, make(1), make(2))
    drop_drafts(opened.corpora / "tiny", ["q-1"])
    app = press(app, "drop")  # the first tab still shows q-1
    assert reviews(opened) == ["dropped", "waiting"] and app.button(key="questions.review.undo").disabled


def test_once_all_are_reviewed_it_is_said_what_next(draw_page: Draw, opened: Settings) -> None:
    app = review(draw_page, opened, make(1, group="g"), make(2, group="g"), make(3, checks={"answer": "no"}))
    app = press(app, "all")
    assert any("2 drafts kept as questions, about 1 fact, 0 dropped" in s.value for s in app.success)
    assert "10 questions" in words(app) and "Look at the 1 left out" in "".join(b.label for b in app.button)
    app.button(key="questions.finished.left out").click().run()
    assert "What does label 3 cost?" in html_of(sound(app))


def test_samples_and_empty_corpora_say_what_comes_first(draw_page: Draw, opened: Settings) -> None:
    shutil.copytree(PROJECT / "corpora" / "first-steps", opened.corpora / "first-steps")
    app = sound(draw_page("questions", corpus="first-steps", view="Draft"))
    assert any("Make a copy" in i.value for i in app.info)
    (opened.corpora / "bare" / "documents").mkdir(parents=True)
    app = sound(draw_page("questions", corpus="bare", view="Draft"))
    assert any("no documents yet" in i.value for i in app.info)


def test_drafting_that_is_stopped_before_it_began_says_so(draw_page: Draw, opened: Settings) -> None:
    app = sound(draw_page("questions", corpus="tiny", view="Draft"))
    app.button(key="questions.draft.go").click().run()
    app.button(key="questions.draft.stop").click().run()
    assert any("stopped before there was a result" in w.value for w in sound(app.run()).warning)
    assert not (opened.corpora / "tiny" / FILE).exists()


def test_the_coverage_names_what_nobody_asks_about(draw_page: Draw, opened: Settings) -> None:
    (opened.corpora / "tiny" / "documents" / "new.md").write_text("# New\n\n" + "Something. " * 300)
    app = review(draw_page, opened, make(1))
    assert not app.dataframe
    app.session_state["draft-coverage"] = True
    rows = sound(app.run()).dataframe[0].value.to_dict("records")
    assert rows[0] == {"Document": "new.md", "Questions": 0, "Drafts": 0, "Words": 302}
    assert rows[-1]["Questions"] == 2 and "1 document has neither a question nor a draft" in words(app)
    assert json.loads((opened.corpora / "tiny" / FILE).read_text().splitlines()[0])["id"] == "q-1"
