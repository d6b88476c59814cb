"""Shows the matrix: what each configuration scored on each question, as signs, numbers and tints.
Knows nothing about how the table is drawn or where a cell's answer is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from workbench.corpus.conversation import as_line
from workbench.formatting import uncapitalised
from workbench.parts.setting_labels import label_of_setting
from workbench.results.matrix import Matrix
from workbench.space.experiment import LIKED
from workbench.store.matrix_types import EQUAL_WITHIN, Cell, Column, MatrixFilter, Row, Scale
from workbench.store.records import TrialRecord
from workbench.ui.compare.choice import LETTERS, make_baseline
from workbench.ui.compare.differences import differing_settings
from workbench.ui.compare.matrix_table import CellShown, ColumnShown, RowShown, TableShown, draw_table
from workbench.ui.compare.tests import short_verdict
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of, measure_text
from workbench.ui.widgets.score_tint import TINTS, tint_of

MOST_SETTINGS = 4
SIDES = {1: ("▲", "better than A"), -1: ("▼", "worse than A"), 0: ("", "the same as A")}


def show_matrix(
    matrix: Matrix, trials: Sequence[TrialRecord], rows: Sequence[Row], wanted: MatrixFilter, *,
    first: int = 0, cell: str = "", tests: Sequence[Mapping[str, Any]] = (),
) -> None:  # fmt: skip
    """Draw the table; without rows its head alone, with what differs between the configurations.

    first: the place of the first question among those that match, from 0.
    cell: the open cell, as "trial:question"; "" for none.
    tests: the comparison of each configuration but the first with the first; empty while it is not known.
    """
    ids = [trial.id for trial in trials]
    settings = list(differing_settings(trials).items())[:MOST_SETTINGS]
    total, scale = matrix.counts[wanted.show], matrix.scale
    draw_table(
        TableShown(
            name=f"{label_of(scale.name)} by question and configuration",
            key=repr((ids, scale.name, wanted, first)),
            corner=f"Question · {first + 1:,}–{first + len(rows):,} of {total:,}" if rows else "",
            settings=tuple(label_of_setting(name) for name, _ in settings),
            figure=_head(scale),
            columns=tuple(
                _column(trial, at, matrix.columns[trial.id], scale, [values[at] for _, values in settings])
                for at, trial in enumerate(trials)
            ),
            rows=tuple(_row(row, ids, scale) for row in rows),
            cell=cell,
            show=wanted.show,
            against=wanted.against or (ids[1] if len(ids) == 2 else ""),
            tests=tuple({"short": short_verdict(test), "words": str(test["in_words"])} for test in tests),
        ),
        on_open=partial(address.set_next, "cell"),
        on_pick=partial(_pick, ids),
        on_baseline=partial(make_baseline, ids),
    )


def _head(scale: Scale) -> str:
    """Return what the columns' figures are called."""
    if scale.name == LIKED:
        return f"Rated up · {uncapitalised(label_of(LIKED))}"
    return label_of(scale.name) if scale.right_from is None else "Right · mean"


def _pick(ids: Sequence[str], show: str, against: str) -> None:
    address.set_next("show", show)
    if len(ids) > 2:
        address.set_next("of", against)


def _column(
    trial: TrialRecord, at: int, column: Column, scale: Scale, settings: Sequence[str]
) -> ColumnShown:
    mean = "—" if column.mean is None else measure_text(scale.name, column.mean, digits=3)
    words = (
        f"{label_of(scale.name)}: {mean}, estimated; {column.scored:,} questions have rated answers"
        if scale.name == LIKED
        else f"{label_of(scale.name)}: mean {mean} over {column.scored:,} questions"
    )
    figure = mean
    if scale.right_from is not None:
        figure = f"{column.right:,}/{column.scored:,} · {mean}"
        right = "rated up" if scale.name == LIKED else "right"
        words = f"{column.right:,} of {column.scored:,} questions {right}; {words}"
    tally = (("better", column.better), ("worse", column.worse), ("same", column.same))
    return ColumnShown(
        trial.id, LETTERS[at], trial.name, at == 0, tuple(settings), figure, words, tally if at else ()
    )


def _row(row: Row, ids: Sequence[str], scale: Scale) -> RowShown:
    base = row.cells.get(ids[0])
    cells = [cell_shown(row.cells.get(trial), base if at else None, scale) for at, trial in enumerate(ids)]
    return RowShown(row.question_id, row.position + 1, as_line(row.asked), tuple(cells))


def _side(cell: Cell, base: Cell | None, scale: Scale) -> int | None:
    """Return 1 for better than the baseline, -1 for worse, 0 for the same; None where one has no value."""
    if base is None or base.value is None or cell.value is None:
        return None
    gain = scale.sign * (cell.value - base.value)
    return 0 if abs(gain) <= EQUAL_WITHIN else (1 if gain > 0 else -1)


def cell_shown(cell: Cell | None, base: Cell | None, scale: Scale) -> CellShown:
    """Return a cell as it is drawn.

    base: the baseline's cell; None for the baseline's own.
    """
    if cell is None or not cell.answers:
        return CellShown("·", "none", "not asked")
    if cell.value is None:
        return _without_value(cell, scale)
    side = _side(cell, base, scale)
    tint, number = tint_of(scale.name, cell.value), measure_text(scale.name, cell.value)
    if scale.right_from is None:
        tint = TINTS[{1: "good", -1: "poor"}.get(side or 0, "none")]
        text, words = number, [number]
    else:
        text, words = f"{tint.sign} {number}", [tint.words, number]
    marks = []
    if side is not None:
        marks.append(SIDES[side][0])
        words.append(SIDES[side][1])
    for holds, sign, word in (
        (cell.failed > 0, TINTS["failed"].sign, f"{cell.failed} of {cell.answers} answers failed"),
        (cell.ungrounded, "†", "ungrounded"),
        (cell.liked, "👍", "liked"),
        (cell.disliked, "👎", "disliked"),
    ):
        if holds:
            marks.append(sign)
            words.append(word)
    return CellShown(text, tint.name, ", ".join(words), " ".join(filter(None, marks)))


def _without_value(cell: Cell, scale: Scale) -> CellShown:
    if cell.failed:
        return CellShown(f"{TINTS['failed'].sign} failed", "failed", "the answer failed")
    if scale.name == LIKED:
        return CellShown("·", "none", "not rated")
    if cell.not_applicable:
        return CellShown("– n/a", "none", "the score does not apply")
    return CellShown("? no score", "failed", "it could not be scored")
