"""Takes a picture of every page, light and dark: the real app in a real Chromium, on a fresh home with the
sample experiment run in it and some of its answers rated.
Knows nothing about what the pages show, nor about tests.

    python -m tools.screenshots [--home FOLDER] [NAME …]

Needs the test packages and Chromium, about four minutes. Writes docs/screens/NAME-light.png and -dark.png.
With --home, a folder in which this has run before is used again. With names, only those views are taken.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tools.own_corpus import make_own_corpus
from tools.running_app import (
    PATIENCE_MS,
    PROJECT,
    App,
    find_chromium,
    running_app,
    running_chromium,
    settle,
)
from tools.served_quarter import make_gate, make_served
from tools.trained_variant import make_trained, tuned_experiment
from tools.views import VIEWS, View, open_view

SCREENS = PROJECT / "docs" / "screens"
WIDTH = 1280
LEAST_HEIGHT = 700  # as high as the navigation
MAX_BYTES = 300_000
COLOURS = 256
DRAWING_MS = 800  # tables and charts are drawn on canvases, which say nothing when they are done
RATERS = ("you", "Kim")
PAIRS_RATED = 12
THUMBS_RATED = 8
# Views of one page that show little more than another does; the accessibility test opens them all.
LEFT_OUT = {
    "thumbs", "prompt-edit", "prompt-family", "tuning", "training-form", "variant", "model-form",
    "design-more", "design-systems", "watch-checks", "watch-pairs",
}  # fmt: skip
QUESTION = "What weight is needed to calibrate the scale?"
expect.set_options(timeout=PATIENCE_MS)


def workbench(app: App, *arguments: str) -> str:
    """A command's standard output."""
    done = app.command(*arguments, timeout=900)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def run_sample(app: App) -> str:
    """The id of the finished sample experiment of this home, which is run when there is none."""
    listed = json.loads(workbench(app, "list", "--json"))["experiments"]
    done = [e["experiment"] for e in listed if e["state"] == "done"]
    if done:
        return str(done[0])
    print("Running the sample experiment…", flush=True)
    return str(
        json.loads(workbench(app, "demo", "--json", "--out", str(app.folder / "winner.yaml")))["experiment"]
    )


def run_tuned(app: App) -> str:
    """The id of an experiment that trained a variant."""
    file = app.folder / "tuned.yaml"
    file.write_text(tuned_experiment("harbor-support"))
    return str(json.loads(workbench(app, "run", str(file), "--json"))["experiment"])


def rate_some(app: App, experiment: str) -> None:
    """Two people's choices and thumbs, who mostly agree: the longer answer, the one that does not decline."""
    from workbench.feedback.ratings import get_answer, rate_seen
    from workbench.feedback.review_queue import next_pairs, next_thumbs, prefer
    from workbench.store.database import open_store

    store = open_store(app.home / "workbench.db")
    pairs, done = next_pairs(store, experiment, RATERS[0])
    if done:
        return
    for number, rater in enumerate(RATERS):
        for count, pair in enumerate(pairs[:PAIRS_RATED]):
            left, right = get_answer(store, pair.left_id), get_answer(store, pair.right_id)
            choice = "left" if len(left.text) >= len(right.text) else "right"
            prefer(store, left, right, "bad" if (count + 1) % (5 - number) == 0 else choice, rater=rater)
        for count, thumb in enumerate(next_thumbs(store, experiment, rater)[0][:THUMBS_RATED]):
            answer = get_answer(store, thumb.answer_id)
            rate_seen(store, answer, -1 if answer.refused or count % 4 == 3 else 1, rater=rater)


def find_good_answer(app: App, experiment: str, trial: str) -> int:
    """The place, from 1, of the trial's first answer that is right and has its evidence on top."""
    found = json.loads(workbench(app, "answers", experiment, "--trial", trial, "--json"))["answers"]
    for place, answer in enumerate(found, start=1):
        values = {name: score["value"] or 0.0 for name, score in answer["scores"].items()}
        if values["correctness"] > 0.85 and values["retrieval_mrr"] == 1:
            return place
    return 1


