"""Test cases of promptfoo: its configuration in YAML or JSON, a list of tests, or a CSV file with
`__expected`.
Knows nothing about other formats.

Shapes (promptfoo.dev/docs/configuration/test-cases and expected-outputs): {"tests": [{"description", "vars":
{…}, "assert": [{"type", "value"}], "metadata": {…}}]}; exports of results hold the same under "config". A
variable that is a list stands for several tests. CSV: one column per variable, `__expected`, `__expected1`,
… with "type: value", where a value without a type means equals, and `__description`, `__metadata:KEY`.

Assertions that name the answer become reference answers; `is-refusal` says that the documents do not answer;
anything else is listed. Tests of one metadata.conversationId are the turns of one conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from workbench.errors import QuestionError
from workbench.importing.columns import guess_columns
from workbench.importing.formats.shared import recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, RowProblem, Source
from workbench.importing.values import as_text

SAYS_ANSWER = ("equals", "contains", "icontains", "starts-with", "similar", "factuality",
               "model-graded-factuality", "context-recall")  # fmt: skip
"""The assertions whose value is the answer, or words that it must hold."""
SAYS_ANSWERS = ("contains-any", "icontains-any")
"""The assertions whose value is a list of answers, any of which will do."""
CSV_TYPE = re.compile(r"^(?P<type>(?:not-)?[a-z][a-z-]*)(?:\([\d.]+\))?:\s*(?P<value>.*)$", re.DOTALL)
MOST_COMBINATIONS = 1_000
FILE = "file://"


def _tests(source: Source) -> Any:
    """What stands under `tests`; None where there is none."""
    value = source.value
    if isinstance(value, dict):
        config = value.get("config")
        return value.get("tests", config.get("tests") if isinstance(config, dict) else None)
    return value


def _recognise(source: Source) -> Recognition | None:
    if source.kind == "csv":
        expected = [column for column in source.columns if column.startswith("__expected")]
        return recognised_by(source, 0.95, *expected) if expected else None
    tests = _tests(source)
    is_configuration = isinstance(source.value, dict) and "tests" in source.value
    if is_configuration and any(key in source.value for key in ("prompts", "providers", "defaultTest")):
        return Recognition(0.95, "it is a configuration with tests")
    if isinstance(tests, list) and any(
        isinstance(t, dict) and isinstance(t.get("vars"), dict) for t in tests
    ):
        return Recognition(0.95, "its tests have vars")
    return None


def _read(source: Source) -> Content:
    problems = list(source.problems)
    default = source.value.get("defaultTest") if isinstance(source.value, dict) else None
    shared = _mapping(_mapping(default).get("vars"))
    records: list[Record] = []
    conversations: dict[str, list[dict[str, str]]] = {}
    for number, test in _entries(source, problems):
        expected, answerable = _expectations(number, test.get("assert"), problems)
        metadata = _mapping(test.get("metadata"))
        same = {
            "expected": expected,
            "answerable": answerable,
            "description": as_text(test.get("description")),
        }
        same |= {f"metadata.{key}": value for key, value in metadata.items()}
        for variables in _combinations(number, shared | _mapping(test.get("vars")), problems):
            values = {f"vars.{key}": value for key, value in variables.items()} | same
            if conversation := as_text(metadata.get("conversationId")):
                turns = conversations.setdefault(conversation, [])
                values["history"] = list(turns)
                turns.append({"role": "user", "content": _question(values)})
                turns += [{"role": "assistant", "content": answer} for answer in expected[:1]]
            records.append(Record(number, values))
    return Content(tuple(records), (), tuple(problems))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(source: Source, problems: list[RowProblem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row, test) of each test; what is none becomes a problem."""
    if source.kind == "csv":
        yield from ((record.row, _csv_test(record.values)) for record in source.records)
        return
    tests = _tests(source)
    if isinstance(tests, str):
        raise QuestionError(
            f"The tests of {source.name} are in another file: {tests}.", hint="Import that file."
        )
    for number, test in enumerate(tests if isinstance(tests, list) else [], start=1):
        if isinstance(test, dict):
            yield number, test
        else:
            where = f"in another file ({test})" if isinstance(test, str) else "no object"
            problems.append(RowProblem(number, f"this test is {where}; it is left out"))


