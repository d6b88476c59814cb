"""Says which elements of a page are no part of its text, and what they are: menus, hidden parts, forms.
Knows nothing about how the text is written.

Boilerplate is told by element, role and content. Class names differ on every site and lose real text; only a
cookie banner is told by one, and only when it has a button and little text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from workbench.corpus.readers.html import style_sheets
from workbench.corpus.readers.html.survey import HEADINGS, Node, Survey, attribute, is_tool, text_of

HIDDEN = "hidden parts"
MENUS, PAGE_HEADERS, PAGE_FOOTERS = "menus", "page headers", "page footers"
SIDEBARS, DIALOGS, FORMS = "sidebars", "dialogs and cookie banners", "search and sign-up forms"
BUTTONS, OPTIONS, MEDIA = "buttons", "long lists of options", "embedded media"
TOOLS = "links of headings to themselves or for editing"
NO_SCRIPT, BESIDE = "texts for browsers without scripts", "texts beside the main part"

DIALOG_ROLES = ("dialog", "alertdialog")
MAIN_PART = "main, [role=main]"
MENU_ROLES = ("navigation", "menu", "menubar")
PANEL_ELEMENTS = ("div", "section", "p", "ul", "ol", "dl", "table")
COOKIE_NAME = re.compile(r"cookie|consent|gdpr|onetrust|usercentrics")

LINKS_SHARE = 0.5  # of a part's text; with more in links it leads elsewhere and says nothing itself
WHOLE_SHARE = 0.5  # of the page's text; a form or header that holds more is a frame around the page
LONGEST_BANNER = 1500  # characters of a cookie banner
LONGEST_SMALL_FORM = 60  # characters of a form that only asks: "E-mail", "I agree to the terms"
MOST_OPTIONS = 20  # of a list in a form; a longer one is countries or years
LEAST_LABEL_WORDS = 4  # of a button that may be a question; "Add to basket" has fewer


class Hiding:
    """Tells hidden elements from those that a reader can unfold."""

    def __init__(self, page: LexborHTMLParser) -> None:
        self._unfolded = frozenset(_controlled_ids(page))
        self._hidden_names = style_sheets.hidden_names(page)

    def hides(self, node: Node) -> bool:
        """Whether no reader of the page sees this element."""
        tag, attributes = node.tag, node.attributes
        if tag == "noscript" or (tag == "dialog" and "open" not in attributes):
            return True
        if tag == "template":
            return "shadowrootmode" not in attributes  # the one kind of template that is shown
        if not attributes:
            return False
        hidden = (
            ("hidden" in attributes and attribute(node, "hidden") != "until-found")
            or style_sheets.HIDDEN.search(attribute(node, "style")) is not None
            or self._is_named(node)
        )
        behind = attribute(node, "aria-hidden") == "true"  # also what lies behind an open dialog
        if not (hidden or behind) or tag in ("html", "body", "main"):
            return False  # a page that a script shows once it is loaded
        role = attribute(node, "role")
        if role in (*DIALOG_ROLES, *MENU_ROLES):
            return True
        unfolds = (
            role == "tabpanel"
            or (attributes.get("id") or "") in self._unfolded
            or _is_unfolded_by_what_is_above(node)
        )
        return not unfolds and node.css_first(MAIN_PART if hidden else f"{MAIN_PART}, h1, article") is None

    def _is_named(self, node: Node) -> bool:
        """Whether a style sheet of the page hides the element's class or id."""
        if not self._hidden_names:
            return False
        names = [f".{name}" for name in (node.attributes.get("class") or "").split()]
        return not self._hidden_names.isdisjoint([*names, f"#{node.attributes.get('id')}"])


def _controlled_ids(page: LexborHTMLParser) -> Iterator[str]:
    """The ids of elements that a button or link of the page shows and hides."""
    for node in page.css("[aria-controls], [data-target], [data-bs-target], [onclick], a[href^='#']"):
        attributes = node.attributes
        yield from (attributes.get("aria-controls") or "").split()
        for name in ("data-target", "data-bs-target", "href"):
            yield (attributes.get(name) or "").removeprefix("#")
        yield from re.findall(r"['\"]#?([\w:.-]+)['\"]", attributes.get("onclick") or "")


