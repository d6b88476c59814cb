"""Services are looked at day after day: alarms come once, of figures and of checks, and stay as people left them."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from tests.watch.traffic import BEGIN, DAY, Asked, groundings, make_service, put_day
from workbench.errors import StoreError
from workbench.settings import AlarmSettings
from workbench.store.database import Store
from workbench.store.serving.alarms import change_alarm, list_alarms
from workbench.store.serving.checks import finish_check, start_check
from workbench.store.serving.services import archive_service
from workbench.watch.handling import handle_alarm
from workbench.watch.look import keep_looking, look

NO_SETTINGS = AlarmSettings()


def test_a_fall_is_seen_within_days_by_looking_every_day_and_not_before(store: Store) -> None:
    make_service(store)
    random, first = Random(1), None
    for day in range(32):
        falls = 0.5 if day >= 24 else 0.0
        put_day(store, day, (Asked(groundings(random) * (1 - falls)) for _ in range(80)))
        [stands] = look(store, NO_SETTINGS, now=BEGIN + (day + 1) * DAY)
        if stands.alarms and first is None:
            first = day
    assert first is not None and 24 <= first <= 26
    grounding = [alarm for alarm in list_alarms(store, closed=True) if alarm.figure == "grounding"]
    assert len(grounding) == 1 and grounding[0].raised_at == BEGIN + (first + 1) * DAY


def test_what_a_check_found_is_an_alarm_until_it_is_closed(store: Store) -> None:
    make_service(store)
    found = {
        "verdicts": {
            "model": "changed",
            "corpus": "unchanged",
            "answers": "worse",
            "questions": "cannot be told",
        },
        "why": {"model": {"sentences": ["9 of 40 replies differ."], "since_day": 7}, "answers": {}},
    }
    for day in (7, 30):
        check = start_check(store, "s1", day=day, corpus_version="v", now=BEGIN + day * DAY)
        finish_check(store, check.id, found, now=BEGIN + day * DAY + 60)
    [stands] = look(store, NO_SETTINGS, now=BEGIN + 31 * DAY)
    alarms = {alarm.figure: alarm for alarm in stands.alarms}
    assert set(alarms) == {"model", "answers"}
    assert alarms["model"].what == "9 of 40 replies differ." and alarms["model"].since == BEGIN + 7 * DAY
    assert alarms["answers"].since == BEGIN + 30 * DAY
    assert stands.to_json()["check"]["model"] == "changed"
    for alarm in stands.alarms:
        assert alarm.id is not None
        handle_alarm(store, alarm.id, "close", now=BEGIN + 31 * DAY)
    assert look(store, NO_SETTINGS, now=BEGIN + 32 * DAY)[0].alarms == ()
    check = start_check(store, "s1", day=90, corpus_version="v", now=BEGIN + 90 * DAY)
    finish_check(store, check.id, found, now=BEGIN + 90 * DAY)
    [later] = look(store, NO_SETTINGS, now=BEGIN + 91 * DAY)
    assert [alarm.figure for alarm in later.alarms] == [
        "answers"
    ]  # the model is as it was when that was closed


def test_an_alarm_that_is_muted_or_acknowledged_does_not_press(store: Store) -> None:
    make_service(store)
    check = start_check(store, "s1", day=7, corpus_version="v", now=BEGIN)
    finish_check(store, check.id, {"verdicts": {"model": "changed"}}, now=BEGIN)
    assert len(look(store, NO_SETTINGS, now=BEGIN + DAY)[0].pressing) == 1
    handle_alarm(store, 1, "mute", now=BEGIN + DAY, seconds=2 * DAY, note="until Monday")
    [stands] = look(store, NO_SETTINGS, now=BEGIN + 2 * DAY)
    assert stands.pressing == () and stands.alarms[0].note == "until Monday"
    assert len(look(store, NO_SETTINGS, now=BEGIN + 4 * DAY)[0].pressing) == 1
    change_alarm(store, 1, state="acknowledged")
    assert look(store, NO_SETTINGS, now=BEGIN + 4 * DAY)[0].pressing == ()


def test_a_service_that_watch_leaves_out_is_not_looked_at(store: Store) -> None:
    make_service(store)
    archive_service(store, "s1")
    assert look(store, NO_SETTINGS, now=BEGIN) == []


def test_a_server_goes_on_looking_after_an_error() -> None:
    looks: list[int] = []
    errors: list[str] = []

    def look_once() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise StoreError("The disk is full.")

    async def sleep(_: float) -> None:
        if len(looks) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(keep_looking(look_once, on_error=lambda error: errors.append(error.message), sleep=sleep))
    assert len(looks) == 3 and errors == ["The disk is full."]
