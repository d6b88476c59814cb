"""axe-core on every page and view, light and dark: no serious violation that is ours to mend.
Knows nothing about what the pages are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tools.running_app import settle
from tools.views import VIEWS, View

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("views")]

LOOKS = 20  # a second apart
# The list of pages is the same on all of them, and a third of the work: it is looked at with the first one.
NAVIGATION = "[data-testid=stSidebarNav]"
# (rule, selector of the element or of what it is in) → why it is Streamlit's own and cannot be reached from here.
STREAMLITS = {
    ("list", "[data-testid=stSidebarNavItems]"): "a navigation with sections is a ul of div, each of li",
    ("listitem", "[data-testid=stSidebarNavItems]"): "the same",
}


def is_streamlits(page: Page, rule: str, target: str) -> bool:
    within = "([target, selector]) => document.querySelector(target)?.closest(selector) != null"
    return any(r == rule and page.evaluate(within, [target, selector]) for r, selector in STREAMLITS)


def lasting(page: Page, *, besides: str | None = None, rules: list[str] | None = None) -> list[str]:
    """What is wrong with the page at rest, and stays wrong: Streamlit draws once more when the colours change,
    and pales what it has not drawn yet.

    besides: the selector of what is not looked at.
    """
    for _ in range(LOOKS):
        settle(page)
        found = list(violations(page, besides=besides, rules=rules))
        if not found:
            break
        page.wait_for_timeout(1_000)
    return found


def violations(page: Page, *, besides: str | None = None, rules: list[str] | None = None) -> Iterator[str]:
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    axe = Axe() if page.evaluate("!window.axe") else Axe(axe_script="0")  # loaded once for each page
    looked_at = {"exclude": [[besides]]} if besides else None
    for violation in axe.run(page, context=looked_at, options=options).response["violations"]:
        for node in violation["nodes"] if violation["impact"] in ("serious", "critical") else ():
            target = node["target"][0]
            if not is_streamlits(page, violation["id"], target):
                summary = " ".join(node.get("failureSummary", "").split())
                yield f"{violation['id']}: {target} {node['html'][:300]} {summary}"


def test_a_view_has_no_serious_violation_in_light_or_dark(view_page: Page, view: View) -> None:
    besides = None if view is VIEWS[0] else NAVIGATION
    is_dark = view_page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    # In the colours that the view before left, and then in the others: a change of them draws the whole page anew.
    schemes = ("dark", "light") if is_dark else ("light", "dark")
    found: list[str] = []
    for scheme, rules in zip(schemes, (None, ["color-contrast"]), strict=True):
        view_page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {violation}" for violation in lasting(view_page, besides=besides, rules=rules)]
    assert not found, "\n".join(found)
