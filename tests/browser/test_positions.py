"""What must be in sight without scrolling, on every page, at three sizes of the window.
Knows nothing about what the pages do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acting import metric
from tests.browser.conftest import run_file
from tests.importing.samples import SAMPLES
from tools.own_corpus import NAME
from tools.running_app import App, settle
from tools.views import VIEWS, View

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("views")]

SMALL, USUAL, LARGE = (1024, 768), (1280, 800), (1600, 1000)
ALL = (SMALL, USUAL, LARGE)
LOOKS = 5  # a second apart


@dataclass(frozen=True)
class InSight:
    """An element that must lie whole within the window when a view is opened."""

    view: str
    """A name in tools/views.py."""
    what: str
    """Its name in a failure."""
    find: Callable[[Page], Locator]
    """Finds it on the page; of several the last is looked at, which lies lowest."""
    sizes: tuple[tuple[int, int], ...] = ALL
    """The sizes of the window, in CSS pixels, at which it must be in sight."""


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def run_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Run", exact=True)


ROWS = (
    *(InSight(view.name, "heading", heading) for view in VIEWS if not view.unfold),
    InSight("results", "winner", lambda p: p.locator(".st-key-winner_strip")),
    InSight("results", "table of the first rows", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("corpora", "fourteen documents", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("corpora", "the way to Design", lambda p: p.get_by_role("link", name="3 Design")),
    InSight("document", "the text of a document", lambda p: p.locator(".st-key-document_text")),
    InSight("gate", "the button that runs it", lambda p: p.get_by_role("button", name="Run gate")),
    InSight("gate", "the verdict", lambda p: p.locator(".st-key-gate_verdict")),
    InSight("gate", "its conditions, and earlier gates", lambda p: p.get_by_test_id("stDataFrame").nth(1)),
    InSight("gate", "the answers that flipped", lambda p: p.get_by_role("heading", name="Flips")),
    InSight("trade-offs", "the switch to a route", lambda p: p.get_by_text("Look for a route")),
    InSight("route", "what was found", lambda p: p.locator(".st-key-route_found")),
    InSight("questions", "fifteen questions", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("draft", "the button that drafts", lambda p: p.get_by_role("button", name="Draft", exact=True)),
    InSight("draft", "the kinds", lambda p: p.get_by_role("button", name="Unanswerable")),
    InSight("draft", "the coverage", lambda p: p.get_by_test_id("stDataFrame"), (USUAL, LARGE)),
    InSight("drafts", "the question", lambda p: p.locator(".st-key-draft_question")),
    InSight("drafts", "the quote in its passage", lambda p: p.locator(".wb mark.evidence")),
    InSight("drafts", "the whole passage", lambda p: p.locator(".wb-box")),
    InSight("drafts", "who made it", lambda p: p.get_by_text("Drafted by a rule")),
    InSight("drafts", "the coverage", lambda p: p.locator(".st-key-draft-coverage")),
    *(
        InSight("drafts", name, lambda p, name=name: p.get_by_role("button", name=name))
        for name in ("Keep Shortcut", "Edit", "Drop", "Next", "Undo", "Keep all")
    ),
    InSight("new-corpus", "the upload box", lambda p: p.get_by_role("button", name="Create the corpus")),
    InSight(
        "new-from-sitemap",
        "the button that fetches",
        lambda p: p.get_by_role("button", name="Create the corpus"),
    ),
    InSight("home", "the last page of the navigation", lambda p: p.get_by_role("link", name="Models")),
    InSight("home", "the next steps", lambda p: p.get_by_role("link", name="Design an experiment")),
    InSight("home", "the experiments", lambda p: p.get_by_role("link", name="All experiments")),
    InSight("home", "the way to the cluster", lambda p: p.get_by_role("link", name="Cluster")),
    InSight("cluster", "how to get one", lambda p: p.get_by_text("you do not need one")),
    InSight("run", "all counters", lambda p: p.get_by_test_id("stMetric")),
    InSight("run", "what was found", lambda p: p.get_by_test_id("stAlert")),
    InSight("run", "the buttons", lambda p: p.get_by_role("button", name="Clone into Design")),
    InSight(
        "run",
        "the way to the results",
        lambda p: p.get_by_test_id("stMain").get_by_role("link", name="Results"),
    ),
    InSight(
        "experiments", "the newest", lambda p: p.get_by_test_id("stMain").get_by_role("link", name="Results")
    ),
    *(
        InSight("design", f"the plan's {label}", lambda p, label=label: metric(p, label))
        for label in ("Configurations", "Questions", "Model calls", "Cost", "Time")
    ),
    InSight("design", "Run", run_button),
    InSight("design", "the questions", lambda p: p.get_by_label("Only with these tags"), (USUAL, LARGE)),
    InSight("design-more", "chunk context", lambda p: p.get_by_text("Chunk context", exact=True).first),
    InSight("design-more", "the cost", lambda p: metric(p, "Cost")),
    InSight(
        "design-systems", "the address", lambda p: p.get_by_role("textbox", name="Address"), (USUAL, LARGE)
    ),
    InSight(
        "design-systems", "Add", lambda p: p.get_by_role("button", name="Add", exact=True), (USUAL, LARGE)
    ),
    InSight("design-systems", "the plan's Configurations", lambda p: metric(p, "Configurations")),
    InSight("design-systems", "Run", run_button),
    InSight("prompts", "the list", lambda p: p.get_by_role("radio", name="concise")),
    InSight("prompts", "the template", lambda p: p.get_by_text("{question}", exact=True)),
    InSight("prompt-edit", "the list", lambda p: p.get_by_role("radio", name="concise")),
    InSight("prompt-edit", "the template", lambda p: p.get_by_label("Template", exact=True)),
    InSight("prompt-edit", "Save", lambda p: p.get_by_role("button", name="Save as a new version")),
    InSight("prompt-edit", "the preview", lambda p: p.get_by_text("User message")),
    InSight("answers", "the question", lambda p: p.get_by_role("heading", name="Question")),
    InSight("answers", "the answer", lambda p: p.get_by_role("heading", name="Answer", exact=True)),
    InSight("answers", "the scores", lambda p: p.locator(".wb-badges")),
    InSight("answers", "the thumbs", lambda p: p.get_by_role("radio", name="Thumbs down")),
    InSight("answers", "the comment", lambda p: p.get_by_role("textbox", name="Comment")),
    InSight("answers", "the passages", lambda p: p.locator(".st-key-answers-passages")),
    InSight("compare", "ten questions", lambda p: p.locator(".matrix tbody th").nth(9)),
    InSight("compare", "the words to find", lambda p: p.get_by_role("textbox", name="Question contains")),
    InSight("side-by-side", "two questions", lambda p: p.locator(".st-key-compare-question-2")),
    InSight("review", "the choices", lambda p: p.get_by_role("button", name="Both bad")),
    InSight("review", "both answers", lambda p: p.get_by_test_id("stColumn").filter(has_text="key 2")),
    InSight("review", "that it is blind", lambda p: p.get_by_text("gave them is hidden")),
    InSight("thumbs", "the thumbs", lambda p: p.get_by_role("button", name="Bad")),
    InSight("thumbs", "the answer", lambda p: p.get_by_role("heading", name="Answer", exact=True)),
    InSight("thumbs", "that it is blind", lambda p: p.get_by_text("gave them is hidden")),
    InSight(
        "review", "whether more ratings decide", lambda p: p.get_by_text(re.compile("rated it yet|decide"))
    ),
    InSight("thumbs", "the tags", lambda p: p.get_by_role("button", name="should have declined")),
    InSight("thumbs", "Better answer", lambda p: p.get_by_role("button", name="Better answer")),
    InSight("families", "the differences", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("training-data", "Make", lambda p: p.get_by_role("button", name="Make", exact=True)),
    InSight("training-data", "what was made", lambda p: p.get_by_test_id("stDataFrame")),
    InSight(
        "training-data", "the way to a training", lambda p: p.get_by_role("link", name="Train a model on it")
    ),
    InSight("trainings", "how it went", lambda p: p.get_by_text("By cross-validation")),
    InSight("trainings", "the way to the model", lambda p: p.get_by_role("link", name="The model")),
    InSight("training-form", "Train", lambda p: p.get_by_role("button", name="Train", exact=True)),
    InSight(
        "variant",
        "the difference from its parent",
        lambda p: p.locator("summary").filter(has_text="Compared with its parent"),
    ),
    InSight("prompt-family", "the first version", lambda p: p.locator("summary").filter(has_text="@1").first),
    InSight("playground", "Ask", lambda p: p.get_by_role("button", name="Ask", exact=True)),
    InSight("playground", "a column's settings", lambda p: p.get_by_role("button", name="Change A")),
    InSight("home", "the open alarm", lambda p: p.locator(".st-key-open_alarms")),
    InSight("watch-services", "both services", lambda p: p.get_by_text("requests since")),
    InSight("watch", "the alarm", lambda p: p.locator(".st-key-watch-alarms")),
    InSight("watch", "grounding over time", lambda p: p.locator(".st-key-watch-figure-grounding")),
    InSight("watch", "dislikes over time", lambda p: p.locator(".st-key-watch-figure-dislikes")),
    InSight("watch", "all figures", lambda p: p.locator(".st-key-watch-bad-answers"), (USUAL, LARGE)),
    InSight("watch-requests", "the requests", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("watch-requests", "Keep", lambda p: p.get_by_role("button", name="as questions")),
    InSight("watch-alarm", "how the figure went", lambda p: p.get_by_test_id("stVegaLiteChart")),
    InSight("watch-alarm", "Acknowledge", lambda p: p.get_by_role("button", name="Acknowledge")),
    InSight("watch-alarm", "three answers", lambda p: p.locator(".st-key-watch-driver-2")),
    InSight("watch-checks", "the verdicts", lambda p: p.locator(".st-key-watch-verdicts")),
    InSight("watch-pairs", "the differences", lambda p: p.get_by_test_id("stTable")),
    InSight("models", "Test connection", lambda p: p.get_by_role("button", name="Test connection")),
    InSight("model-form", "Save", lambda p: p.get_by_role("button", name="Save", exact=True)),
    InSight("model-form", "More", lambda p: p.get_by_text("More: kind")),
)


def preview(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name="Import a file")


IMPORT_ROWS = (
    InSight("import", "the format", lambda p: preview(p).get_by_text("Format", exact=True)),
    InSight(
        "import",
        "the button that adds",
        lambda p: preview(p).get_by_role("button", name=re.compile("^Add [0-9]")),
    ),
    InSight("import", "the questions", lambda p: preview(p).get_by_test_id("stDataFrame")),
)
BY_SOURCE_ROWS = (
    InSight("by source", "heading", heading),
    InSight("by source", "the first by this source", lambda p: p.locator(".st-key-winner_strip")),
    InSight("by source", "that drafts are unreviewed", lambda p: p.get_by_text("nobody has reviewed")),
    InSight(
        "by source",
        "the source",
        lambda p: p.get_by_test_id("stMain").get_by_role("combobox", name="Questions"),
    ),
    InSight("by source", "the configurations", lambda p: p.get_by_test_id("stDataFrame")),
    InSight("by source", "how the sources rank", lambda p: p.get_by_text("rank the configurations")),
)


def outside(found: Locator, size: tuple[int, int]) -> str:
    """Return where the element lies if it is not whole within the window; else an empty text."""
    expect(found.last).to_be_attached()
    box = found.last.bounding_box()
    if box is None:
        return "is not drawn"
    left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    if left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]:
        return ""
    return f"lies at x {left:.0f}–{right:.0f}, y {top:.0f}–{bottom:.0f}"


def test_what_a_page_is_for_is_in_sight(view_page: Page, view: View) -> None:
    assert_in_sight(view_page, [row for row in ROWS if row.view == view.name])


def assert_in_sight(page: Page, rows: Sequence[InSight]) -> None:
    """What lies outside the window at one of its sizes is named."""
    wrong: list[str] = []
    for size in ALL:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wrong += lasting(page, rows, size)
    assert not wrong, "\n".join(wrong)


def lasting(page: Page, rows: Sequence[InSight], size: tuple[int, int]) -> list[str]:
    """What lies outside the window at rest, and stays there: a busy machine may draw late."""
    for _ in range(LOOKS):
        settle(page)
        wrong = [
            f"{size[0]} × {size[1]}: {row.what} {where}"
            for row in rows
            if size in row.sizes and (where := outside(row.find(page), size))
        ]
        if not wrong:
            break
        page.wait_for_timeout(1_000)
    return wrong


@pytest.mark.parametrize("name", ["ragas", "beir"])
def test_the_preview_of_an_import_is_in_sight(page: Page, app: App, tmp_path: Path, name: str) -> None:
    """It opens once a file is chosen; nothing is stored."""
    file, data = SAMPLES[name]
    (tmp_path / file).write_bytes(data)
    page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    page.goto(f"{app.address}/questions?corpus={NAME}")
    settle(page)
    page.get_by_role("button", name="Add questions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Import a file").click()
    dialog.locator("input[type=file]").set_input_files(str(tmp_path / file))
    expect(preview(page).get_by_test_id("stDataFrame")).to_be_visible()
    settle(page)
    assert_in_sight(page, IMPORT_ROWS)


def test_results_by_source_are_in_sight(page: Page, app: App) -> None:
    made = run_file(
        app,
        f"name: by source\ncorpus: {NAME}\nquestions: {{drafts: true}}\nprompts: [short]\n"
        "models: [embedded/extractive]\n"
        "retrieval: {retriever: [keyword, dense], top_k: [2], chunk_tokens: [64]}\nholdout: 0.0\n",
    )
    page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    page.goto(f"{app.address}/results?experiment={made}&source=drafted")
    expect(page.get_by_text("drafts that nobody has reviewed")).to_be_visible()
    settle(page)
    assert_in_sight(page, BY_SOURCE_ROWS)
