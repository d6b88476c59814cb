"""Corpora that are fetched, in the app: added from a site or repository, fetched again, questions concerned.
Knows nothing about how documents are fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.sources.site import Page, Site
from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, settled, sound, words
from workbench.settings import Settings
from workbench.sources.source_file import parse_source, write_source
from workbench.store.requests import take_requests
from workbench.ui.widgets.links import NEW_CORPUS

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

TEXT = "Goods can be returned within 30 days of delivery.\n\nThe label costs 5 euros."


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.add("/returns", "Returns", TEXT, etag='"1"')
        running.add("/heaters", "Heaters", "Heaters are collected by two people.", etag='"1"')
        running.list_in_sitemap("/returns", "/heaters", "/missing")
        yield running


def _popovers(app: AppTest) -> list[str]:
    return [str(block.proto.popover.label) for block in app.get("popover")]


def _send(app: AppTest) -> AppTest:
    [button] = [b for b in app.button if b.label == "Create the corpus"]
    return sound(button.click().run())


def _add(draw_page: Draw, runner: Runner, site: Site, name: str = "site") -> AppTest:
    app = draw_page("corpora", **NEW_CORPUS, **{"from": "sitemap"})
    app.text_input(key="corpora.new_name").set_value(name)
    app.text_input(key="corpora.new.sitemap").set_value(site.url("/sitemap.xml"))
    return settled(_send(app), runner)


def test_a_corpus_is_added_from_a_sitemap(draw_page: Draw, runner: Runner, site: Site) -> None:
    app = draw_page("corpora", **NEW_CORPUS, **{"from": "sitemap"})
    app.text_input(key="corpora.new_name").set_value("site")
    app.text_input(key="corpora.new.sitemap").set_value(site.url("/sitemap.xml"))
    app = _send(app)
    assert "Fetching the documents of site" in words(app)
    assert [b.label for b in app.button if b.key == "corpora.fetch.stop"] == ["Stop"]
    assert not site.asked  # the worker fetches
    app = settled(app, runner)
    assert app.query_params["corpus"] == "site"
    said = words(app)
    assert "2 new, 0 changed, 0 gone, 0 unchanged." in said
    assert f"Fetched from `{site.url('/sitemap.xml')}` · snapshot" in said
    assert "1 not fetched" in _popovers(app)
    assert f"{site.url('/missing')} is not there (404 Not Found)" in said.replace("**", "")


def test_a_corpus_is_fetched_again_and_the_questions_concerned_are_linked(
    draw_page: Draw, runner: Runner, site: Site, opened: Settings
) -> None:
    app = _add(draw_page, runner, site)
    rows = [
        {"id": "cost", "question": "What does the *label* cost?", "evidence": [{"document": "returns.md", "quote": "The label costs 5 euros."}]},
        {"id": "who", "question": "Who collects heaters?", "evidence": [{"document": "heaters.md"}]},
    ]  # fmt: skip
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (opened.corpora / "site" / "questions.jsonl").write_text(text)
    site.add("/returns", "Returns", TEXT.replace("5 euros", "8 euros"), etag='"2"')
    site.list_in_sitemap("/returns")
    asked = len(site.asked)
    app = settled(draw_page("corpora", corpus="site"), runner)
    assert len(site.asked) == asked  # opening a page fetches nothing
    assert not any(label.startswith("Quotes gone") for label in _popovers(app))
    app = settled(app.button(key="corpora.fetch.again").click().run(), runner)
    said = words(app)
    assert "0 new, 1 changed, 1 gone, 0 unchanged." in said
    assert "heaters.md: the source no longer lists it" in said
    assert "Quotes gone: 2 questions" in _popovers(app)
    assert (
        "No longer in returns.md: “The label costs 5 euros.” Closest text: “The label costs 8 euros.”" in said
    )
    links = [link.proto for link in app.get("page_link")]
    assert "What does the \\*label\\* cost?" in [link.label for link in links]
    assert any("find=" in link.query_string for link in links)


def test_what_is_wrong_with_a_source_is_said_in_the_form(draw_page: Draw, runner: Runner, site: Site) -> None:
    app = draw_page("corpora", **NEW_CORPUS, **{"from": "sitemap"})
    app.text_input(key="corpora.new.sitemap").set_value("file:///etc/passwd")
    app = _send(app)
    assert "sitemap is 'file:///etc/passwd': it must be an address" in words(app)
    app.text_input(key="corpora.new.sitemap").set_value(site.url("/sitemap.xml"))
    app.text_input(key="corpora.new_name").set_value("tiny")
    assert "There is already a corpus 'tiny'" in words(_send(app))
    assert take_requests(runner.store) == []


def test_a_source_that_cannot_be_fetched_leaves_no_corpus_and_the_form_as_it_was(
    draw_page: Draw, runner: Runner, site: Site, opened: Settings
) -> None:
    site.pages["/sitemap.xml"] = Page("broken", status=404)
    app = _add(draw_page, runner, site, "mine")
    assert "The sitemap" in words(app) and "is not there (404 Not Found)" in words(app)
    assert not (opened.corpora / "mine").exists()
    assert app.text_input(key="corpora.new_name").value == "mine"
    assert app.text_input(key="corpora.new.sitemap").value == site.url("/sitemap.xml")
    site.list_in_sitemap("/returns")
    assert "1 new" in words(settled(_send(app), runner))


@pytest.mark.parametrize("kind", ["pages", "git", "other"])
def test_a_corpus_is_added_from_other_sources(
    draw_page: Draw, runner: Runner, site: Site, tmp_path: Path, kind: str
) -> None:
    app = draw_page("corpora", **NEW_CORPUS, **{"from": kind})
    app.text_input(key="corpora.new_name").set_value("own")
    if kind == "pages":
        app.text_area(key="corpora.new.urls").set_value(f"{site.url('/returns')}\n{site.url('/heaters')}\n")
    elif kind == "git":
        app.text_input(key="corpora.new.git").set_value(str(tmp_path / "missing"))
    else:
        files = tmp_path / "files"
        files.mkdir()
        (files / "a.md").write_text("# A\n")
        app.text_area(key="corpora.new.yaml").set_value(f"fsspec: {files}\n")
    said = words(settled(_send(app), runner))
    assert {"pages": "2 new", "git": "cannot be fetched", "other": "1 new"}[kind] in said


def test_a_source_that_came_with_a_folder_asks_first(
    draw_page: Draw, runner: Runner, site: Site, opened: Settings
) -> None:
    (opened.corpora / "theirs").mkdir()
    write_source(opened.corpora / "theirs", parse_source({"urls": [site.url("/returns")]}, "x"))
    app = settled(draw_page("corpora", corpus="theirs"), runner)
    assert "was not written by this workbench. It fetches" in words(app) and not site.asked
    button = app.button(key="corpora.fetch.again")
    assert button.label == "Allow it and fetch"
    app = settled(button.click().run(), runner)
    assert "1 new" in words(app) and app.button(key="corpora.fetch.again").label == "Fetch again"


def test_a_fetch_that_fails_says_why_and_keeps_the_documents(
    draw_page: Draw, runner: Runner, site: Site
) -> None:
    app = _add(draw_page, runner, site)
    site.pages.clear()
    app = settled(app.button(key="corpora.fetch.again").click().run(), runner)
    assert "cannot be read: it is not there" in words(app) and "snapshot" in words(app)
    assert "2 files" in words(app)


def test_a_broken_source_file_is_said_and_the_documents_are_shown(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    (opened.corpora / "tiny" / "source.yaml").write_text("sitemap: https://a.example\nundr: x\n")
    app = sound(serve(runner, sound(draw_page("corpora", corpus="tiny"))))
    assert "tiny/source.yaml:2: 'undr' is not a known key" in words(app)
    assert "Only documents without evidence" in [t.label for t in app.toggle]
