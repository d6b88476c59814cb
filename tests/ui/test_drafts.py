"""Drafts of the Design page: what the address opens, what survives a reload, and two tabs with the same draft.
Knows nothing about the plan; how a draft is stored is tested in tests/space/test_drafts.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, write_corpus
from tests.ui.conftest import SMALL, Draw, editor, sound, words, written
from workbench.settings import Settings
from workbench.space.drafts import DraftFiles
from workbench.space.files import parse_experiment

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def drafts(opened: Settings) -> DraftFiles:
    return DraftFiles(opened.home / "drafts")


def rename(app: AppTest, name: str) -> AppTest:
    return sound(app.text_input(key="design.name").set_value(name).run())


def draft_in(app: AppTest) -> str:
    return str(app.query_params["draft"])


# What the address opens


def test_without_a_draft_the_page_opens_ones_own_newest_corpus_and_stores_nothing(
    draw_page: Draw, drafts: DraftFiles
) -> None:
    app = sound(draw_page("design"))
    design = written(app)
    assert design.corpus == design.name == "tiny"
    assert len(design.prompts) == len(design.models) == 1 and design.retrieval.top_k == [2, 6]
    assert not drafts.list_newest_first() and "draft" not in app.query_params


def test_the_sample_is_marked_and_gives_way_to_a_corpus_of_ones_own(
    draw_page: Draw, opened: Settings
) -> None:
    write_corpus(opened.corpora / "first-steps")
    (opened.corpora / "first-steps" / "sample.txt").touch()
    app = sound(draw_page("design"))
    assert written(app).corpus == "tiny"
    assert app.selectbox(key="design.corpus").options == ["first-steps (sample)", "tiny"]


def test_the_address_names_a_corpus_an_experiment_or_the_sample(draw_page: Draw, finished: str) -> None:
    of_corpus = sound(draw_page("design", corpus="tiny"))
    assert written(of_corpus).corpus == "tiny" and of_corpus.query_params["corpus"] == "tiny"
    cloned = written(sound(draw_page("design", **{"from": finished})))
    assert (cloned.name, cloned.prompts) == ("tiny", ["concise@1", "cited@1"])
    assert written(sound(draw_page("design", preset="sample"))).name == "support-first-look"


@pytest.mark.parametrize(
    ("parameters", "words_of_error"),
    [
        ({"from": "nothing"}, "nothing"),
        ({"preset": "other"}, "There is no preset 'other'"),
        ({"draft": "0123abcd"}, "There is no draft '0123abcd'"),
        ({"draft": "../x"}, "There is no draft '../x'"),
    ],
)
def test_an_address_that_leads_nowhere_says_so_and_a_new_design_is_shown(
    draw_page: Draw, parameters: dict[str, str], words_of_error: str
) -> None:
    app = sound(draw_page("design", **parameters))
    assert words_of_error in words(app) and written(app).corpus == "tiny"


# Reload, restart


def test_a_draft_is_there_after_a_reload_and_after_a_restart(draw_page: Draw, drafts: DraftFiles) -> None:
    app = sound(draw_page("design"))
    app.multiselect(key="design.top_k").set_value(["3"])
    rename(app, "mine")
    draft_id = draft_in(app)
    assert draft_id in {d.id for d in drafts.list_newest_first()}
    for again in (draw_page("design", draft=draft_id), draw_page("design")):  # a reload, another visit
        shown = written(sound(again))
        assert (shown.name, shown.retrieval.top_k) == ("mine", [3]) and draft_in(again) == draft_id


def test_what_cannot_run_yet_survives_a_reload_too(draw_page: Draw) -> None:
    app = sound(draw_page("design"))
    app.multiselect(key="design.models").set_value([])
    app.text_area(key="design.rules").set_value("exclud: [").run()
    again = sound(draw_page("design", draft=draft_in(app)))
    assert again.multiselect(key="design.models").value == []
    assert again.text_area(key="design.rules").value == "exclud: ["


def test_the_way_back_survives_a_reload(draw_page: Draw) -> None:
    app = rename(sound(draw_page("design")), "mine")
    app.button(key="design.preset.Retrieval sweep").click().run()
    app.button(key="design.start_over").click().run()
    assert written(sound(app)).name == "tiny"
    again = sound(draw_page("design", draft=draft_in(app)))
    again.button(key="design.back").click().run()
    assert written(sound(again)).search.strategy == "race"
    again.button(key="design.back").click().run()
    assert written(sound(again)).name == "mine" and again.button(key="design.back").disabled


def test_what_another_page_sends_is_a_draft_of_its_own(draw_page: Draw, drafts: DraftFiles) -> None:
    app = rename(sound(draw_page("design")), "mine")
    kept = draft_in(app)
    app.session_state["design.load"] = SMALL
    assert written(sound(app.run())).name == "y" and draft_in(app) != kept
    assert {d.name for d in drafts.list_newest_first()} == {"mine", "y"}
    app.button(key="design.back").click().run()
    assert written(sound(app)).name == "mine"


# Two tabs


def test_a_second_tab_goes_on_with_a_copy_and_says_so(draw_page: Draw, drafts: DraftFiles) -> None:
    first = rename(sound(draw_page("design")), "first")
    second = sound(draw_page("design"))
    assert draft_in(second) == draft_in(first)
    rename(first, "first again")
    rename(second, "second")
    assert "also changed in another tab" in words(second) and draft_in(second) != draft_in(first)
    assert {d.name for d in drafts.list_newest_first()} == {"first again", "second"}
    second.button(key="design.other").click().run()
    assert written(sound(second)).name == "first again" and draft_in(second) == draft_in(first)


# Damaged and deleted drafts


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: "{",
        lambda data: json.dumps(data | {"format": 99}),
        lambda data: json.dumps(data | {"content": {"values": {"prompts": 5}}}),
        lambda data: json.dumps(data | {"content": data["content"] | {"steps": [{}]}}),
        lambda data: json.dumps(data | {"content": data["content"] | {"inline": None}}),
    ],
    ids=["no JSON", "another format", "a value of another type", "an empty step", "no inline entries"],
)
def test_a_damaged_draft_is_set_aside_and_said(draw_page: Draw, drafts: DraftFiles, damage: Any) -> None:
    draft_id = draft_in(rename(sound(draw_page("design")), "mine"))
    path = drafts.folder / f"{draft_id}.json"
    path.write_text(damage(json.loads(path.read_text())))
    app = sound(draw_page("design", draft=draft_id))
    assert "The draft cannot be read" in words(app) and written(app).name == "tiny"
    (aside,) = drafts.folder.glob(f"{draft_id}.unreadable-*")
    assert str(aside) in words(app) and not path.exists()


def test_a_draft_of_a_version_with_fewer_fields_keeps_its_own(draw_page: Draw, drafts: DraftFiles) -> None:
    draft_id = draft_in(rename(sound(draw_page("design")), "mine"))
    path = drafts.folder / f"{draft_id}.json"
    data = json.loads(path.read_text())
    del data["content"]["values"]["seed"], data["content"]["before"]["seed"]
    path.write_text(json.dumps(data))
    assert written(sound(draw_page("design", draft=draft_id))).name == "mine"


def test_drafts_are_listed_opened_and_deleted(draw_page: Draw, drafts: DraftFiles) -> None:
    old = draft_in(rename(sound(draw_page("design")), "old"))
    app = rename(sound(draw_page("design", corpus="tiny")), "new")
    app.button(key=f"design.draft.{old}").click().run()
    assert written(sound(app)).name == "old" and draft_in(app) == old
    (new,) = [d.id for d in drafts.list_newest_first() if d.id != old]
    app.button(key=f"design.delete_draft.{new}").click().run()
    assert [d.id for d in drafts.list_newest_first()] == [old]


def test_a_draft_that_cannot_be_written_is_said_and_stays_on_the_page(
    draw_page: Draw, drafts: DraftFiles
) -> None:
    drafts.folder.parent.mkdir(parents=True, exist_ok=True)
    drafts.folder.write_text("a file is in the way")
    app = rename(sound(draw_page("design")), "mine")
    assert "cannot be created" in words(app) and parse_experiment(editor(app).value).name == "mine"


def test_the_file_is_for_its_owner_alone(draw_page: Draw, runner: Runner, drafts: DraftFiles) -> None:
    draft_id = draft_in(rename(sound(draw_page("design")), "mine"))
    assert (drafts.folder / f"{draft_id}.json").stat().st_mode & 0o077 == 0
