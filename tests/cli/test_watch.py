"""`watch` says where services stand, raises and sends alarms, and its exit code says whether one is pressing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.cli.in_process import call
from tests.watch.traffic import DAY, Asked, groundings, make_service, put_days
from tests.watch.webhook_server import Webhook, webhook_server
from workbench.run.open_home import open_workbench
from workbench.settings import load_settings
from workbench.store.database import Store


@pytest.fixture
def store() -> Store:
    return open_workbench(load_settings())


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook_server() as found:
        monkeypatch.setenv("WORKBENCH_ALARM_WEBHOOK", found.url)
        yield found


def _serve_a_month(store: Store, *, fall: float) -> None:
    random = Random(1)
    make_service(store)
    begin = time.time() - 30 * DAY
    put_days(
        store,
        range(30),
        lambda day: Asked(groundings(random) * (1 - fall if day >= 24 else 1)),
        begin=begin,
        per_day=60,
    )


def test_without_a_service_it_says_how_to_begin(store: Store) -> None:
    code, out, _ = call("watch")
    assert code == 0 and "serve WINNER.yaml" in out
    assert json.loads(call("watch", "--json")[1]) == {"services": []}


def test_a_service_that_is_as_it_was(store: Store) -> None:
    _serve_a_month(store, fall=0.0)
    code, out, _ = call("watch", "--json")
    [service] = json.loads(out)["services"]
    assert code == 0 and service["alarms"] == []
    assert service["winner"] == "support: concise" and service["requests"] == 1_800
    assert service["since"] < time.time() - 29 * DAY
    assert set(service["scores"]["grounding"]) == {"mean", "low", "high", "count"}


def test_an_alarm_is_sent_once_and_presses_until_somebody_sees_to_it(store: Store, webhook: Webhook) -> None:
    _serve_a_month(store, fall=0.6)
    code, out, _ = call("watch", "--json")
    alarms = json.loads(out)["services"][0]["alarms"]
    assert code == 4 and "grounding" in {alarm["figure"] for alarm in alarms}
    assert all({"what", "since", "sure", "id", "requests"} <= set(alarm) for alarm in alarms)
    code, out, _ = call("watch")
    assert code == 4 and "Grounding fell from" in out and "over 99.9% sure" in out
    assert len(webhook.documents) == len(alarms)
    first, *rest = [str(alarm["id"]) for alarm in alarms]
    code, out, _ = call("watch", "--acknowledge", first, "--note", "The index was rebuilt.", "--json")
    changed = json.loads(out)
    assert code == 0 and (changed["state"], changed["note"]) == ("acknowledged", "The index was rebuilt.")
    for one in rest:
        code, out, _ = call("watch", "--mute", one, "--for", "2d")
        assert code == 0 and "muted until" in out
    assert call("watch")[0] == 0
    assert call("watch", "--close", first)[0] == 0
    assert first not in [
        str(a["id"]) for a in json.loads(call("watch", "--json")[1])["services"][0]["alarms"]
    ]
    assert len(webhook.documents) == len(alarms)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--acknowledge", "9"), "There is no alarm 9."),
        (("--note", "x"), "--note needs the alarm"),
        (("--acknowledge", "1", "--close", "1"), "give one of them"),
        (("--every", "soon"), "--every is 'soon', which is no span of time"),
        (("--every", "1h", "--json"), "leave out the other options"),
        (("--mute", "1", "--for", "ever"), "--for is 'ever', which is no span of time"),
    ],
)
def test_options_that_do_not_fit_are_said(store: Store, arguments: tuple[str, ...], message: str) -> None:
    code, _, errors = call("watch", *arguments)
    assert code == 2 and message in errors


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "WORKBENCH_ALARM_WEBHOOK",
            "hooks.example.com/secret",
            "must be an address that begins with http://",
        ),
        ("WORKBENCH_SMTP_URL", "https://mail.example.com", "must be an address that begins with smtp://"),
        ("WORKBENCH_ALARM_EMAIL", "ops", "'ops' is not an e-mail address"),
        ("WORKBENCH_ALARM_EMAIL", "ops@example.com", "but not WORKBENCH_SMTP_URL"),
        ("WORKBENCH_WATCH_SENSITIVITY", "grounding=a lot", "is not a figure with its smallest change"),
        ("WORKBENCH_WATCH_SENSITIVITY", "grounded=0.1", "'grounded' is not a watched figure"),
    ],
)
def test_settings_that_are_wrong_are_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    code, _, errors = call("watch")
    assert code == 2 and message in errors and "secret" not in errors
