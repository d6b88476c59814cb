"""Tests every built-in entry: it loads, its settings match its function, and it describes itself.
Knows nothing about what any part does."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import PROJECT
from tools.make_tables import BLOCK, as_markdown, files, renew
from workbench.parts.fields import condition_fields, number_fields, word_fields
from workbench.parts.part import JudgedMetric, Part, Score, Strategy, load_function
from workbench.parts.registry import BUILT_IN, get_part, parts_of
from workbench.parts.scores import DEFAULT_SCORES, RUBRIC
from workbench.parts.tables import PLACES, parts_json, settings_of
from workbench.space.scores import expand_score_names

ENTRIES = [part for kind, parts in BUILT_IN.items() if kind is not JudgedMetric for part in parts]
every_entry = pytest.mark.parametrize("part", ENTRIES, ids=lambda part: f"{part.kind} {part.name}")


@every_entry
def test_an_entry_says_what_it_is(part: Part) -> None:
    assert part.label and part.help.endswith(".") and part.version >= 1
    assert all(field.description for field in part.settings.model_fields.values())
    assert get_part(type(part), part.name) is part


@every_entry
def test_an_entry_loads_its_function_whose_defaults_are_the_settings(part: Part) -> None:
    if part.function is None:
        assert not part.settings.model_fields
        return
    function = part.load()
    assert callable(function)
    parameters = inspect.signature(function).parameters
    for name, field in part.settings.model_fields.items():
        default = parameters[name].default
        assert default is inspect.Parameter.empty if field.is_required() else default == field.default


@pytest.mark.parametrize("strategy", parts_of(Strategy).values(), ids=lambda part: part.name)
def test_a_strategy_says_how_many_answers_it_asks_for(strategy: Strategy) -> None:
    assert strategy.count is not None
    given: dict[str, Any] = {field.name: field.start for field in number_fields(strategy)}
    fewest, most = load_function(strategy.count)(30, 40, **given)
    assert 0 < fewest <= most <= 30 * 40


@every_entry
def test_a_page_can_draw_every_setting(part: Part) -> None:
    fields = {field.name: field for field in number_fields(part)}
    words = {field.name: field for field in word_fields(part)}
    conditions = condition_fields(part)
    assert {*fields, *words, *conditions} == part.settings.model_fields.keys()
    assert all(word.start in word.options and word.label for word in words.values())
    for field in fields.values():
        ends = [end for end in (field.low, field.start, field.high) if end is not None]
        assert ends == sorted(ends) and field.label
        for value in ends:
            given = {f.name: f.start for f in fields.values()} | {field.name: value}
            assert part.settings.model_validate(given)


def test_names_are_unique_and_defaults_exist() -> None:
    for parts in BUILT_IN.values():
        assert len({part.name for part in parts}) == len(parts)
    assert set(expand_score_names(DEFAULT_SCORES)) <= set(parts_of(Score))


def test_ladders_end_at_a_judged_score_and_a_rubric_is_none_of_the_names() -> None:
    assert all(s.ladder in parts_of(JudgedMetric) for s in parts_of(Score).values() if s.ladder)
    assert RUBRIC.name not in parts_of(Score)


def test_reading_all_entries_imports_nothing_slow() -> None:
    code = (
        "import sys, workbench.parts.registry, workbench.parts.tables\n"
        "print([m for m in ('numpy', 'scipy', 'ragas', 'optuna', 'sqlmodel', 'workbench.pipeline', "
        "'workbench.search', 'workbench.scoring') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_tables_of_the_docs_are_what_the_entries_say() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in files()}
    for name, text in texts.items():
        assert renew(text) == text, f"{name}: run python -m tools.make_tables"
    shown = {match[2] for text in texts.values() for match in BLOCK.finditer(text)}
    assert shown == set(PLACES)


def test_a_table_has_a_row_per_part_and_its_settings_with_their_defaults() -> None:
    assert as_markdown("search").count("\n") == 2 + len(parts_of(Strategy))
    race = get_part(Strategy, "race")
    assert settings_of(race).startswith("`block` (5): questions") and "`confidence` (0.95)" in settings_of(
        race
    )
    assert {"name", "settings", "help"} <= set(parts_json("rerank")[1])