class Boilerplate:
    """Names what an element is when it is no part of the page's text."""

    def __init__(self, survey: Survey, hiding: Hiding, page_characters: int) -> None:
        self._survey, self._hiding, self._page_characters = survey, hiding, page_characters

    def kind(self, node: Node, *, in_part: bool) -> str | None:
        """What the element is, or None for text. `in_part`: inside the main part, an article or a section."""
        tag, role = node.tag or "", attribute(node, "role")
        if self._hiding.hides(node):
            return NO_SCRIPT if tag == "noscript" else DIALOGS if tag == "dialog" else HIDDEN
        if tag in ("a", "span") and is_tool(node):
            return TOOLS
        if tag in ("iframe", "object", "video", "audio", "canvas"):
            return MEDIA
        if tag == "button":
            return None if _is_label(node) else BUTTONS
        if tag in ("select", "datalist"):
            return OPTIONS if len(node.css("option")) > MOST_OPTIONS else None
        kind = self._part_kind(node, tag, role, in_part)
        return None if kind is None or self._frames_the_page(node, kind) else kind

    def _part_kind(self, node: Node, tag: str, role: str, in_part: bool) -> str | None:
        measures = self._survey.of(node)
        if tag == "nav" or role in MENU_ROLES:
            return MENUS
        if tag == "header" or role == "banner":
            return PAGE_HEADERS if not in_part and not measures.titles else None
        if tag == "footer" or role == "contentinfo":
            return PAGE_FOOTERS if not in_part else None
        if tag == "aside" or role == "complementary":
            mostly_links = measures.link_characters >= LINKS_SHARE * measures.characters
            return SIDEBARS if mostly_links else None
        if role in DIALOG_ROLES or self._is_cookie_banner(node, tag):
            return DIALOGS
        if tag in ("form", "search") or role == "search":
            return FORMS if self._only_asks(node, tag, role) else None
        return None

    def _frames_the_page(self, node: Node, kind: str) -> bool:
        """Whether the element is a frame around the page: an ASP.NET form, a header that holds everything."""
        measures = self._survey.of(node)
        mostly_links = measures.link_characters >= LINKS_SHARE * measures.characters
        large = measures.characters > WHOLE_SHARE * self._page_characters
        return bool(measures.mains) or (large and not mostly_links and kind != DIALOGS)

    def _is_cookie_banner(self, node: Node, tag: str) -> bool:
        if tag not in ("div", "section", "aside", "form"):
            return False
        name = f"{attribute(node, 'id')} {attribute(node, 'class')}"
        if not COOKIE_NAME.search(name):
            return False
        measures = self._survey.of(node)
        return measures.characters < LONGEST_BANNER and measures.controls > 0 and not measures.first_level

    def _only_asks(self, node: Node, tag: str, role: str) -> bool:
        """Whether a form has nothing to read."""
        if "search" in (tag, role) or node.css_first("input[type=search]") is not None:
            return True
        if node.css_first("h1, h2, h3, h4, p, table, li, textarea[readonly]") is not None:
            return False
        controls = sum(len(text_of(control)) for control in node.css("button, select"))
        return len(text_of(node)) - controls < LONGEST_SMALL_FORM


def _element_beside(node: Node, side: str) -> Node | None:
    """The next element after this one ("next"), or the one before it ("prev"), without texts between."""
    beside: Node | None = getattr(node, side)
    while beside is not None and not beside.is_element_node:
        beside = getattr(beside, side)
    return beside


def _is_unfolded_by_what_is_above(node: Node) -> bool:
    """Whether a panel follows the button that unfolds it, such as the question of an FAQ, and is no menu."""
    above = _element_beside(node, "prev")
    if node.tag not in (*PANEL_ELEMENTS, "dd") or above is None:
        return False
    if above.tag in HEADINGS | {"dt"}:
        above = above.css_first("button, [aria-expanded]") or above
    is_button = above.tag == "button" and _is_label(above)
    if not is_button and attribute(above, "role") != "button" and "aria-expanded" not in above.attributes:
        return False
    links = sum(len(text_of(link)) for link in node.css("a"))
    return links < LINKS_SHARE * len(text_of(node))


def _is_label(button: Node) -> bool:
    """Whether a button's text names what it unfolds, such as a question of an FAQ."""
    attributes = button.attributes
    if "aria-expanded" in attributes or "aria-controls" in attributes or attribute(button, "role") == "tab":
        return True
    parent = button.parent
    if parent is not None and parent.tag in HEADINGS | {"summary", "dt", "legend"}:
        return True
    text = text_of(button)
    if text.endswith(("?", "？")) or len(text.split()) >= LEAST_LABEL_WORDS:
        return True
    following = _element_beside(button, "next")
    return (
        following is not None
        and following.tag in PANEL_ELEMENTS
        and parent is not None
        and parent.tag != "form"
    )
