"""Tests which headings, titles, comments and embedded files the Markdown parser and reader see.
Knows nothing about chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.markdown import read_markdown
from workbench.markdown import outline_markdown


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# One\n\n## Two ##\n\ntext", [(0, 1, "One"), (7, 2, "Two")]),
        ("# C#\n# F# #\n# a \\#\n", [(0, 1, "C#"), (5, 1, "F#"), (12, 1, "a \\#")]),
        ("Harbour rules\n===\n\nMooring\n---\ntext", [(0, 1, "Harbour rules"), (19, 2, "Mooring")]),
        ("text\n\n   ## Three spaces\n", [(6, 2, "Three spaces")]),
        ("#No space\n\n#5 bolts\n\n\\# escaped\n\n####### seven", []),
        ("```\n# code\n```\n# Real", [(15, 1, "Real")]),
        ("~~~\n# code\n```\n# code\n~~~\n# Real", [(26, 1, "Real")]),
        ("````\n```\n# code\n```\n# code\n````\n# Real", [(32, 1, "Real")]),
        ("- a\n\n  ```\n  # code\n  ```\n\n# Real", [(27, 1, "Real")]),
        ("text\n\n    # indented code\n\n# Real", [(27, 1, "Real")]),
        ("<!--\n# hidden\n-->\n# Real", [(18, 1, "Real")]),
        ("> # quoted\n\n- # in a list\n\n# Real", [(27, 1, "Real")]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n# Real", [(31, 1, "Real")]),
        ("---\n# a comment\ntitle: T\nname: x\n---\n# Real", [(37, 1, "Real")]),
        ("+++\ntitle = 'T'\n+++\n# Real", [(20, 1, "Real")]),
        ("A rule\n\n---\n\n# Real", [(13, 1, "Real")]),
        ("- item\n---\n# Real", [(11, 1, "Real")]),
        ("A " + "long " * 40 + "line\n---\n# Real", [(211, 1, "Real")]),
        ("A paragraph of\ntwo lines\n--\nAnn\n\n# Real", [(33, 1, "Real")]),
        ("#\n\n##   \n# Real", [(9, 1, "Real")]),
        ("# One\n```\n# never closed", [(0, 1, "One")]),
        ("a\n# One", [(2, 1, "One")]),
        ("# Hours {#hours .open}\n## Days {: #days }\n## {{ name }}", [(0, 1, "Hours"), (23, 2, "Days"), (42, 2, "{{ name }}")]),
        ("# One\n\n<h2 align=center>\n  <a id=x></a>Two\n</h2>\n<p>x</p>\n<h3>Three</h3>\n\n## Four", [(0, 1, "One"), (7, 2, "Two"), (58, 3, "Three"), (74, 2, "Four")]),
        ("<!--\n<h2>Hidden</h2>\n-->\n\n<h2><img src=x.png></h2>\n\n- <h2>In a list</h2>\n\n`<h2>`", []),
        ("", []),
    ],
)  # fmt: skip
def test_these_are_the_headings(text: str, headings: list[tuple[int, int, str]]) -> None:
    assert [(h.start, h.level, h.text) for h in outline_markdown(text).headings] == headings


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# One\n", "One"),
        ("Rules\n=====\n", "Rules"),
        ("text\n\n## Two\n", "Two"),
        ("---\ntitle: Opening hours\n---\n# Other", "Opening hours"),
        ('---\nlayout: x\ntitle: "Hours: \\"summer\\"" # now\n---\n', 'Hours: "summer"'),
        ("---\ntitle: 'It''s open'\n---\n", "It's open"),
        ("---\ntitle: Hours # a comment\n...\n", "Hours"),
        ("---\ntitle: >-\n  Opening\n  hours\nlang: en\n---\n", "Opening hours"),
        ("---\nTitle: Hours\n---", "Hours"),
        ("---\nauthor: Ann\n---\n# One", "One"),
        ("---\nmeta:\n  title: nested\n---\n# One", "One"),
        ('+++\ntitle = "Hours"\n+++\n# Other', "Hours"),
        ("+++\ntitle = broken\n+++\n# Other", "Other"),
        ('<h1 align="center">\n  <img src="x.png"> Harbour <b>Home</b>\n</h1>\n\n## Install', "Harbour Home"),
        ("<!-- <h1>No</h1> -->\n# Yes", "Yes"),
        (
            "# **Harbour** [rules](a.md) `v2` ![x](y.png) for C\\# &amp; _all_ <a id=x></a>\n",
            "Harbour rules v2 x for C# & all",
        ),
        ("# snake_case_name 2 * 3\n", "snake_case_name 2 * 3"),
        ("```\n# no\n```\nno heading", None),
        ("---\n\nA rule, then text.\n\n---\n", None),
    ],
)
def test_this_is_the_title(text: str, title: str | None) -> None:
    assert read_markdown(text.encode()).title == title


@pytest.mark.parametrize(
    ("text", "kept", "kind", "characters"),
    [
        (f"North.\n\n![plan](data:image/png;base64,{'iVBORw0KGgo' * 500})\n\nSouth.", "North.\n\n![plan]()\n\nSouth.", "files embedded as base64", 40),
        (f"See ![][image1].\n\n[image1]: <data:image/png;base64,{'A' * 9000}>", "See ![][image1].\n\n[image1]: <>", "files embedded as base64", 40),
        (f'<img src="data:image/svg+xml;utf8,{"%3Csvg" * 90}"> South.', '<img src=""> South.', "files embedded as base64", 40),
        (f'<svg><path class="x" d="M{"1 2.5L-3,4 " * 90}Z"/><text>Pump</text></svg>', '<svg><path class="x" d=""/><text>Pump</text></svg>', "lines of drawings (SVG)", 40),
        ("One.\n\n<!-- to do: ask Ann -->\n\nTwo.", "One.\n\n\n\nTwo.", "comments", 14),
        ("One <!-- not\nthis --> two.", "One  two.", "comments", 8),
        ("One.\n\n[//]: # (to do: ask Ann)\n\nTwo.", "One.\n\n\nTwo.", "comments", 24),
        ("One.\n\n[comment]: <> (ask Ann)\n", "One.\n\n", "comments", 23),
        ("<div>\n<style scoped>\n    td {\n    }\n\n    th { top: 0 }\n</style>\n<table><tr><td>1</table>\n</div>", "<div>\n<table><tr><td>1</table>\n</div>", "style sheets and scripts", 44),
        ("<script>\n<!-- var x = 1 -->\n</script>\nOne.", "One.", "style sheets and scripts", 37),
    ],
)  # fmt: skip
def test_what_no_reader_sees_is_left_out_and_counted(
    text: str, kept: str, kind: str, characters: int
) -> None:
    read = read_markdown(text.encode())
    assert read.text == kept
    assert [(left.kind, left.count, left.characters) for left in read.left_out] == [(kind, 1, characters)]


@pytest.mark.parametrize(
    "text",
    [
        "Write `<!-- a comment -->` so.",
        "```html\n<!-- a comment -->\n```\n",
        "A small [example](data:text/plain,hello) stays.",
        "An open <!-- is no comment.",
        "See [the rules][//].\n\n[//]: https://a.b/c (Rules)\n",
        "Write `<style>` and\n\n```html\n<style>\n</style>\n[//]: # (no)\n```\n",
        "*emphasis*, [link](https://a.b/c), [^1] and  two spaces  \n\n[^1]: note\n",
    ],
)
def test_all_else_stays_as_its_author_wrote_it(text: str) -> None:
    read = read_markdown(text.encode())
    assert read.text == text and read.left_out == ()


@given(
    st.lists(
        st.sampled_from(
            [
                "# A",
                "B\n===",
                "```",
                "~~~~",
                "> q",
                "- l",
                "  x",
                "<!--",
                "-->",
                "<div>",
                "|a|b|",
                "|-|-|",
                "---",
                "\t# c",
                "",
            ]
        )
    ).map("\n".join)
)
def test_headings_begin_their_lines_and_code_is_whole_lines(text: str) -> None:
    outline = outline_markdown(text)
    for heading in outline.headings:
        assert heading.start == 0 or text[heading.start - 1] == "\n"
        assert heading.text.split()[0] in text[heading.start :]
    for start, end in outline.code:
        assert (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end - 1] == "\n")
