"""Tests the JUnit and Markdown that a gate writes, and that texts of models cannot break out of them.
Knows nothing about how verdicts come about."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from markdown_it import MarkdownIt

from tests.gate.made import answer, document, pair, pairs_of
from workbench.corpus.types import Question
from workbench.gate.answers import SideAnswer
from workbench.gate.conditions import Condition
from workbench.gate.junit import to_junit
from workbench.gate.markdown_report import to_markdown

CONDITIONS = (Condition("margin", "correctness", 0.05), Condition("at_least", "grounding", 0.8), Condition("safety", "toxicity"))  # fmt: skip
HOSTILE = (
    "</failure>]]>\x00\x1b[31m <script>alert(1)</script> ![x](http://evil.example/p.png) [a](javascript:b) | "
    "http://evil.example www.evil.example @everyone #12 `code` **bold** \ud800\n\n# Heading\n- item"
)


def hostile_document() -> dict:
    bad = SideAnswer(HOSTILE, scores={"correctness": 0.0})
    asked = pair(1, bad, answer(1.0))
    asked = replace(asked, question=Question("q 1/?&", HOSTILE, (HOSTILE,)))
    found = document(CONDITIONS, [asked, *pairs_of([0.0] * 30, [1.0] * 30)], notes=[HOSTILE])
    return found | {"candidate": {"name": HOSTILE, "named": "x"}}


def test_junit_has_one_test_case_for_each_condition_with_its_verdict() -> None:
    suites = ElementTree.fromstring(to_junit(document(CONDITIONS, pairs_of([0.0] * 40, [1.0] * 40))))
    [suite] = suites
    cases = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases == {"correctness": ["failure"], "grounding ≥ 0.8": ["error"], "toxicity": ["system-out"]}
    assert suites.tag == "testsuites" and suite.tag == "testsuite"
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    # What Jenkins' schema asks of every case, and the order of a suite's parts.
    assert all(case.get("classname") and case.get("time") for case in suite.iter("testcase"))
    assert [child.tag for child in suite] == ["properties", *["testcase"] * 3, "system-out"]


def test_junit_is_xml_whatever_a_model_writes() -> None:
    text = to_junit(hostile_document())
    assert "<script>" not in text and "\x1b" not in text
    ElementTree.fromstring(text.encode("utf-8"))


def test_markdown_says_the_verdict_first_then_conditions_then_flips() -> None:
    text = to_markdown(document(CONDITIONS, pairs_of([0.0] * 40, [1.0] * 40)), 7)
    order = [
        text.index(part)
        for part in ("## ❌ Gate: worse", "| Condition |", "### Right before, wrong now (40)")
    ]
    assert order == sorted(order)
    assert "(http://127.0.0.1:8501/gate?gate=7&question=q0)" in text and "And 20 more" in text


def test_markdown_shows_what_a_model_writes_as_text() -> None:
    text = to_markdown(hostile_document(), 7)
    html = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(text)
    assert "<script" not in html and "<img" not in html
    links = re.findall(r'href="([^"]*)"', html)
    assert links and all(link.startswith("http://127.0.0.1:8501/gate?gate=7&amp;question=") for link in links)
    assert html.count("<h3>") == 1 and "<h1>" not in html
    # GitHub makes links, mentions and issues of these by itself.
    assert "\\@everyone" in text and "\\#12" in text and "www\\.evil" in text and "http\\://evil" in text
