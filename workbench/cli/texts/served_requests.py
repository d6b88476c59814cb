"""Formats requests that services answered.
Knows nothing about how they were answered."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.cli.texts.tables import table
from workbench.corpus.conversation import turns_to_json
from workbench.formatting import counted, dollars, duration, printable

if TYPE_CHECKING:
    from workbench.store.records import Rating
    from workbench.store.serving.records import ServedRequest
    from workbench.traces.import_requests import Imported
    from workbench.traces.types import ReadRequests

LONGEST_QUESTION = 48


def request_to_json(r: ServedRequest) -> dict[str, Any]:
    """A request as `requests list --json` prints it."""
    return {
        "id": r.id,
        "service": r.service_id,
        "role": r.role,
        "shadow_of": r.shadow_of,
        "asked_at": r.asked_at,
        "user": r.user,
        "texts": r.texts,
        "question": r.question,
        "history": turns_to_json(r.history),
        "filter": r.filter,
        "answer": r.answer,
        "refused": r.refused,
        "corpus_version": r.corpus_version,
        "state": r.state,
        "error": r.error,
        "flags": list(r.flags),
        "cached": r.cached,
        "served_model": r.served_model,
        "cost_usd": r.cost_usd,
        "tokens": {"input": r.input_tokens, "output": r.output_tokens},
        "seconds": r.seconds,
        "stage_seconds": r.stage_seconds,
        "scored_at": r.scored_at,
        "scores": {
            s.name: {"value": s.value, "status": s.status, "reason": s.reason, "detail": s.detail}
            for s in r.scores
        },
    }


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _question(r: ServedRequest) -> str:
    if r.texts == "none":
        return "(no texts are stored)"
    return textwrap.shorten(printable(r.question), LONGEST_QUESTION, placeholder=" …")


def requests_table(requests: Sequence[ServedRequest]) -> str:
    """One line per request."""
    rows = []
    for r in requests:
        grounding = next((s.value for s in r.scores if s.name == "grounding"), None)
        rows.append(
            [
                r.id,
                _when(r.asked_at),
                r.service_id,
                r.role,
                r.state,
                r.user or "–",
                "–" if grounding is None else f"{grounding:.2f}",
                "–" if r.cost_usd is None else dollars(r.cost_usd),
                duration(r.seconds),
                _question(r),
            ]
        )
    head = [
        "request",
        "asked (UTC)",
        "service",
        "role",
        "state",
        "user",
        "grounding",
        "cost",
        "time",
        "question",
    ]
    return table(head, rows)


def request_text(r: ServedRequest, others: Sequence[ServedRequest], thumbs: Sequence[Rating]) -> str:
    """All that is stored of a request. others: its shadows."""
    scores = ", ".join(f"{s.name} {s.value:.2f}" for s in r.scores if s.value is not None)
    lines = [
        f"Request {r.id}: {r.state}, {_when(r.asked_at)} UTC, service {r.service_id} ({r.role}), "
        f"corpus {r.corpus_version or '–'}",
        *(f"Earlier, {turn.role}: {printable(turn.text)}" for turn in r.history),
        f"Question: {_question(r) if r.texts == 'none' else printable(r.question)}",
        f"Answer: {printable(r.answer)}",
        *([f"Error: {printable(r.error)}"] if r.error else []),
        f"Passages: {', '.join(printable(p.document) for p in r.passages) or '–'}",
        f"Scores: {scores or ('–' if r.scored_at or r.role == 'task' else 'not computed yet')}",
        f"Cost: {'–' if r.cost_usd is None else dollars(r.cost_usd)}, tokens: {r.input_tokens:,} in, "
        f"{r.output_tokens:,} out, time: {duration(r.seconds)}",
    ]
    for thumb in thumbs:
        comment = f": {printable(thumb.comment)}" if thumb.comment else ""
        lines.append(f"Thumb {'up' if thumb.value > 0 else 'down'} by {printable(thumb.rater)}{comment}")
    for other in others:
        lines.append(
            f"Shadow {other.id} by service {other.service_id}: {printable(other.answer or other.error)}"
        )
    return "\n".join(lines)


def imported_to_json(file: str, read: ReadRequests, imported: Imported, dry_run: bool) -> dict[str, Any]:
    """What `requests import --json` prints."""
    return {
        "file": file,
        "format": read.format,
        "service": imported.service.id,
        "name": imported.service.name,
        "dry_run": dry_run,
        "requests": imported.requests,
        "already": imported.already,
        "failed": imported.failed,
        "thumbs": imported.thumbs,
        "without_passages": imported.without_passages,
        "since": imported.since,
        "until": imported.until,
        "problems": [problem.as_row() for problem in read.problems],
    }


def imported_text(file: str, read: ReadRequests, imported: Imported, dry_run: bool) -> str:
    """The same in words."""
    from workbench.importing.import_questions import describe_problems

    found = imported_to_json(file, read, imported, dry_run)
    were = "would be" if dry_run else "was" if imported.requests == 1 else "were"
    service = f"{printable(imported.service.name)} ({imported.service.id})"
    before = f"; {imported.already:,} had been before." if imported.already else "."
    lines = [
        f"{file}: {read.format}.",
        f"{counted(imported.requests, 'request')} {were} stored as those of {service}{before}",
    ]
    if imported.requests:
        lines.append(f"Asked from {_when(found['since'])} to {_when(found['until'])} UTC.")
    for what, count in (
        ("Not answered", imported.failed),
        ("Without passages, so without grounding", found["without_passages"]),
        ("With a thumb", imported.thumbs),
    ):
        if count:
            lines.append(f"{what}: {counted(count, 'request')}.")
    lines += describe_problems(read.problems)
    lines.append("Nothing was written." if dry_run else "`watch` shows the state of the service.")
    return "\n".join(lines)
