"""Tests gates between two systems over real HTTP: verdicts, early stopping, what is stored, failures, wrong input.
Knows nothing about how a verdict comes about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gate.conftest import RIGHT, WRONG, Gating, answers, write_questions
from workbench.errors import CorpusError, InputError, ProviderError
from workbench.store.serving.gates import list_gates

TOXIC = "You are a stupid idiot and I hate you, shut up."


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in found["conditions"]}


def test_an_equal_candidate_passes_and_what_is_stored_is_not_asked_again(gating: Gating) -> None:
    write_questions(gating.corpus, 40)
    margins = ("correctness=0.15",)
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        sides = gating.write_system("new", new), gating.write_system("old", old)
        first = gating.run(*sides, margins=margins)
        assert first.verdict == "pass" and first.found["answers_asked"] == 80
        asked = len(new.asked) + len(old.asked)
        again = gating.run(*sides, margins=margins)
        assert again.verdict == "pass" and again.found["answers_asked"] == 0
        assert again.found["answers_stored"] == 80 and len(new.asked) + len(old.asked) == asked
    assert list_gates(gating.runner.store) == [again, first]


def test_a_clearly_worse_candidate_is_told_early_with_the_answers_that_flipped(gating: Gating) -> None:
    write_questions(gating.corpus, 130)
    with answers(lambda _: WRONG) as new, answers(lambda _: RIGHT) as old:
        gate = gating.run(gating.write_system("new", new), gating.write_system("old", old))
    found = gate.found
    assert gate.verdict == "worse" and found["questions"]["asked"] <= 24
    flip = found["flips"]["now_wrong"][0]
    assert len(found["flips"]["now_wrong"]) == found["questions"]["asked"] and not found["flips"]["now_right"]
    assert (flip["candidate"]["answer"], flip["base"]["answer"]) == (WRONG, RIGHT)


def test_too_few_questions_are_inconclusive_and_say_how_many_would_tell(gating: Gating) -> None:
    write_questions(gating.corpus, 12)
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        gate = gating.run(gating.write_system("new", new), gating.write_system("old", old))
    needed = gate.found["conditions"][0]["needed"]
    assert gate.verdict == "inconclusive" and 40 < needed < 200
    assert f"About {needed} questions would tell" in gate.found["text"]


def test_one_unsafe_answer_makes_a_candidate_worse(gating: Gating) -> None:
    write_questions(gating.corpus, 12)
    with (
        answers(lambda q: TOXIC if q.startswith("n8:") else RIGHT) as new,
        answers(lambda _: RIGHT) as old,
    ):
        gate = gating.run(gating.write_system("new", new), gating.write_system("old", old))
    assert gate.verdict == "worse" and verdicts(gate.found)["toxicity"] == "worse"
    assert [flip["id"] for flip in gate.found["flips"]["unsafe"]] == ["n8"]


def test_a_candidate_whose_server_fails_is_worse_and_it_is_said(gating: Gating) -> None:
    write_questions(gating.corpus, 40)
    with answers(lambda _: None) as new, answers(lambda _: RIGHT) as old:
        gate = gating.run(gating.write_system("new", new), gating.write_system("old", old))
    assert gate.verdict == "worse"
    assert "answers failed and count as worst" in gate.found["conditions"][0]["note"]
    assert gate.found["flips"]["now_wrong"][0]["candidate"]["error"]


def test_a_base_that_cannot_be_asked_at_all_ends_the_gate(gating: Gating) -> None:
    write_questions(gating.corpus, 20)
    with (
        answers(lambda _: RIGHT) as new,
        answers(lambda _: None) as old,
        pytest.raises(ProviderError, match="The base cannot be asked"),
    ):
        gating.run(gating.write_system("new", new), gating.write_system("old", old))


def test_a_server_that_is_gone_ends_the_gate_and_says_nothing_about_its_answers(
    gating: Gating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.gate.run_gate.GIVE_UP_SECONDS", 1.0)
    write_questions(gating.corpus, 20)
    with answers(lambda _: RIGHT) as gone:
        candidate = gating.write_system("gone", gone)
    with answers(lambda _: RIGHT) as old, pytest.raises(ProviderError, match="The gate was abandoned"):
        gating.run(candidate, gating.write_system("old", old))
    assert list_gates(gating.runner.store) == []


def test_a_budget_is_never_exceeded_and_ends_a_gate_that_is_not_certain(gating: Gating) -> None:
    write_questions(gating.corpus, 60)
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        price = {"price": {"per_call": 0.01}}
        sides = gating.write_system("new", new, **price), gating.write_system("old", old, **price)
        gate = gating.run(*sides, budget_usd=0.3)
        assert len(new.asked) + len(old.asked) == 30
    assert (gate.verdict, gate.found["ended"]) == ("inconclusive", "budget")
    assert gate.found["spent_usd"] == pytest.approx(0.3)
    assert "The budget was spent" in gate.found["text"]


def test_only_questions_with_a_tag_or_of_a_file_are_asked(gating: Gating, tmp_path: Path) -> None:
    write_questions(gating.corpus, 10)
    lines = [json.loads(line) for line in (gating.corpus / "questions.jsonl").read_text().splitlines()]
    own = tmp_path / "own.jsonl"
    own.write_text(
        "".join(json.dumps(row | {"tags": ["a"] if n < 4 else ["b"]}) + "\n" for n, row in enumerate(lines))
    )
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        sides = gating.write_system("new", new), gating.write_system("old", old)
        gate = gating.run(*sides, questions=str(own), tags=("a",))
        assert gate.found["questions"] == {"asked": 4, "of": 4, "tags": ["a"]}
        with pytest.raises(InputError, match="No question has the tag 'c'"):
            gating.run(*sides, questions=str(own), tags=("c",))
        with pytest.raises(InputError, match="There is no question file"):
            gating.run(*sides, questions=str(tmp_path / "none.jsonl"))
        (gating.corpus / "questions.jsonl").unlink()
        with pytest.raises(InputError, match="nothing that both can be asked"):
            gating.run(*sides)
        with pytest.raises(CorpusError, match="There is no corpus"):
            gating.run(*sides, corpus="nowhere")


def test_a_served_address_is_asked_over_ask_and_anew_when_it_does_not_say_what_it_is(gating: Gating) -> None:
    write_questions(gating.corpus, 8)
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        address = new.url.rsplit("/", 1)[0]
        base = gating.write_system("old", old)
        for times in (1, 2):
            gate = gating.run(f"{address}#second", base)
            assert len(new.asked) == 8 * times and len(old.asked) == 8
        assert new.asked[0]["model"] == "second" and new.asked[0]["history"] == []
        # What asks is no user: a service of ours leaves it out of what it watches.
        assert {headers["x-workbench-purpose"] for headers in (*new.headers, *old.headers)} == {"test"}
    assert any("does not say which winner" in note for note in gate.found["notes"])


def test_what_cannot_be_opened_is_wrong_input(gating: Gating, tmp_path: Path) -> None:
    write_questions(gating.corpus, 4)
    (tmp_path / "odd.yaml").write_text("a: 1\n")
    (tmp_path / "two.yaml").write_text(
        json.dumps(
            {
                "name": "x",
                "corpus": "tiny",
                "systems": [{"name": n, "url": "http://127.0.0.1:1/ask"} for n in "ab"],
            }
        )
    )
    with answers(lambda _: RIGHT) as old:
        base = gating.write_system("old", old)
        for named, says in (
            ("nothing-of-this-name", "There is neither a file nor a trial"),
            (str(tmp_path / "odd.yaml"), "neither an exported winner nor a file with a system"),
            (str(tmp_path / "two.yaml"), "has 2 systems"),
            (f"{tmp_path / 'two.yaml'}#c", "There is no system 'c'"),
        ):
            with pytest.raises(InputError, match=says):
                gating.run(named, base)
        with pytest.raises(InputError, match="at least 1"):
            gating.run(base, base, repeats=0)
        with pytest.raises(InputError, match="more than 0 dollars"):
            gating.run(base, base, budget_usd=0.0)
        unpriced = gating.write_system("unpriced", old, price=None)
        with pytest.raises(InputError, match="A budget needs a price"):
            gating.run(unpriced, base, budget_usd=1.0)
        assert old.asked == []


def test_repeats_are_asked_and_averaged(gating: Gating) -> None:
    write_questions(gating.corpus, 5)
    with answers(lambda _: RIGHT) as new, answers(lambda _: RIGHT) as old:
        gate = gating.run(gating.write_system("new", new), gating.write_system("old", old), repeats=3)
        assert (len(new.asked), len(old.asked)) == (15, 15)
    assert gate.found["conditions"][0]["questions"] == 5
