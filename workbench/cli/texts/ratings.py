"""Formats raters and what an import of ratings did.
Knows nothing about how any of it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.cli.texts.tables import table
from workbench.formatting import counted, printable

if TYPE_CHECKING:
    from workbench.feedback.raters import Rater
    from workbench.rating_files.import_ratings import ImportedRatings
    from workbench.rating_files.types import ReadRatings


def rater_to_json(rater: Rater) -> dict[str, Any]:
    """A rater as `ratings list --json` prints it."""
    return {
        "rater": rater.name,
        "up": rater.up,
        "down": rater.down,
        "choices": rater.choices,
        "rated_by_others_too": rater.shared,
        "agreed": rater.agreed,
        "counts": rater.counts,
    }


def raters_table(raters: Sequence[Rater]) -> str:
    head = ["rater", "up", "down", "choices", "rated by others too", "of these agreed", "counts"]
    return table(
        head,
        [
            [
                printable(r.name), str(r.up), str(r.down), str(r.choices), str(r.shared),
                f"{r.agreed / r.shared:.0%}" if r.shared else "-", "yes" if r.counts else "no, left out",
            ]
            for r in raters
        ],
    )  # fmt: skip


def imported_to_json(
    file: str, read: ReadRatings, imported: ImportedRatings, dry_run: bool
) -> dict[str, Any]:
    """What `ratings import --json` prints."""
    problems = [*read.problems, *imported.problems]
    return {
        "file": file,
        "format": read.format,
        "dry_run": dry_run,
        "ratings": imported.matched + imported.kept,
        "matched": imported.matched,
        "kept": imported.kept,
        "new": imported.new,
        "already": imported.already,
        "changed": imported.changed,
        "older": imported.older,
        "places": imported.places,
        "choices": imported.choices,
        "choices_already": imported.choices_already,
        "raters": imported.raters,
        "left_out": len(problems),
        "problems": [problem.as_row() for problem in problems],
    }


def imported_text(file: str, read: ReadRatings, imported: ImportedRatings, dry_run: bool) -> str:
    """The same in words."""
    from workbench.importing.import_questions import describe_problems
    from workbench.rating_files.reading import label_of

    total = imported.matched + imported.kept
    lines = [
        f"{file}: {label_of(read.format)}, {counted(total, 'rating')} by {counted(imported.raters, 'rater')}."
    ]
    for count, what in (
        (imported.matched, "on answers that are shown here"),
        (imported.kept, "on texts that are not shown here: kept, and attached once a run shows them"),
        (imported.new, "new"),
        (imported.already, "already stored, unchanged"),
        (imported.changed, "changed what the rater had said before"),
        (imported.older, "older than the rater's rating here, which stays"),
        (imported.choices, "choices between two answers, new or changed"),
        (imported.choices_already, "choices that are already stored, or older than those here"),
    ):  # fmt: skip
        if count:
            lines.append(f"{count:,} {what}.")
    lines += describe_problems([*read.problems, *imported.problems])
    if dry_run:
        lines.append("Nothing was written.")
    return "\n".join(lines)