def _question(values: dict[str, Any]) -> str:
    found = _understand(list(values), ())
    return next((as_text(values[column]) for column, field in found.items() if field == "question"), "")


def _csv_test(cells: dict[str, str]) -> dict[str, Any]:
    """The test of a row of a CSV file, as YAML would have it."""
    assertions = []
    for column, cell in cells.items():
        if column.startswith("__expected") and cell:
            match = CSV_TYPE.match(cell)
            kind = match["type"] if match else "equals"
            value: Any = match["value"] if match else cell
            if kind.endswith(("-any", "-all")):
                value = [part.strip() for part in value.split(",")]
            assertions.append({"type": kind, "value": value})
    return {
        "vars": {column: cell for column, cell in cells.items() if not column.startswith("__")},
        "assert": assertions,
        "description": cells.get("__description"),
        "metadata": {
            column.removeprefix("__metadata:"): cell
            for column, cell in cells.items()
            if column.startswith("__metadata:")
        },
    }


def _combinations(
    number: int, variables: dict[str, Any], problems: list[RowProblem]
) -> Iterator[dict[str, Any]]:
    """The variables of each test that one test stands for: a list is one test per value."""
    choices: dict[str, list[Any]] = {}
    for key, value in variables.items():
        if isinstance(value, str) and value.startswith(FILE):
            problems.append(
                RowProblem(number, f"its variable {key} is in another file ({value}); it is not used")
            )
        elif isinstance(value, list) and value and not any(isinstance(item, dict | list) for item in value):
            choices[str(key)] = value
        else:
            choices[str(key)] = [value]
    for count, combination in enumerate(product(*choices.values())):
        if count == MOST_COMBINATIONS:
            what = f"its variables have more than {MOST_COMBINATIONS:,} combinations; the rest are left out"
            problems.append(RowProblem(number, what))
            return
        yield dict(zip(choices, combination, strict=True))


def _expectations(number: int, value: Any, problems: list[RowProblem]) -> tuple[list[str], bool | None]:
    """(reference answers, whether the documents answer it) as assertions say it; others become problems."""
    answers: list[str] = []
    answerable: bool | None = None
    for assertion in value if isinstance(value, list) else []:
        if not isinstance(assertion, dict):
            continue
        kind, expected = str(assertion.get("type", "")), assertion.get("value")
        if kind == "assert-set":
            inner, says = _expectations(number, assertion.get("assert"), problems)
            answers += inner
            answerable = says if says is not None else answerable
        elif kind == "is-refusal":
            answerable = False
        elif kind in SAYS_ANSWER and as_text(expected) and not as_text(expected).startswith(FILE):
            answers.append(as_text(expected))
        elif kind in SAYS_ANSWERS and isinstance(expected, list):
            answers += [text for item in expected if (text := as_text(item))]
        else:
            problems.append(
                RowProblem(number, f"its assertion {kind!r} is no reference answer; it is not used")
            )
    return list(dict.fromkeys(answers)), answerable


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    found: dict[str, Field] = guess_columns(columns, ("vars.",))
    found |= guess_columns([c for c in columns if c.startswith("metadata.")], ("metadata.",))
    variables = [column for column in columns if column.startswith("vars.")]
    if "question" not in found.values() and len(variables) == 1:
        found[variables[0]] = "question"
    own: dict[str, Field] = {"expected": "answer", "answerable": "answerable", "history": "history"}
    found = {column: field for column, field in found.items() if field not in own.values()}
    return found | {column: field for column, field in own.items() if column in columns}


FORMAT = Format("promptfoo", "promptfoo tests", _recognise, _read, _understand)
