"""Reads a file of ratings, whichever program wrote it.
Knows nothing about the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError, QuestionError
from workbench.importing.source_reading import read_source, read_source_bytes
from workbench.importing.types import AUTO, RowProblem, Source
from workbench.nearest import did_you_mean
from workbench.rating_files import jsonl, langfuse, open_webui, phoenix
from workbench.rating_files.types import ReadRating, ReadRatings
from workbench.traces.reading import read_requests
from workbench.traces.spans import is_otlp, is_phoenix, read_otlp, read_phoenix
from workbench.traces.types import ImportedRequest

SUPPORTED = (
    "What can be: Open WebUI's export of feedback; scores and annotated traces of Langfuse; annotations of "
    "Phoenix; and JSONL or CSV with `question`, `answer` and `value` (1 or -1)."
)
Requests = Mapping[str, ImportedRequest]
"""Trace, or span of it → the request that it traces."""


@dataclass(frozen=True)
class _Format:
    label: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source, Requests], tuple[list[ReadRating], list[RowProblem]]]


_FORMATS: Mapping[str, _Format] = {
    open_webui.NAME: _Format(
        "Open WebUI feedback",
        open_webui.is_open_webui,
        lambda source, requests: open_webui.read_open_webui(source),
    ),
    phoenix.NAME: _Format("Phoenix annotations", phoenix.is_phoenix_ratings, phoenix.read_phoenix_ratings),
    langfuse.NAME: _Format("Langfuse scores", langfuse.is_langfuse_ratings, langfuse.read_langfuse_ratings),
    jsonl.NAME: _Format(
        "ratings", jsonl.is_jsonl_ratings, lambda source, requests: jsonl.read_jsonl_ratings(source)
    ),
}
"""Name, as for `--format` → the format; the first that recognises a file reads it."""
FORMATS = (AUTO, *_FORMATS)


def read_ratings(path: Path, *, form: str = AUTO, traces: Path | None = None) -> ReadRatings:
    """Read a file.

    form: the name of its format; AUTO to recognise it.
    traces: a file with the traces that the ratings are about, for one that only names them.

    Raises InputError for a file that cannot be read or holds no ratings.
    """
    try:
        source = read_source(path)
    except QuestionError as error:
        raise InputError(error.message, hint=SUPPORTED) from None
    return _read(source, form, {} if traces is None else _requests_in(traces))


def read_ratings_bytes(name: str, data: bytes, *, form: str = AUTO) -> ReadRatings:
    """The same for a file that was uploaded."""
    try:
        source = read_source_bytes(name, data)
    except QuestionError as error:
        raise InputError(error.message, hint=SUPPORTED) from None
    return _read(source, form, {})


def _read(source: Source, form: str, requests: Requests) -> ReadRatings:
    if form not in FORMATS:
        raise InputError(f"There is no format {form!r}.", hint=did_you_mean(form, FORMATS))
    name = form
    if form == AUTO:
        found = next((n for n, one in _FORMATS.items() if one.recognises(source)), None)
        if found is None:
            raise _unknown(source)
        name = found
    choices, choice_problems, source = jsonl.take_choices(source)
    ratings, problems = _FORMATS[name].read(source, requests)
    problems = [*source.problems, *choice_problems, *problems]
    if not ratings and not choices and form != AUTO:
        why = f" {problems[0].what.capitalize()}." if problems else ""
        raise InputError(
            f"{source.name} contains no ratings in the format of {_FORMATS[name].label}.{why}", hint=SUPPORTED
        )
    return ReadRatings(name, tuple(ratings), tuple(problems), tuple(choices))


def _unknown(source: Source) -> InputError:
    if not source.records and source.problems:
        first = source.problems[0]
        where = "" if first.row is None else f"line {first.row}: "
        return InputError(f"{source.name} contains no ratings: {where}{first.what}.", hint=SUPPORTED)
    columns = ", ".join(source.columns[:8])
    has = f" It has {columns}." if columns else ""
    return InputError(f"{source.name} contains no known ratings.{has}", hint=SUPPORTED)


def label_of(form: str) -> str:
    """What people call a format."""
    return _FORMATS[form].label


def _requests_in(path: Path) -> Requests:
    """By trace and, where the file has spans, by span."""
    requests = {request.key: request for request in read_requests(path).requests}
    source = read_source(path)
    spans = read_otlp(source) if is_otlp(source) else read_phoenix(source) if is_phoenix(source) else []
    of_spans = {span.id.lower(): requests[span.trace] for span in spans if span.trace in requests}
    return {**of_spans, **requests}
