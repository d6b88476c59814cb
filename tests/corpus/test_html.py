"""Tests what the HTML reader makes of real pages' habits: what is text, in which form, and what is left out.
Knows nothing about other formats."""

from __future__ import annotations

import time

import pytest

from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.readers.html import read_html


def text_of(body: str) -> str:
    return read_html(f"<!doctype html><meta charset=utf-8><title>Depot</title><body>{body}".encode()).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # Elements whose end tags may be missing.
        ("<p>One<p>Two<p>Three", "One\n\nTwo\n\nThree"),
        ("<ul><li>One<li>Two<ul><li>Deep</ul><li>Three</ul>", "- One\n- Two\n  - Deep\n- Three"),
        ("<dl><dt>Pier<dd>West<dt>Gate<dd>North</dl>", "Pier: West\n\nGate: North"),
        ("<table><tr><th>Item<th>Price<tr><td>A<td>1<tr><td>B<td>2</table>", "| Item | Price |\n| A | 1 |\n| B | 2 |"),
        ("<table><thead><tr><td>a<td>b<tbody><tr><td>c<td>d<tfoot><tr><td>e<td>f</table>", "| a | b |\n| c | d |\n| e | f |"),
        # Lists.
        ("<ol><li>One<li>Two<li value=7>Seven<li>Eight</ol>", "1. One\n2. Two\n7. Seven\n8. Eight"),
        ("<ol start=3><li>Three<ol><li>a</ol><li>Four</ol>", "3. Three\n   1. a\n4. Four"),
        ("<ol type=a><li>One<li>Two<ol type=I start=4><li>Four<li>Five</ol></ol>", "a. One\nb. Two\n   IV. Four\n   V. Five"),
        ("<ol style='list-style-type: upper-alpha' start=26><li>One<li>Two</ol>", "Z. One\nAA. Two"),
        ("<ol style='list-style: none'><li>1.1 One<li>1.2 Two</ol>", "- 1.1 One\n- 1.2 Two"),
        ("<ol reversed><li>One<li>Two</ol><ol reversed start=9><li>Nine<li>Eight</ol>", "2. One\n1. Two\n\n9. Nine\n8. Eight"),
        ("<ul><li><p>First.</p><p>More.</p></li><li>Next</li></ul>", "- First.\n\n  More.\n- Next"),
        ("<dl><dt>A<dd><ul><li>x<li>y</ul></dl>", "A:\n- x\n- y"),
        ("<p>x<span aria-hidden=true>*</span>.</p><blockquote>Quote.<footer>Ann</footer></blockquote>", "x.\n\nQuote.\n\nAnn"),
        ("<my-title>Title</my-title><my-text>Text</my-text>", "Title Text"),
        ("<form><p>Terms:</p><textarea readonly>\nOne.\nTwo.</textarea></form>", "Terms:\n\nOne.\nTwo."),
        ("<ul><li><ul><li>Deep</ul></ul>", "  - Deep"),
        ("<dl><dt>Dogs?</dt><dd>Yes.</dd><dd>On a lead.</dd></dl>", "Dogs? Yes.\nOn a lead."),
        ("<dl><dt>Pier</dt><dt>Quay</dt><dd><p>A place to moor.</p></dd></dl>", "Pier\nQuay: A place to moor."),
        # Tables.
        ("<table><tr><td rowspan=2>N<td>Mo<td>4<tr><td>Su<td>6</table>", "| N | Mo | 4 |\n| N | Su | 6 |"),
        ("<table><tr><th>D<th>P<tr><td>Mo<td rowspan=2>4<tr><td>Su</table>", "| D | P |\n| Mo | 4 |\n| Su | 4 |"),
        ("<table><tr><th colspan=2>Price<th>Note<tr><td>1<td>2<td>x</table>", "| Price | | Note |\n| 1 | 2 | x |"),
        ("<table><tr><td rowspan=0>All<td>1<tr><td>2<tbody><tr><td>b<td>3</table>", "| All | 1 |\n| All | 2 |\n| b | 3 |"),
        ("<table><tr><td rowspan=65000>N<td>1<tr><td>2</table>", "| N | 1 |\n| N | 2 |"),
        ("<table><tr><td colspan=1000>N<td>1<tr><td>a<td>2</table>", "| N | | 1 |\n| a | 2 |"),
        ("<table><caption>Fees</caption><tr><td>A<td>1</table>", "Fees\n| A | 1 |"),
        ("<table><tr><th>K<th>V<tr><td>a<td><p>one</p><p>two</p><ul><li>x<li>y</ul></table>", "| K | V |\n| a | one two; x; y |"),
        ("<table><tr><th>K<th>Sizes<tr><td>a<td><table><tr><td>S<td>1<tr><td>L<td>2</table></table>", "| K | Sizes |\n| a | S, 1; L, 2 |"),
        ("<table><tr><td><h2>Menu</h2>Soup<td><p>Bread</table>", "## Menu\n\nSoup\n\nBread"),
        ("<table><tr><td><table><tr><td>Deep<td>er</table></table>", "| Deep | er |"),
        ("<table role=presentation><tr><td>Left<td>Right</table>", "Left\n\nRight"),
        ("<table><tr><td>Only<tr><td>One column</table>", "Only\n\nOne column"),
        ("<div role=table><div role=row><span role=columnheader>Room</span><span role=columnheader>Seats</span></div><div role=row><div role=cell>Oak</div><div role=cell>9</div></div></div>", "| Room | Seats |\n| Oak | 9 |"),
        ("<div role=grid><div role=rowgroup><div role=row><div role=gridcell>Oak</div><div role=gridcell>9</div></div></div></div>", "| Oak | 9 |"),
        # Headings.
        ("<div role=heading aria-level=3>Hours</div>Nine.<span role=heading>Days</span>Five.", "### Hours\n\nNine.\n\n## Days\n\nFive."),
        ("<section id=a><h2>Hours <a href='#a'>¶</a></h2>See <a href='#b'>§</a> 2 and <a href='#a'>Hours</a>.</section>", "## Hours\n\nSee § 2 and Hours."),
        ("<h2>run()<span><a href='#r'>◆</a></span></h2><p id=r>Runs.</p>", "## run()\n\nRuns."),
        ("<dl><dt id=fée>fée(a)<a href='#f%C3%A9e'>¶</a><dd>Adds.</dl>", "fée(a): Adds."),
        ("<h2>Hours<span class='mw-editsection'>[<a href=/edit>edit</a>]</span></h2>Nine.", "## Hours\n\nNine."),
        # Forms.
        ("<ul><li><input type=checkbox disabled checked> Boots<li><label><input type=checkbox>Gloves</label></ul>", "- [x] Boots\n- [ ] Gloves"),
        ("<p><input type=checkbox id=menu><label for=menu>Menu</label><label><input type=radio></label>", "Menu"),
        ("<form><p>Holder: <input value='Marta Quill'> <input type=hidden value=x><input type=submit value=Send></form>", "Holder: Marta Quill"),
        # Code.
        ("<pre><code class='language-yaml'>a:\n  - b</code></pre>", "```yaml\na:\n  - b\n```"),
        ("<pre>\n  one\n\n    two</pre>", "```\n  one\n\n    two\n```"),
        ("<pre>```\nfence\n```</pre>", "````\n```\nfence\n```\n````"),
        ("<ol><li>Run<pre>a\n  b</pre></ol>", "1. Run\n\n   ```\n   a\n     b\n   ```"),
        ("<pre>a<br>  b</pre>", "```\na\n  b\n```"),
        ("<pre><code><div>a</div><div>  b\n</div><div>c</div></code></pre>", "```\na\n  b\nc\n```"),
        ("<pre>a<br><br>b</pre><xmp><b>x</b></xmp>", "```\na\n\nb\n```\n\n```\n<b>x</b>\n```"),
        ("<table><tr><th>Key<th>Example<tr><td>port<td><pre>a:\n  b</pre><tr><td>x<td><pre>y</pre></table>", "| Key | Example |\n| port | |\n\n```\na:\n  b\n```\n\n| x | y |"),
        # In a line.
        ("<p>Dona&shy;tion box&#8203;es&#x2060; and&nbsp;more &euro; &#128; &copy &amp;lt;", "Donation boxes and more € € © &lt;"),
        ("<p>One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
        ("<p>30<sup>2</sup> days, 5 m<sup>2</sup>, 10<sup>−3</sup>, the 5<sup>th</sup>", "30² days, 5 m², 10⁻³, the 5th"),
        ("<p>in 30<sup><a href='#n'>2</a></sup> days; 4<sup>[3]</sup>; H<sub>2</sub>O", "in 30 (note 2) days; 4[3]; H2O"),
        ("<p>now <del>€50</del> <ins>€40</ins>, a <q>quiet</q> <b>street</b>", "now ~~€50~~ €40, a “quiet” street"),
        ("<p>See <a href='https://a.b/c'>the rules</a>, <a>one</a><a>two</a>.", "See the rules, one two."),
        ("<p>Press <img src=s.png alt=Start> now <img src=x.gif alt=''>", "Press Start now"),
        ("<p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>です", "漢字(かんじ)です"),
        ("<math alttext='x^2'><mi>x</mi></math>", "x^2"),
        ("<p>is <math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac></math> now", "is (a + 1)/2 now"),
        ("<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>\\frac{1}{2}</annotation></semantics></math>", "\\frac{1}{2}"),
        ("<svg><style>x{}</style><title>Icon</title><text>Pump</text><text>Tank</text></svg>", "Pump Tank"),
        ("<h2>A <br> <em>long</em>\n heading</h2><h3></h3>Text", "## A long heading\n\nText"),
        ("<script>document.write('<p>No</p>')</script><style>p{}</style><p>Yes<!-- <p>No -->", "Yes"),
        # What unfolds is text.
        ("<details><summary>Dogs?</summary>Yes.</details>", "Dogs?\n\nYes."),
        ("<h2><button aria-expanded=false>Dogs?</button></h2><div>Yes.</div>", "## Dogs?\n\nYes."),
        ("<button class=accordion>Delivery</button><div class=panel>Two days.</div>", "Delivery\n\nTwo days."),
        ("<button aria-controls=p1>Dogs</button><div id=p1 hidden>Yes.</div>", "Dogs\n\nYes."),
        ("<button>Where is it?</button><div style='display:none'>At the pier.</div>", "Where is it?\n\nAt the pier."),
        ("<h3 aria-expanded=false tabindex=0>When?</h3><div hidden><p>At nine.</div>", "### When?\n\nAt nine."),
        ("<dl><dt><button>Who?</button><dd hidden>Ann.</dl>", "Who? Ann."),
        ("<div role=tabpanel hidden>Second tab.</div>", "Second tab."),
        ("<a href='#a1'>Dogs?</a><div id=a1 style='display:none'>Yes.</div>", "Dogs?\n\nYes."),
        ("<x-card><template shadowrootmode=open><p>Shown.</p></template></x-card>", "Shown."),
        ("<div id=app aria-hidden=true><h1>Hours</h1>Nine to five.</div><div role=dialog>Accept?</div>", "# Hours\n\nNine to five."),
        ("<style>@media print { .a { display: none } }</style><p class=a>Yes.", "Yes."),
        ("<style>.a { display: none } .a.open { display: block }</style><p class=a>Yes.", "Yes."),
        ("<style>.a { display: none }</style><p class=a>Yes.<script>show('a')</script>", "Yes."),
        ("<style>.a { display: none }</style><p class=a>Yes.<script src=a.js></script>", "Yes."),
        ("<style>.a { display: none } #t:checked ~ .b { display: block }</style><input id=t type=radio><p class='a b'>Yes.", "Yes."),
        # Frames around the page.
        ("<form><h1>Hours</h1><p>From 8 to 17.</p><input type=hidden value=VIEWSTATE></form>", "# Hours\n\nFrom 8 to 17."),
        ("<article><h2>A</h2>One.</article><p>Between.</p><article><h2>B</h2>Two.</article>", "## A\n\nOne.\n\nBetween.\n\n## B\n\nTwo."),
        ("<article><header><h2>A</h2><p>By Ann</p></header>Text.<footer>Licence CC-BY</footer></article>", "## A\n\nBy Ann\n\nText.\n\nLicence CC-BY"),
        ("<main><p>Mind the step.</p><aside>Note: wet floor.</aside></main>", "Mind the step.\n\nNote: wet floor."),
        ("<p>The text of the page is longer.</p><footer>Imprint<address>4 Ropewalk<br>Ellery</address></footer>", "The text of the page is longer.\n\n4 Ropewalk\nEllery"),
        ("<body style='display:none'><p>Shown by a script.</p>", "Shown by a script."),
        ("<main>One.</main><p>Beside.</p><main>Two.</main>", "One.\n\nTwo."),
        ("<form><label>Width <select><option>10 cm<option>20 cm</select></label><p>Choose.</p></form>", "Width 10 cm; 20 cm\n\nChoose."),
    ],
)  # fmt: skip
def test_a_body_becomes_this_text(body: str, text: str) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("body", "kind", "characters"),
    [
        ("<p>The text of the page.</p><nav><a>Home</a> <a>Prices</a></nav>", "menus", 11),
        ("<p>The text of the page.</p><div role=navigation>Home</div>", "menus", 4),
        ("<header>Harbor <b>Home</b></header><p>The text of the page.</p>", "page headers", 11),
        ("<p>The text of the page.</p><footer>Imprint</footer>", "page footers", 7),
        ("<p>The text of the page.</p><aside><a>Read on</a></aside>", "sidebars", 7),
        ("<p>The text of the page.</p><div hidden>Template: {{x}}</div>", "hidden parts", 15),
        ("<p>The text of the page.<span style='color:red; DISPLAY : none'>Secret</span>", "hidden parts", 6),
        ("<p>The text of the page.<span aria-hidden=true>***</span>", "hidden parts", 3),
        ("<p>The text of the page.</p><h2 aria-expanded=false></h2><ul hidden><li><a>Home</a></ul>", "hidden parts", 4),
        ("<p>The text of the page.<template><p>Row</p></template>", "hidden parts", 3),
        ("<style>.off, b.x { color:red; display: none }</style><p>The text of the page.<b class='a off'>No</b>", "hidden parts", 2),
        ("<style>@import 'a'; #off { visibility:hidden }</style><p>The text of the page.<i id=off>No</i>", "hidden parts", 2),
        ("<p>The text of the page.<noscript>Switch it on</noscript>", "texts for browsers without scripts", 12),
        ("<p>The text of the page.<dialog>Sure?</dialog>", "dialogs and cookie banners", 5),
        ("<p>The text of the page.<div role=dialog>Sure?</div>", "dialogs and cookie banners", 5),
        ("<p>The text of the page.<div id=cookie-bar><p>We use cookies.</p><button>OK</button></div>", "dialogs and cookie banners", 18),
        ("<p>The text of the page.<button>Buy</button>", "buttons", 3),
        ("<p id=t>The text of the page.<a href='#t'>#</a>", "links of headings to themselves or for editing", 1),
        ("<p>The text of the page.<form role=search><label>Search</label><button>Go</button></form>", "search and sign-up forms", 9),
        ("<p>The text of the page.<form><label>E-mail <input></label><button>Send</button></form>", "search and sign-up forms", 11),
        ("<p>The text of the page.<iframe src=x></iframe>", "embedded media", 0),
        ("<p>The text of the page.<video>Your browser is old.</video>", "embedded media", 20),
        ("<p>The text of the page.<img src=x.png>", "pictures without text", 0),
        ("<p>The text of the page.<img src=x.png alt=IMG_1234.jpg>", "pictures without text", 0),
        ("<div>Beside it.</div><main><p>The text of the page.</p></main>", "texts beside the main part", 10),
        ("<p>The text of the page.<select>" + "<option>Land" * 30 + "</select>", "long lists of options", 149),
    ],
)  # fmt: skip
def test_what_is_no_text_is_left_out_and_counted(body: str, kind: str, characters: int) -> None:
    read = read_html(f"<!doctype html><title>T</title><body>{body}".encode())
    assert read.text == "The text of the page."
    assert [(left.kind, left.count, left.characters) for left in read.left_out] == [(kind, 1, characters)]


