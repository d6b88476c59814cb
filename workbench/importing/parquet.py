"""Reads the rows of a Parquet file with pyarrow, which Streamlit brings along.
Knows nothing about what the columns mean."""

from __future__ import annotations

import base64
import datetime
import io
from decimal import Decimal
from typing import Any

from workbench.corpus.question_rows import LEFT_OUT
from workbench.errors import QuestionError
from workbench.importing.types import Record, RowProblem
from workbench.input.plain_data import find_unusable

BATCH_ROWS = 200
MOST_CHARACTERS = 400_000_000
"""The most characters of all texts together: a small file may hold one long text a million times."""


def read_parquet(name: str, data: bytes, most_rows: int) -> tuple[tuple[Record, ...], tuple[RowProblem, ...]]:
    """The rows of a Parquet file. Lists and structures become lists and objects, dates and bytes texts.

    Raises QuestionError for a file that is damaged or too large.
    """
    import pyarrow
    import pyarrow.parquet

    records: list[Record] = []
    problems: list[RowProblem] = []
    characters = 0
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > most_rows:
            raise QuestionError(
                f"{name} has {file.metadata.num_rows:,} rows; the limit is {most_rows:,}.", hint="Split it."
            )
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            for row in batch.to_pylist():
                number = len(records) + len(problems) + 1
                plain = {str(key): _plain(value) for key, value in row.items()}
                unusable = find_unusable(plain)
                if unusable is not None:
                    path, reason = unusable
                    problems.append(
                        RowProblem(number, f"{'.'.join(map(str, path)) or 'it'} {reason}; {LEFT_OUT}")
                    )
                    continue
                records.append(Record(number, plain))
            characters += batch.nbytes
            if characters > MOST_CHARACTERS:
                limit = f"{MOST_CHARACTERS / 1e6:,.0f} MB"
                raise QuestionError(f"{name} holds more than {limit} of text.", hint="Split it.")
    except pyarrow.ArrowException as error:
        raise QuestionError(f"{name} is damaged: {str(error).splitlines()[0][:200]}.") from None
    return tuple(records), tuple(problems)


def _plain(value: Any) -> Any:
    """The value as JSON has it. NaN is no value."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value)
