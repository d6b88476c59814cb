"""Formats where served winners stand, and alarms.
Knows nothing about how figures and alarms come about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.formatting import counted


def standings_text(services: Sequence[dict[str, Any]]) -> str:
    """The services of `watch --json` as text: the alarms first, then the figures."""
    if not services:
        return "No winner has been served or checked yet: python -m workbench serve WINNER.yaml"
    return "\n\n".join(_service_text(service) for service in services)


def _service_text(service: dict[str, Any]) -> str:
    from workbench.watch.figure_words import day_text, label_of, with_interval
    from workbench.watch.figures import BY_NAME, FigureValue

    asked = counted(service["requests"], "request")
    since = "" if service["since"] is None else f" since {day_text(service['since'])} (UTC)"
    tests = f", {service['tests']:,} of them by gates and experiments" if service["tests"] else ""
    tasks = f", {service['tasks']:,} of them tasks of chat programs" if service["tasks"] else ""
    lines = [f"{service['winner']}: {asked}{since}{tests}{tasks}"]
    lines += [alarm_text(alarm) for alarm in service["alarms"]] or ["  No alarm is open."]
    if service["scores"]:
        lines.append(
            f"  The last {service['recent_days']} days, {counted(service['recent_requests'], 'request')}:"
        )
    for name, value in service["scores"].items():
        figure = BY_NAME[name]
        lines.append(f"    {label_of(figure)} {with_interval(figure, FigureValue(**value))}")
    if bad := service["bad_answers"]:
        lines.append(
            f"  Bad answers, by {counted(bad['labels'], 'thumb')} and the grounding of all: "
            f"{bad['mean']:.1%} ({bad['low']:.1%}–{bad['high']:.1%}), if users rated a random sample"
        )
    if route := service["route"]:
        lines.append(f"  {route['text']}")
    if service["next_check"]:
        lines.append(f"  {service['next_check']['words']}")
    return "\n".join(lines)


def alarm_text(alarm: dict[str, Any]) -> str:
    """One alarm: what, since when, how sure, and what became of it."""
    from workbench.watch.figure_words import alarm_notes, day_text, sure_text

    state = alarm["state"]
    if alarm["muted_until"]:
        state += f", muted until {day_text(alarm['muted_until'])}"
    lines = [
        f"  Alarm {alarm['id']} ({state}): {alarm['what']}",
        f"    Since about {day_text(alarm['since'])} (UTC), {sure_text(alarm['sure'])}.",
    ]
    lines += [f"    {note}" for note in alarm_notes(alarm["figure"], alarm["evidence"])]
    if alarm["requests"]:
        lines.append(f"    Requests: {', '.join(alarm['requests'])}")
    if alarm["note"]:
        lines.append(f"    Note: {alarm['note']}")
    failed = {d["to"]: d["error"] for d in alarm["deliveries"]}
    lines += [f"    Not delivered to {to}: {error}." for to, error in failed.items() if error]
    return "\n".join(lines)