def test_a_small_main_part_beside_much_text_is_not_the_main_part() -> None:
    assert "word word" in text_of("<main>Hi.</main><div>" + "word " * 50 + "</div>")


def test_the_title_is_the_first_heading_of_the_text_else_the_pages_title() -> None:
    page = "<title>Site</title><body><header><h1>Shop</h1></header><main><h1>Hours &amp; <i>days</i></h1>x</main>"
    assert read_html(page.encode()).title == "Hours & days"
    assert read_html(b"<title> The\n site </title><p>x").title == "The site"


@pytest.mark.parametrize(
    "title", ["Untitled Document", "Microsoft Word - prices_v3.doc", "index.html", "{{ title }}"]
)
def test_a_page_title_that_names_no_page_is_passed_over_for_a_heading(title: str) -> None:
    page = f"<title>{title}</title><body><h3>Prices &amp; fees</h3><p>Five euros."
    assert read_html(page.encode()).title == "Prices & fees"
    assert read_html(f"<title>{title}</title><p>Five euros.".encode()).title is None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>“€5” é".encode("cp1252"), "“€5” é"),
        ("<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><p>Цена".encode("cp1251"), "Цена"),
        ("<?xml version='1.0' encoding='Shift_JIS'?><html><body><p>料金</p>".encode("cp932"), "料金"),
        ("<meta charset=gb2312><p>价格镕".encode("gb18030"), "价格镕"),
        ("<meta charset=iso-8859-1><p>Café – naïve".encode(), "Café – naïve"),
        ("<meta charset=utf-16><p>Café".encode(), "Café"),
        ("<meta charset=iso-8859-1><p>Café".encode("utf-16"), "Café"),
        ("<meta charset=utf-8><p>Café".encode("utf-8-sig"), "Café"),
        (b"<meta charset=unicode_escape><p>Caf\\u00e9", "Caf\\u00e9"),
        ("<meta charset=nonsense><p>Café".encode("cp1252"), "Café"),
        (b"<meta charset=utf-8><p>a\x00b\xed\xa0\x80c", None),
    ],
)  # fmt: skip
def test_a_page_is_read_in_the_encoding_that_it_is_in(data: bytes, text: str | None) -> None:
    read = read_html(data)
    assert text is None or read.text == text
    assert "\x00" not in read.text
    read.text.encode()


