"""Figures that get worse are found, since the right day, with the requests that drive it; others are not."""

from __future__ import annotations

from random import Random

from tests.watch.traffic import BEGIN, DAY, Asked, groundings, make_service, put_days
from workbench.store.database import Store
from workbench.store.serving.alarms import change_alarm, list_alarms
from workbench.watch.alarms import raise_alarms
from workbench.watch.changes import find_changes
from workbench.watch.figure_words import alarm_notes
from workbench.watch.timeline import find_marks


def test_a_fall_of_grounding_raises_one_alarm_with_when_and_which(store: Store) -> None:
    service, random = make_service(store), Random(1)
    put_days(store, range(30), lambda day: Asked(groundings(random)))
    assert raise_alarms(store, service, now=BEGIN + 30 * DAY) == []
    put_days(
        store, range(30, 38), lambda day: Asked(groundings(random) * (0.6 if random.random() < 0.5 else 1))
    )
    raised = raise_alarms(store, service, now=BEGIN + 38 * DAY)
    grounding = raised[0]
    assert grounding.figure == "grounding" and grounding.part == ""
    assert abs(grounding.since - (BEGIN + 30 * DAY)) <= DAY
    assert grounding.evidence["since_earliest"] <= grounding.since <= grounding.evidence["since_latest"]
    assert grounding.sure > 0.99
    assert grounding.what.startswith("Grounding fell from 0.8")
    assert len(grounding.requests) == 10
    assert all(int(name[1:4]) >= 29 for name in grounding.requests)
    again = raise_alarms(store, service, now=BEGIN + 38 * DAY)
    assert [alarm.id for alarm in again] == [alarm.id for alarm in raised]
    assert len(list_alarms(store, closed=True)) == len(raised)


def test_a_closed_alarm_starts_its_figure_anew(store: Store) -> None:
    service, random = make_service(store), Random(2)
    put_days(store, range(20), lambda day: Asked(groundings(random)))
    put_days(store, range(20, 28), lambda day: Asked(groundings(random) * 0.7))
    for alarm in raise_alarms(store, service, now=BEGIN + 28 * DAY):
        assert alarm.id is not None
        change_alarm(store, alarm.id, state="closed", now=BEGIN + 28 * DAY)
    put_days(store, range(28, 50), lambda day: Asked(groundings(random) * 0.7))
    assert raise_alarms(store, service, now=BEGIN + 50 * DAY) == []
    put_days(store, range(50, 56), lambda day: Asked(groundings(random) * 0.3))
    raised = raise_alarms(store, service, now=BEGIN + 56 * DAY)
    assert {alarm.figure for alarm in raised} >= {"grounding"}
    assert all(alarm.since >= BEGIN + 49 * DAY for alarm in raised)


def test_a_score_of_another_version_is_no_change_of_the_answers(store: Store) -> None:
    """One service's grounding falls because the score changes, and later because the answers do."""
    service, random = make_service(store), Random(3)
    put_days(store, range(20), lambda day: Asked(groundings(random), score_versions="grounding 8, refusal 5"))
    put_days(
        store,
        range(20, 30),
        lambda day: Asked(groundings(random) * 0.7, score_versions="grounding 9, refusal 5"),
    )
    assert find_changes(store, service, now=BEGIN + 30 * DAY) == []
    [mark] = find_marks(store, service)
    assert mark.at == BEGIN + 20 * DAY and mark.what == "Grounding is computed by version 9."
    put_days(
        store,
        range(30, 36),
        lambda day: Asked(groundings(random) * 0.3, score_versions="grounding 9, refusal 5"),
    )
    changes = find_changes(store, service, now=BEGIN + 36 * DAY)
    assert {change.figure.name for change in changes} == {"grounding", "ungrounded"}
    assert all(abs(change.since - (BEGIN + 30 * DAY)) <= DAY for change in changes)


def test_other_figures_are_tested_across_a_new_version_of_a_score(store: Store) -> None:
    service, random = make_service(store), Random(4)
    put_days(store, range(20), lambda day: Asked(groundings(random), score_versions="grounding 8, refusal 5"))
    put_days(
        store,
        range(20, 30),
        lambda day: Asked(groundings(random), random.random() < 0.4, score_versions="grounding 9, refusal 5"),
    )
    [change] = find_changes(store, service, now=BEGIN + 30 * DAY)
    assert change.figure.name == "refusals" and abs(change.since - (BEGIN + 20 * DAY)) <= DAY


def test_the_experiment_is_the_reference_from_the_first_day(store: Store) -> None:
    evidence = {"holdout": {"grounding": {"mean": 0.95, "low": 0.93, "high": 0.97, "count": 150}}}
    service, random = make_service(store, evidence), Random(3)
    put_days(store, range(3), lambda day: Asked(groundings(random) * 0.8), per_day=150)
    change = find_changes(store, service, now=BEGIN + 3 * DAY)[0]
    assert change.reference and change.before is not None and change.before.mean == 0.95
    assert change.since == BEGIN


