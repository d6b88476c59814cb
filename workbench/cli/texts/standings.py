"""Formats where served winners stand, and alarms.
Knows nothing about how figures and alarms come about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.formatting import counted, dollars


def standings_text(services: Sequence[dict[str, Any]]) -> str:
    """The services of `watch --json` as text: the alarms first, then the figures."""
    if not services:
        return "No winner has been served or checked yet: python -m workbench serve WINNER.yaml"
    return "\n\n".join(_service_text(service) for service in services)


def _service_text(service: dict[str, Any]) -> str:
    from workbench.watch.alarms import day_text
    from workbench.watch.figures import BY_NAME

    asked = counted(service["requests"], "request")
    since = "" if service["since"] is None else f" since {day_text(service['since'])}"
    lines = [f"{service['winner']}: {asked}{since}"]
    lines += [alarm_text(alarm) for alarm in service["alarms"]] or ["  No alarm is open."]
    if service["scores"]:
        lines.append(
            f"  The last {service['recent_days']} days, {counted(service['recent_requests'], 'request')}:"
        )
    for name, value in service["scores"].items():
        figure = BY_NAME[name]
        mean, low, high = (_number(figure.unit, value[key]) for key in ("mean", "low", "high"))
        lines.append(f"    {figure.label} {mean} ({low} to {high})")
    if bad := service["bad_answers"]:
        shares = tuple(_number("share", bad[key]) for key in ("mean", "low", "high"))
        lines.append(
            f"  Bad answers, by {counted(bad['labels'], 'thumb')} and the grounding of all: "
            f"{shares[0]} ({shares[1]} to {shares[2]})"
        )
    if route := service["route"]:
        lines.append(f"  {route['text']}")
    return "\n".join(lines)


def _number(unit: str, value: float) -> str:
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "usd":
        return dollars(value)
    if unit == "tokens":
        return f"{value:,.0f}"
    return f"{value:.2f} s" if unit == "seconds" else f"{value:.3f}"


def alarm_text(alarm: dict[str, Any]) -> str:
    """One alarm: what, since when, how sure, and what became of it."""
    from workbench.watch.alarms import day_text
    from workbench.watch.delivery import sure_text

    state = alarm["state"]
    if alarm["muted_until"]:
        state += f", muted until {day_text(alarm['muted_until'])}"
    lines = [
        f"  Alarm {alarm['id']} ({state}): {alarm['what']}",
        f"    Since about {day_text(alarm['since'])}, sure: {sure_text(alarm['sure'])}.",
    ]
    if alarm["requests"]:
        lines.append(f"    Requests: {', '.join(alarm['requests'])}")
    if alarm["note"]:
        lines.append(f"    Note: {alarm['note']}")
    failed = {d["to"]: d["error"] for d in alarm["deliveries"]}
    lines += [f"    Not delivered to {to}: {error}." for to, error in failed.items() if error]
    return "\n".join(lines)
