"""A browser far from the app: what it asks of a page before it hears that another one has come.
Knows nothing about how pages are made."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import metric, run_from_design
from tools.running_app import App

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# What the app sends comes a while later, in its order; and what is done at intervals is done often, so that some
# of it falls into that while.
FAR_AWAY = """
const later = (listener) => (event) => setTimeout(() => listener(event), 300);
const near = window.WebSocket, often = window.setInterval;
window.WebSocket = class extends near {
    addEventListener(kind, listener, ...rest) { super.addEventListener(kind, later(listener), ...rest); }
    set onmessage(listener) { super.onmessage = later(listener); }
};
window.setInterval = (act, ms, ...rest) => often(act, Math.min(ms, 30), ...rest);
"""


def test_a_page_stays_that_came_while_the_browser_still_polled_for_the_one_before(
    odd_page: Page, app: App, tmp_path: Path
) -> None:
    odd_page.add_init_script(FAR_AWAY)
    file = tmp_path / "far_away.yaml"
    file.write_text(
        f"name: {file.stem}\ncorpus: tiny\nprompts: [concise]\nmodels: [extractive]\n"
        "retrieval: {splitter: [markdown], retriever: [keyword], top_k: [1], chunk_tokens: [64]}\nholdout: 0.0\n"
    )
    run_from_design(odd_page, app, file)
    expect(metric(odd_page, "State")).to_contain_text("done")