@pytest.mark.parametrize(
    "page",
    [
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
        '<body><a id="top"/><div/><p>Here.</p></body></html>',
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><p><![CDATA[Here.]]></p></body></html>',
    ],
)
def test_xhtml_elements_that_close_themselves_swallow_nothing(page: str) -> None:
    assert read_html(page.encode()).text == "Here."


def test_a_set_of_frames_says_which_files_to_add() -> None:
    with pytest.raises(Unreadable, match=r"menu\.html, main\.html"):
        read_html(b"<frameset cols='1,2'><frame src=menu.html><frame src=main.html></frameset>")


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 10_000 + "deep",
        "<ul><li>" * 5_000 + "deep",
        "<table><tr><td>" * 3_000 + "deep",
        "<table><tr><th>h<td>" * 2_000 + "deep",
        "<b>" * 10_000 + "deep",
        "<blockquote><section><h1>" * 3_000 + "deep",
        "<p hidden><div hidden>" * 3_000 + "</div>" * 3_000 + "deep",
        "<pre><span>" * 5_000 + "deep",
        "<math>" + "<mrow>" * 5_000 + "deep",
        "<form>" + "<div class=cookie><button>" * 2_000 + "deep",
        "<table>" + "<tr><td rowspan=65000 colspan=1000>deep<td>" * 2_000 + "</table>",
        "<table><tr>" + "<td rowspan=60000>" + "deep " * 30 + "</td>" * 500 + "<tr><td>x" * 3_000 + "</table>",
    ],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_deep_and_large_markup_is_read_in_linear_time(body: str) -> None:
    began = time.process_time()
    text = text_of(body)
    assert time.process_time() - began < 5
    assert "deep" in text or "hidden" in body or "button" in body
    assert len(text) < 20 * len(body) + 10_000


def test_a_link_of_a_heading_to_itself_is_no_part_of_the_title() -> None:
    assert read_html("<body><h1 id=a>Hours<a href='#a'>¶</a></h1>x".encode()).title == "Hours"
