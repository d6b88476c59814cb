"""Delivers alarms: to a webhook and by e-mail, each once, and again later where it failed.
Knows nothing about how an alarm comes about.

An alarm is sent to each address once, and once more when the time for which it was muted is over and it is
still open. Before it is sent, this is noted in the store, so that two processes never both send it. When a
process dies while it sends, nobody knows whether the alarm arrived: after SENDING_SECONDS it is sent again,
with the same message id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from workbench.settings import AlarmSettings
from workbench.store.database import Store
from workbench.store.serving.alarms import SENDING, claim_delivery, finish_delivery, list_alarms
from workbench.store.serving.records import Alarm, Service
from workbench.watch.figure_words import alarm_notes, day_text, sure_text
from workbench.watch.mail import name_of as mail_name
from workbench.watch.mail import send_mail
from workbench.watch.webhook import NotDelivered, post_alarm
from workbench.watch.webhook import name_of as webhook_name

SENDING_SECONDS = 600.0
"""A delivery that has not ended after so long is taken for failed."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 300.0, 6 * 3_600.0
"""The wait after a failed delivery; it doubles each time."""


@dataclass(frozen=True)
class Message:
    """What is sent of an alarm."""

    subject: str
    text: str
    document: dict[str, Any]
    """What a webhook gets."""
    id: str
    """The same whenever it is sent for the same reason."""


@dataclass(frozen=True)
class Channel:
    """A place to which alarms are sent."""

    name: str
    """What deliveries call it; it holds no secret."""
    send: Callable[[Message], None]
    """Sends a message, or raises NotDelivered."""


def open_channels(
    settings: AlarmSettings, *, now: float, sleep: Callable[[float], None] = time.sleep
) -> list[Channel]:
    """The channels that the settings name."""
    channels = []
    if url := settings.webhook:
        channels.append(
            Channel(
                webhook_name(url),
                lambda message: post_alarm(url, message.document, key=message.id, sleep=sleep),
            )
        )
    for address in settings.mail_to if settings.smtp_url else ():
        channels.append(Channel(mail_name(address), partial(_mail, settings, address, now)))
    return channels


def _mail(settings: AlarmSettings, address: str, now: float, message: Message) -> None:
    assert settings.smtp_url is not None
    send_mail(
        settings.smtp_url,
        sender=settings.mail_from or settings.mail_to[0],
        to=address,
        subject=message.subject,
        text=message.text,
        message_id=message.id,
        now=now,
    )


def deliver(store: Store, service: Service, channels: Iterable[Channel], *, now: float) -> None:
    """Send a service's alarms to each channel where they are due; the alarms note what became of it."""
    for channel in channels:
        for alarm in reversed(list_alarms(store, service.id)):  # the oldest first
            assert alarm.id is not None
            claimed = claim_delivery(
                store, alarm.id, channel.name, partial(is_due, channel.name, now), now=now
            )
            if claimed is None:
                continue
            error = ""
            try:
                channel.send(message_of(claimed, service))
            except NotDelivered as reason:
                error = str(reason)
            finish_delivery(store, alarm.id, channel.name, error, at=now)


def is_due(to: str, now: float, alarm: Alarm) -> bool:
    """Whether an alarm is to be sent to an address now."""
    if alarm.state != "open" or alarm.muted_until > now:
        return False
    made = [d for d in alarm.deliveries if d["to"] == to and d["at"] >= alarm.muted_until]
    if any(not d["error"] for d in made):
        return False
    failed = [d for d in made if d["error"] != SENDING or abs(now - d["at"]) >= SENDING_SECONDS]
    if len(failed) < len(made):  # another process is sending it
        return False
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(len(failed) - 1, 20))
    return not failed or abs(now - failed[-1]["at"]) >= wait


def message_of(alarm: Alarm, service: Service) -> Message:
    """What is sent of an alarm: figures and ids, no texts of questions or answers."""
    where = f" ({alarm.part})" if alarm.part else ""
    facts = [
        f"Since about {day_text(alarm.since)} (UTC), {sure_text(alarm.sure)}.",
        *alarm_notes(alarm.figure, alarm.evidence),
        *([f"Requests: {', '.join(alarm.requests)}"] if alarm.requests else []),
        f"Alarm {alarm.id}; acknowledge it on the page Watch or with `watch --acknowledge {alarm.id}`",
    ]
    subject = f"{service.name}: {alarm.what}"
    return Message(
        subject=f"[RAG Workbench] {subject}",
        text="\n".join([f"{service.name}{where}", "", alarm.what, *facts]),
        document={
            "text": _slack("\n".join([f"{service.name}{where}: {alarm.what}", *facts])),
            "service": {"id": service.id, "name": service.name},
            "alarm": {
                "id": alarm.id,
                "figure": alarm.figure,
                "part": alarm.part,
                "what": alarm.what,
                "since": alarm.since,
                "sure": alarm.sure,
                "raised_at": alarm.raised_at,
                "evidence": alarm.evidence,
                "requests": list(alarm.requests),
            },
        },
        # After a mute it is sent for another reason.
        id=f"alarm-{service.id}-{alarm.id}-{alarm.raised_at:.0f}-{alarm.muted_until:.0f}",
    )


def _slack(text: str) -> str:
    """The text with the three characters escaped that Slack gives a meaning to."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
