"""Alarms arrive at webhooks and by e-mail: each once, again after failures, and not while they are muted."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.watch.smtp_server import mail_server
from tests.watch.traffic import BEGIN, DAY, make_service
from tests.watch.webhook_server import webhook_server
from workbench.settings import AlarmSettings
from workbench.store.database import Store
from workbench.store.serving.alarms import change_alarm, list_alarms, raise_alarm
from workbench.store.serving.records import Alarm, Service
from workbench.watch.delivery import (
    FIRST_WAIT_SECONDS,
    SENDING_SECONDS,
    Channel,
    Message,
    deliver,
    is_due,
    message_of,
    open_channels,
)

NOW = BEGIN + 5 * DAY
ALARM = Alarm(
    "s1",
    "grounding",
    "Grounding fell from 0.84 to 0.73, over 400 answers.",
    since=BEGIN,
    sure=0.9987,
    part="tag: <returns>",
    requests=("r1", "r2"),
)


@pytest.fixture
def service(store: Store) -> Service:
    found = make_service(store)
    raise_alarm(store, ALARM, now=NOW)
    return found


def _deliver(store: Store, service: Service, settings: AlarmSettings, now: float = NOW) -> None:
    deliver(store, service, open_channels(settings, now=now, sleep=lambda _: None), now=now)


def _deliveries(store: Store) -> list[tuple[str, str]]:
    return [(d["to"], d["error"]) for d in list_alarms(store)[0].deliveries]


def test_a_webhook_gets_an_alarm_once_with_a_text_for_slack(store: Store, service: Service) -> None:
    with webhook_server() as webhook:
        for _ in range(3):
            _deliver(store, service, AlarmSettings(webhook=webhook.url))
        [document] = webhook.documents
    assert "Grounding fell from 0.84 to 0.73" in document["text"]
    assert "&lt;returns&gt;" in document["text"] and "<" not in document["text"]
    assert document["alarm"]["requests"] == ["r1", "r2"] and document["alarm"]["since"] == BEGIN
    assert document["service"] == {"id": "s1", "name": "support: concise"}
    assert _deliveries(store) == [("webhook 127.0.0.1", "")]  # and not the secret in its path


def test_a_mail_server_gets_an_alarm_once(store: Store, service: Service) -> None:
    with mail_server() as mailbox:
        settings = AlarmSettings(smtp_url=mailbox.url, mail_to=("ops@example.com", "dev@example.com"))
        for _ in range(2):
            _deliver(store, service, settings)
    assert mailbox.recipients == ["ops@example.com", "dev@example.com"]
    first = mailbox.messages[0]
    assert "Grounding fell" in first["Subject"] and first["From"] == "ops@example.com"
    assert "watch --acknowledge 1" in first.get_payload()
    assert mailbox.messages[0]["Message-ID"] == mailbox.messages[1]["Message-ID"]
    assert _deliveries(store) == [("e-mail ops@example.com", ""), ("e-mail dev@example.com", "")]


def test_a_busy_webhook_is_tried_again_at_once_and_a_failing_one_later(
    store: Store, service: Service
) -> None:
    with webhook_server() as webhook:
        settings = AlarmSettings(webhook=webhook.url)
        webhook.statuses = [503, 503, 503]
        _deliver(store, service, settings)
        assert len(webhook.documents) == 3
        assert _deliveries(store) == [("webhook 127.0.0.1", "HTTP 503")]
        _deliver(store, service, settings, NOW + FIRST_WAIT_SECONDS - 1)
        assert len(webhook.documents) == 3
        webhook.statuses = [429]
        _deliver(store, service, settings, NOW + FIRST_WAIT_SECONDS)
    assert len(webhook.documents) == 5
    assert len(set(webhook.keys)) == 1
    assert _deliveries(store)[-1] == ("webhook 127.0.0.1", "")


def test_what_will_not_pass_is_not_repeated_at_once_and_redirects_are_not_followed(
    store: Store, service: Service
) -> None:
    with webhook_server() as webhook:
        webhook.statuses = [307]
        _deliver(store, service, AlarmSettings(webhook=webhook.url))
    assert len(webhook.documents) == 1
    assert _deliveries(store) == [("webhook 127.0.0.1", "HTTP 307")]


def test_servers_that_are_down_are_noted(store: Store, service: Service) -> None:
    with webhook_server() as webhook, mail_server() as mailbox:
        settings = AlarmSettings(webhook.url, mailbox.url, ("ops@example.com",))
    _deliver(store, service, settings)
    errors = dict(_deliveries(store))
    assert errors["webhook 127.0.0.1"].startswith("no connection")
    assert errors["e-mail ops@example.com"].startswith("no mail server")


def test_a_mail_server_that_refuses_is_tried_again_later(store: Store, service: Service) -> None:
    with mail_server() as mailbox:
        settings = AlarmSettings(smtp_url=mailbox.url, mail_to=("ops@example.com",))
        mailbox.refuse = 451
        _deliver(store, service, settings)
        assert _deliveries(store) == [("e-mail ops@example.com", "the mail server answered 451")]
        mailbox.refuse = None
        _deliver(store, service, settings, NOW + DAY)
    assert len(mailbox.messages) == 1


def test_a_muted_alarm_is_sent_when_its_time_is_over_and_acknowledged_ones_never(
    store: Store, service: Service
) -> None:
    sent: list[float] = []
    now = NOW
    channel = Channel("x", lambda _: sent.append(now))
    change_alarm(store, 1, muted_until=NOW + DAY)
    deliver(store, service, [channel], now=NOW)
    assert sent == []
    for now in (NOW + DAY, NOW + 2 * DAY):
        deliver(store, service, [channel], now=now)
    assert sent == [NOW + DAY]
    change_alarm(store, 1, muted_until=NOW + 3 * DAY)
    for now in (NOW + 2.5 * DAY, NOW + 3 * DAY, NOW + 3.5 * DAY):
        deliver(store, service, [channel], now=now)
    assert sent == [NOW + DAY, NOW + 3 * DAY]
    change_alarm(store, 1, state="acknowledged", muted_until=0.0, deliveries=())
    deliver(store, service, [channel], now=NOW + 9 * DAY)
    assert len(sent) == 2


def test_of_many_that_deliver_at_once_one_sends(store: Store, service: Service) -> None:
    sent: list[str] = []
    at_once = threading.Barrier(6)

    def work() -> None:
        at_once.wait()
        deliver(store, service, [Channel("x", lambda message: sent.append(message.id))], now=NOW)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 1


def test_a_delivery_that_died_midway_is_made_again_with_the_same_id(store: Store, service: Service) -> None:
    ids: list[str] = []

    def die(message: Message) -> None:
        ids.append(message.id)
        raise SystemExit

    with pytest.raises(SystemExit):
        deliver(store, service, [Channel("x", die)], now=NOW)
    take = Channel("x", lambda message: ids.append(message.id))
    deliver(store, service, [take], now=NOW + SENDING_SECONDS - 1)
    assert len(ids) == 1
    deliver(store, service, [take], now=NOW + SENDING_SECONDS)
    assert len(ids) == 2 and len(set(ids)) == 1


def test_a_clock_that_was_set_back_does_not_send_again(store: Store, service: Service) -> None:
    alarm = replace(ALARM, deliveries=({"to": "x", "at": NOW, "error": ""},))
    assert not is_due("x", NOW - 30 * DAY, alarm)


def test_a_password_is_never_sent_without_encryption(store: Store, service: Service) -> None:
    settings = AlarmSettings(smtp_url="smtp://user:secret@mail.example.com", mail_to=("ops@example.com",))
    assert "secret" not in repr(settings)
    text = message_of(list_alarms(store)[0], service)
    assert "secret" not in text.text
