"""Tests the page Gate: choosing two, running, and what is shown of a verdict.
Knows nothing about statistics."""

from __future__ import annotations

import os
import time
from socket import gethostname

from tests.gate.made import document, pairs_of
from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, html_of, settled, sound, texts
from workbench.gate.conditions import Condition
from workbench.store.serving.gates import add_gate, list_gates
from workbench.store.serving.records import Gate, Server, Service
from workbench.store.serving.servers import beat
from workbench.store.serving.services import put_service

CONDITIONS = (Condition("margin", "correctness", 0.05), Condition("safety", "toxicity"))


def test_without_anything_to_compare_the_page_says_what_to_do(
    draw_page: Draw, nobody_starts_a_worker: None
) -> None:
    page = sound(draw_page("gate"))
    assert "Nothing to compare yet" in texts(page) and "No gate yet" in texts(page)


def test_two_trials_are_compared_with_a_click_and_the_verdict_is_shown(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    page = sound(draw_page("gate"))
    run = next(b for b in page.button if b.label == "Run gate")
    run.click()
    page = settled(page.run(), runner)
    [gate] = list_gates(runner.store)
    assert str(gate.id) in page.query_params["gate"]
    assert gate.verdict == "inconclusive" and "Inconclusive" in html_of(page)
    assert [d for d in page.dataframe if "Condition" in d.value.columns]


def test_one_side_cannot_be_both(draw_page: Draw, finished: str) -> None:
    page = sound(draw_page("gate", candidate=f"{finished}-0001", base=f"{finished}-0001"))
    assert next(b for b in page.button if b.label == "Run gate").disabled
    assert "two different ones" in texts(page)


def test_a_gate_in_the_address_is_shown_with_the_answers_to_its_question(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    pairs = pairs_of([0.0, 1.0] * 20, [1.0, 1.0] * 20)
    found = document(CONDITIONS, pairs)
    gate = add_gate(runner.store, Gate("new *one*", "old", found["verdict"], found))
    add_gate(
        runner.store, Gate("newer", "old", "pass", document(CONDITIONS, pairs_of([1.0] * 90, [1.0] * 90)))
    )
    page = sound(draw_page("gate", gate=str(gate.id), question="q4"))
    assert "Worse" in html_of(page) and "new *one*" in html_of(page)
    assert "Question 4?" in texts(page)
    newest = sound(draw_page("gate"))
    assert "newer" in html_of(newest) and "No question changed between" in texts(newest)


def test_a_gate_that_cannot_be_run_says_why(draw_page: Draw, finished: str, runner: Runner) -> None:
    page = sound(draw_page("gate"))
    page.text_input(key="gate.tags").set_value("none-such")
    page.run()
    next(b for b in page.button if b.label == "Run gate").click()
    page = settled(page.run(), runner)
    assert any("No question has the tag" in error.value for error in page.error)
    assert list_gates(runner.store) == []


def test_an_address_may_be_written_and_is_asked_only_after_a_yes(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    """What the command takes the page takes, too."""
    candidate = "http://rag.example.org:8600"
    page = sound(draw_page("gate", candidate=candidate, base=f"{finished}-0001"))
    next(b for b in page.button if b.label == "Run gate").click()
    page = sound(page.run())
    [allow] = [b for b in page.button if b.label.startswith("Allow http")]
    assert "rag.example.org" in allow.label.replace("\\", "")
    assert any("Nothing was sent" in error.value for error in page.error)
    page = sound(draw_page("gate", candidate="nowhere.yaml"))
    next(b for b in page.button if b.label == "Run gate").click()
    assert any("There is neither a file nor a trial" in error.value for error in sound(page.run()).error)
    assert list_gates(runner.store) == []


def test_services_that_are_up_and_systems_of_files_are_offered(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    put_service(runner.store, Service("s1", "support: concise", "winner", None))
    server = Server(
        "a", gethostname(), os.getpid(), "http://127.0.0.1:8600", ("s1",), time.time(), time.time()
    )
    beat(runner.store, server)
    file = runner.settings.experiments / "ours.yaml"
    file.write_text("name: ours\ncorpus: tiny\nsystems: [{name: chain, url: 'http://127.0.0.1:9/ask'}]\n")
    page = sound(draw_page("gate", candidate="http://127.0.0.1:8600#s1"))
    offered = page.selectbox(key="gate.candidate").options
    assert {"Served: support: concise at 127.0.0.1:8600", "System: ours.yaml#chain"} <= set(offered)
    assert page.selectbox(key="gate.candidate").value == "http://127.0.0.1:8600#s1"