def test_cost_tokens_and_latency_that_rise_are_found_without_any_score(store: Store) -> None:
    service, random = make_service(store), Random(4)

    def make(day: int) -> Asked:
        factor = random.lognormvariate(0, 0.4) * (2.0 if day >= 25 else 1.0)
        return Asked(None, cost_usd=0.001 * factor, tokens=int(900 * factor), seconds=factor)

    put_days(store, range(34), make)
    changes = {c.figure.name: c for c in find_changes(store, service, now=BEGIN + 34 * DAY)}
    assert set(changes) == {"cost_usd", "tokens", "seconds"}
    assert all(abs(change.since - (BEGIN + 25 * DAY)) <= DAY for change in changes.values())


def test_a_fall_in_one_tag_alone_is_told_of_that_tag(store: Store) -> None:
    service, random = make_service(store), Random(5)

    def make(day: int) -> Asked:
        tag = random.choice(("returns", "orders", "shipping", "accounts"))
        worse = day >= 25 and tag == "orders"
        return Asked(groundings(random) * (0.3 if worse else 1.0), tags=(tag,))

    put_days(store, range(35), make, per_day=160)
    changes = [(c.figure.name, c.by, c.part) for c in find_changes(store, service, now=BEGIN + 35 * DAY)]
    assert ("grounding", "tag", "orders") in changes
    assert not {("grounding", "tag", other) for other in ("returns", "shipping", "accounts")} & set(changes)


def test_a_chosen_sensitivity_leaves_small_falls_alone(store: Store) -> None:
    service, random = make_service(store), Random(6)
    put_days(store, range(40), lambda day: Asked(groundings(random) * (0.9 if day >= 25 else 1)), per_day=150)
    now = BEGIN + 40 * DAY
    assert "grounding" in {c.figure.name for c in find_changes(store, service, now=now)}
    assert "grounding" not in {
        c.figure.name for c in find_changes(store, service, now=now, least={"grounding": 0.2})
    }


def test_an_alarm_says_when_its_figure_recovered_and_what_changed_when_it_began(store: Store) -> None:
    service, random = make_service(store), Random(1)
    put_days(store, range(20), lambda day: Asked(groundings(random), version="old"))
    put_days(store, range(20, 28), lambda day: Asked(groundings(random) * 0.6, version="new"))
    [alarm] = [a for a in raise_alarms(store, service, now=BEGIN + 28 * DAY) if a.figure == "grounding"]
    assert alarm.evidence["recovered"] is None
    assert [mark["kind"] for mark in alarm.evidence["beside"]] == ["corpus"]
    put_days(store, range(28, 36), lambda day: Asked(groundings(random), version="new"))
    [alarm] = [a for a in raise_alarms(store, service, now=BEGIN + 36 * DAY) if a.figure == "grounding"]
    found = alarm.evidence["recovered"]
    assert abs(found["since"] - (BEGIN + 28 * DAY)) <= DAY and found["mean"] > 0.8
    assert alarm.evidence["after"]["mean"] < 0.6, "what was bad is not mixed with what is good again"
    corpus, recovery = reversed(alarm_notes(alarm.figure, alarm.evidence))
    assert recovery.startswith("It has recovered: 0.8") and "since 2024-" in recovery
    assert corpus.startswith("Around the day it began: 2024-")
    assert corpus.endswith(", the corpus changed to version new.")
    beside = alarm.evidence["beside"] * 22
    [many, _] = reversed(alarm_notes(alarm.figure, alarm.evidence | {"beside": beside}))
    assert many.endswith("; … and 19 more.") and many.count("the corpus changed") == 3
    put_days(store, range(36, 44), lambda day: Asked(groundings(random) * 0.6, version="new"))
    [alarm] = [a for a in raise_alarms(store, service, now=BEGIN + 44 * DAY) if a.figure == "grounding"]
    assert alarm.evidence["recovered"] is None


def test_a_relapse_ends_a_long_recovery_and_a_second_rise_is_one_again(store: Store) -> None:
    service, random = make_service(store), Random(8)

    def recovered(first: int, end: int, factor: float) -> float | None:
        put_days(store, range(first, end), lambda day: Asked(groundings(random) * factor))
        [change] = [
            c for c in find_changes(store, service, now=BEGIN + end * DAY) if c.figure.name == "grounding"
        ]
        return change.recovered_since

    put_days(store, range(15), lambda day: Asked(groundings(random)))
    assert recovered(15, 22, 0.6) is None
    since = recovered(22, 47, 1.0)
    assert since is not None and abs(since - (BEGIN + 22 * DAY)) <= DAY
    assert recovered(47, 50, 0.6) is None, "25 good days hide 3 bad ones in the mean"
    since = recovered(50, 58, 1.0)
    assert since is not None and abs(since - (BEGIN + 50 * DAY)) <= DAY


def test_what_gates_ask_moves_no_figure(store: Store) -> None:
    service, random = make_service(store), Random(7)
    put_days(store, range(20), lambda day: Asked(groundings(random)))
    put_days(store, range(20, 24), lambda day: Asked(0.0, role="test", state="failed"), per_day=500)
    assert raise_alarms(store, service, now=BEGIN + 24 * DAY) == []
