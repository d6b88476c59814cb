"""Every page of the app and every view that a page has, and how a browser gets there.
Knows nothing about what is done with a page that is open."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tools.own_corpus import NAME
from tools.running_app import PATIENCE_MS, settle


@dataclass(frozen=True)
class View:
    """A page, or one of the views of a page."""

    name: str
    path: str
    """What follows the app's address: {experiment}, {winner} (a trial), {place} (of one of its answers),
    {service} and one of its alarms, {alarm}, a {gate}; {tuned} (an experiment that trained a {variant} by a
    {training})."""
    sign: str
    """A text that is visible once the view is drawn."""
    tab: str = ""
    """The tab or view that is chosen there; empty for none."""
    unfold: str = ""
    """How the title of a folded part begins that is unfolded there; empty for none."""
    height: int = 1000
    """The greatest height of a screenshot, in pixels."""


VIEWS = (
    View("home", "", "Recent experiments"),
    View("cluster", "cluster", "you do not need one"),
    View("experiments", "experiments", "Show archived experiments"),
    View("playground", "playground", "Add a column"),
    View("design", "design?preset=sample", "Work by stage"),
    View("design-more", "design?preset=sample", "Second embedding model", unfold="More:"),
    View("design-systems", "design?preset=sample", "A RAG that does its own", unfold="Your own systems"),
    View("run", "run?experiment={experiment}", "Top five"),
    View("results", "results?experiment={experiment}", "Columns and filters"),
    View("trade-offs", "results?experiment={experiment}", "The same as a table", "Trade-offs"),
    View("route", "results?experiment={experiment}&view=trade&route=1", "route pays"),
    View(
        "effects", "results?experiment={experiment}", "The same as a table", "What each setting", height=1250
    ),
    View("compare", "compare?experiment={experiment}", "Verdict"),
    View(
        "side-by-side", "compare?experiment={experiment}&view=side&trials={winner},{experiment}-0002",
        "Verdict",
    ),
    View("answers", "answers?experiment={experiment}&trial={winner}&n={place}", "Passages", height=1330),
    View("review", "review?experiment={experiment}", "which configuration gave them is hidden"),
    View("thumbs", "review?experiment={experiment}", "Why this one", "Thumbs, one by one"),
    View("families", "results?experiment={tuned}&view=families", "Each interval is separate"),
    View("training-data", "training_data?experiment={tuned}", "Rows as a trainer reads them"),
    View("gate", "gate?gate={gate}", "Flips"),
    View("watch-services", "watch", "requests since"),
    View("watch", "watch?service={service}&period=all", "Bad answers"),
    View("watch-requests", "watch?service={service}&view=requests&show=ungrounded", "as questions"),
    View("watch-alarm", "watch?service={service}&alarm={alarm}", "worst first"),
    View("watch-checks", "watch?service={service}&view=checks", "Score of the canaries"),
    View("watch-pairs", "watch?service={service}&view=pairs", "Second minus first"),
    View("prompts", "prompts", "Duplicate as"),
    View("prompt-edit", "prompts", "Save as a new version", "Edit"),
    View("prompt-family", "prompts", "No optimisation has made a version of it", "Family"),
    View("models", "models", "Test connection"),
    View("model-form", "models", "Name on the server", "Register a model"),
    View("tuning", "models", "Start a training", "Tune a variant"),
    View("variant", "models?model={variant}", "Compared with its parent"),
    View("trainings", "trainings?training={training}", "By cross-validation on its training questions"),
    View("training-form", "trainings", "New model's name", "Start a training"),
    View("corpora", "corpora?corpus=harbor-support", "Select a row to read"),
    View("document", "corpora?corpus=harbor-support&document=coaching-playbook.md", "Text, evidence marked"),
    View("new-corpus", "corpora?corpus=%2Bnew", "Or look at a sample"),
    View("new-from-sitemap", "corpora?corpus=%2Bnew&from=sitemap", "Address of the sitemap"),
    View("questions", "questions?corpus=harbor-support", "250 of 250 questions"),
    View("draft", f"questions?corpus={NAME}&view=Draft", "Free, offline"),
    View("drafts", f"questions?corpus={NAME}&view=Drafts", "Keep all", height=800),
)  # fmt: skip


def open_view(page: Page, address: str, view: View, **ids: str) -> None:
    """Open a view and wait until all of it is drawn; a part that is unfolded is scrolled into sight."""
    page.goto(f"{address}/{view.path.format(**ids)}")
    if view.tab:
        page.get_by_role("tab", name=view.tab).or_(page.get_by_role("radio", name=view.tab)).click()
    if view.unfold:
        title = page.locator("summary").filter(has_text=view.unfold)
        settle(page)
        title.click()
    expect(page.get_by_text(view.sign).first).to_be_visible(timeout=PATIENCE_MS)
    settle(page)
    if view.unfold:
        page.locator("details").filter(has=title).evaluate("part => part.scrollIntoView({block: 'nearest'})")
        settle(page)
