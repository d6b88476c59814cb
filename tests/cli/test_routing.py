"""The command `route`: what it prints, the file it writes, and what it refuses.
Knows nothing about how a route is found."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Folder


def test_it_says_whether_a_route_pays(folder: Folder, ran: dict[str, Any]) -> None:
    trials = folder.json("leaderboard", ran["experiment"])["trials"]
    by_cost = sorted(trials, key=lambda row: row["cost_per_1k_questions"])
    ends = ["--cheap", by_cost[0]["trial"], "--strong", by_cost[-1]["trial"]]
    document = folder.json("route", ran["experiment"], *ends, "--out", "route.yaml")
    assert document["pays"] is False and document["file"] is None
    assert not (folder.path / "route.yaml").exists()
    assert document["cheap"]["trial"] == by_cost[0]["trial"]
    assert document["search"]["questions"] > 0 and document["holdout"] is None
    assert "No route pays off here." in folder.run("route", ran["experiment"], *ends).stdout


def test_wrong_input_is_said_in_one_line(folder: Folder, ran: dict[str, Any]) -> None:
    for arguments, message in (
        (["--strong", "nowhere"], "is no configuration of experiment"),
        (["--margin", "2"], "it must lie between 0 and 1"),
    ):
        said = folder.run("route", ran["experiment"], *arguments, code=2)
        assert message in said.stderr and "Traceback" not in said.stderr
