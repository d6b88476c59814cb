"""Tests what the command line shows of a finished experiment, as text, JSON and CSV.
Knows nothing about how the figures are computed."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.cli.conftest import Folder
from tests.mixed_sources import mix_sources

# Of two configurations that answer alike, the quicker one leads: on a busy machine it may be the other one.
AGAINST_THE_BASELINE = r"The first is the baseline: |Against the baseline"


def test_what_differs_for_real_is_shown_as_text_json_and_csv(folder: Folder, ran: dict[str, Any]) -> None:
    experiment = ran["experiment"]
    board = folder.json("leaderboard", experiment)
    first, second = board["trials"][:2]
    assert set(second["difference"]) >= {
        "to", "mean", "low", "high", "p", "p_holm", "questions", "questions_needed", "verdict",
    }  # fmt: skip
    assert second["difference"]["to"] == first["trial"] and second["tied_with_leader"] is True
    text = folder.run("leaderboard", experiment).stdout
    assert "leads" in text and "tied" in text and re.search(AGAINST_THE_BASELINE, text)
    csv = folder.run("leaderboard", experiment, "--csv").stdout.splitlines()
    nobody = {
        "won": 0,
        "lost": 0,
        "both_good": 0,
        "both_bad": 0,
        "win_share": None,
        "low": None,
        "high": None,
    }
    assert first["preferences"] == nobody and csv[0].endswith("preferences_low,preferences_high,system")
    assert "difference_p_holm" in csv[0] and "the same as the leader on all 5 questions" in csv[2]
    again = folder.json("leaderboard", experiment, "--baseline", second["trial"])
    assert again["baseline"] == second["trial"]
    compared = folder.json("compare", experiment, first["trial"], second["trial"])
    assert compared["trial"] == first["trial"] and compared["to"] == second["trial"]
    assert "paired permutation" in folder.run("compare", experiment, first["trial"], second["trial"]).stdout
    assert "is no configuration" in folder.run("compare", experiment, first["trial"], "nope", code=2).stderr
    effects = folder.json("effects", experiment)
    assert effects["axes"] and effects["sentences"]
    assert "Share of the variation" in folder.run("effects", experiment).stdout


def test_leaderboard_and_answers_as_csv_are_safe_for_spreadsheets(
    folder: Folder, ran: dict[str, Any]
) -> None:
    experiment = ran["experiment"]
    for command in ("leaderboard", "answers"):
        lines = folder.run(command, experiment, "--csv").stdout.splitlines()
        assert len(lines) > 2 and not any(line.startswith(("=", "@")) for line in lines)


def test_a_terminal_obeys_nothing_that_documents_and_models_say(folder: Folder) -> None:
    questions = folder.path / "corpora" / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    for row in rows:
        row["question"] += " \x1b]0;owned\x07 \x9b31m \u202egnp"
    questions.write_text("\n".join(json.dumps(row) for row in rows))
    experiment = folder.json("run", str(folder.file))["experiment"]
    for options in ([], ["--json"], ["--csv"]):
        said = folder.run("answers", experiment, *options).stdout
        assert "owned" in said and not set(said) & set("\x1b\x07\x9b\u202e")
    shown = folder.json("answers", experiment)["answers"][0]["question"]
    assert shown.endswith(" \x1b]0;owned\x07 \x9b31m \u202egnp")


def test_a_trial_that_is_not_there_exits_2_whatever_is_asked_of_it(
    folder: Folder, ran: dict[str, Any]
) -> None:
    experiment = ran["experiment"]
    for command in (["answers", experiment], ["export", experiment, "--out", "w.yaml"]):
        assert "'nope'" in folder.run(*command, "--trial", "nope", code=2).stderr


def test_answers_by_tag_the_worst_first_and_so_many(folder: Folder) -> None:
    questions = folder.path / "corpora" / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    for row in rows[:3]:
        row["tags"] = ["returns"]
    questions.write_text("\n".join(json.dumps(row) for row in rows))
    experiment = folder.json("run", str(folder.file))["experiment"]
    tagged = folder.json("answers", experiment, "--tag", "returns")["answers"]
    assert {a["question"] for a in tagged} == {
        row["question"] for row in rows[1:3]
    }  # the first is for training
    found = folder.json("answers", experiment, "--worst", "correctness", "--limit", "4")["answers"]
    values = [answer["scores"]["correctness"]["value"] for answer in found]
    assert values == sorted(values) and len(values) == 4
    for wrong, said in (("--tag", "Its tags: returns."), ("--worst", "None of these answers has a value")):
        assert said in folder.run("answers", experiment, wrong, "nope", code=2).stderr


def test_a_baseline_is_chosen_shown_and_forgotten(folder: Folder, ran: dict[str, Any]) -> None:
    experiment = ran["experiment"]
    board = folder.json("leaderboard", experiment)
    first, second = sorted(t["trial"] for t in board["trials"])
    assert board["baseline"] == first
    chosen = folder.json("baseline", experiment, second)
    assert chosen["baseline"] == second and chosen["tally"]["same"] == 1
    text = folder.run("baseline", experiment, second).stdout
    assert "Against the baseline" in text and "tied" in text
    assert " (baseline)" in folder.run("leaderboard", experiment).stdout
    csv = folder.run("leaderboard", experiment, "--csv").stdout.splitlines()
    assert "is_baseline" in csv[0] and "chunk_tokens" in csv[0] and "holdout_correctness_mean" in csv[0]
    assert folder.json("baseline", experiment, "none")["baseline"] == first
    assert "is no configuration" in folder.run("baseline", experiment, "nope", code=2).stderr


def test_five_questions_have_no_winner_and_every_command_says_so(folder: Folder) -> None:
    ran = folder.run("run", str(folder.file))
    last = [line for line in ran.stdout.splitlines() if line]
    assert re.match(AGAINST_THE_BASELINE, last[-1])
    assert any(line.startswith("No winner yet. The first is ") for line in last[-8:])
    (experiment,) = [e["experiment"] for e in folder.json("list")["experiments"]]
    verdict = folder.json("leaderboard", experiment)["verdict"]
    assert verdict["kind"] == "no winner yet" and verdict["sentences"][0] == verdict["headline"]
    assert "5 questions" in verdict["reasons"][0] and verdict["so_far"] is False
    said = folder.run("export", experiment, "--out", "w.yaml").stderr
    assert "No winner yet" in said and "Wrote w.yaml" in said
    assert "kind: no winner yet" in (folder.path / "w.yaml").read_text()


def test_compare_says_it_of_the_pair_alone_and_among_all(folder: Folder, ran: dict[str, Any]) -> None:
    experiment = ran["experiment"]
    board = folder.json("leaderboard", experiment)
    first, second = board["trials"]
    compared = folder.json("compare", experiment, second["trial"], first["trial"])
    for name in ("mean", "p", "p_corrected", "compared", "better", "better_alone", "needed_in_words"):
        assert compared[name] == second["difference"][name]
    text = folder.run("compare", experiment, second["trial"], first["trial"]).stdout
    assert compared["in_words"] in text and "None" not in text


def test_a_leaderboard_by_source_says_whose_questions_it_rests_on(folder: Folder) -> None:
    mix_sources(folder.path / "corpora" / "tiny")
    folder.file.write_text(folder.file.read_text() + "questions: {drafts: true}\n")
    experiment = folder.json("run", str(folder.file))["experiment"]
    text = folder.run("leaderboard", experiment).stdout
    said = "2 of 7 questions are drafts that nobody has reviewed."
    assert text.startswith(said) and text.count(said) == 1
    assert "Too little to tell whether drafted and people's questions rank" in text
    drafted = folder.run("leaderboard", experiment, "--source", "drafted").stdout
    assert drafted.startswith("By drafted questions alone.\n2 of 4 questions are drafts")
    assert folder.json("leaderboard", experiment, "--source", "rule")["trials"][0]["answers"] == 4
    csv = folder.run("leaderboard", experiment, "--source", "person", "--csv").stdout.splitlines()
    assert csv[1].split(",")[csv[0].split(",").index("answers")] == "3"
    assert "no questions of the source 'model'" in (
        folder.run("leaderboard", experiment, "--source", "model", code=2).stderr
    )
    assert "must be one of person, drafted, rule" in (
        folder.run("leaderboard", experiment, "--source", "me", code=2).stderr
    )