def ask_in_playground(page: Page) -> None:
    """One question under two configurations."""
    page.get_by_role("combobox", name="Corpus").click()
    page.get_by_role("option", name="harbor-support").click()
    settle(page)
    page.get_by_role("button", name="Add a column").click()
    expect(page.get_by_text("retriever: hybrid → keyword")).to_be_visible()
    page.get_by_label("Question", exact=True).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("tokens in")).to_have_count(2)
    settle(page)


def content_height(page: Page) -> int:
    """How much of the page there is."""
    return int(
        page.evaluate(
            "() => Math.ceil(document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight)"
        )
    )


def take(page: Page, view: View, scheme: str) -> None:
    """No higher than what there is to see."""
    page.set_viewport_size(
        {"width": WIDTH, "height": min(view.height, max(LEAST_HEIGHT, content_height(page)))}
    )
    page.mouse.move(WIDTH - 5, 5)
    settle(page)
    page.wait_for_timeout(DRAWING_MS)
    file = SCREENS / f"{view.name}-{scheme}.png"
    page.screenshot(path=file)
    with Image.open(file) as taken:
        few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.relative_to(PROJECT)}: {size / 1000:.0f} kB", flush=True)
    if size > MAX_BYTES:
        sys.exit(f"{file.name} has more than {MAX_BYTES / 1000:.0f} kB: lower its height in tools/views.py.")


def take_all(browser: Browser, app: App, views: list[View], **ids: str) -> None:
    """ids: what the views' addresses need."""
    for scheme in ("light", "dark"):
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 1200}, color_scheme="dark" if scheme == "dark" else "light"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        for view in views:
            page.set_viewport_size({"width": WIDTH, "height": view.height})
            open_view(page, app.address, view, **ids)
            if view.name == "playground":
                ask_in_playground(page)
            take(page, view, scheme)
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--home", type=Path, help="A data folder (default: a fresh one, removed at the end).")
    parser.add_argument("names", nargs="*", help="Views to take (default: all).")
    given = parser.parse_args()
    known = {v.name for v in VIEWS}
    if unknown := set(given.names) - known:
        sys.exit(f"There is no view {', '.join(unknown)}. There are {', '.join(sorted(known))}.")
    views = [v for v in VIEWS if (v.name in given.names if given.names else v.name not in LEFT_OUT)]
    chromium = find_chromium()
    if chromium is None:
        sys.exit("There is no Chromium: apt-get install chromium-headless-shell")
    SCREENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="workbench-screens-", ignore_cleanup_errors=True) as fresh:
        place, home = Path(fresh), given.home.resolve() if given.home else None
        # Design is taken on a home where nothing is stored yet, so that its plan has something to say.
        with running_app(place / "empty", rater=RATERS[0]) as app, running_chromium(chromium) as browser:
            take_all(browser, app, [v for v in views if v.name == "design"])
        with running_app(place / "used", rater=RATERS[0], home=home) as app:
            make_own_corpus(app.settings)
            experiment = run_sample(app)
            rate_some(app, experiment)
            board = json.loads(workbench(app, "leaderboard", experiment, "--json"))["trials"]
            winner = str(board[0]["trial"])
            answer = str(find_good_answer(app, experiment, winner))
            best = [t["trial"] for t in board[:2]]
            served = make_served(app.settings, experiment, best, place) | make_gate(app, best)
            trained = make_trained(app, run_tuned(app), app.command)
            with running_chromium(chromium) as browser:
                rest = [v for v in views if v.name != "design"]
                ids = {"experiment": experiment, "winner": winner, "place": answer, **served, **trained}
                take_all(browser, app, rest, **ids)


if __name__ == "__main__":
    main()
