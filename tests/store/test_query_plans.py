"""The query plans of the queries that could be slow in a large store: which index SQLite starts from.
Knows nothing about time: the plan is the same on an empty store, and a wrong plan is what takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.exc import NoResultFound

from tests.statements import statements_of
from workbench.settings import Settings
from workbench.store.answer_filters import (
    AnswerFilter,
    Matches,
    WorstFirst,
    count_experiment_answers,
    count_matches,
    locate_worst,
)
from workbench.store.answer_list import list_answers
from workbench.store.answers import find_answers
from workbench.store.comparisons import get_score_cells
from workbench.store.database import Store, open_store
from workbench.store.ledger import find_calls, get_bill, get_spend
from workbench.store.matrix import count_questions, find_rows, get_columns
from workbench.store.matrix_types import MatrixFilter, Scale
from workbench.store.preferences import count_preferences
from workbench.store.summaries import count_ratings, get_score_means

ID = "b9fa4e0c"
BY_ANSWER = "USING INDEX sqlite_autoindex_score_1 (answer_id=? AND name=?)"
BY_VALUE = "USING COVERING INDEX ix_score_value (name=?"
OF_TRIAL = "answer USING INDEX sqlite_autoindex_answer_1 (trial_id=?)"
SCALE = Scale("grounding", 1, 0.5, 0.5)
COUNTED = "answer USING COVERING INDEX ix_answer_counted (trial_id=?)"


def plan_of(store: Store, ask: Callable[[Store], object]) -> str:
    """SQLite's query plan, one line per step."""
    with statements_of(store) as asked, suppress(NoResultFound):  # nothing is in it
        ask(store)
    with store.reader.connect() as connection:
        steps = [
            row[3]
            for sql, parameters in asked
            if sql.lstrip().startswith(("SELECT", "WITH"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        ]
    return "\n".join(steps)


@pytest.mark.parametrize(
    ("ask", "begins", "never"),
    [
        pytest.param(
            lambda s: find_rows(s, ID, ["a", "b"], SCALE, MatrixFilter("flips", tag="t")), BY_ANSWER, BY_VALUE, id="matrix"
        ),
        pytest.param(
            lambda s: count_questions(s, ID, ["a", "b"], SCALE, MatrixFilter()), OF_TRIAL, "SCAN answer", id="filters"
        ),
        pytest.param(lambda s: get_columns(s, ["a", "b"], SCALE), OF_TRIAL, BY_VALUE, id="columns"),
        pytest.param(lambda s: get_score_cells(s, ID, "grounding"), BY_ANSWER, BY_VALUE, id="all trials"),
        pytest.param(lambda s: get_score_means(s, ["a"], ["grounding"]), BY_ANSWER, BY_VALUE, id="means"),
        pytest.param(
            lambda s: count_matches(s, ID, AnswerFilter(below=("grounding", 0.5))), BY_VALUE, BY_ANSWER, id="below"
        ),
        pytest.param(
            lambda s: count_matches(s, ID, AnswerFilter(worst_first=WorstFirst("grounding"))), BY_VALUE, BY_ANSWER,
            id="worst",
        ),
        pytest.param(
            lambda s: count_matches(s, ID, AnswerFilter(liked=-1)), "ix_answer_seen (seen=?)", "SCAN answer",
            id="disliked",
        ),
        pytest.param(
            lambda s: count_matches(s, ID, AnswerFilter(trial_id="a", below=("grounding", 0.5))), BY_ANSWER, BY_VALUE,
            id="below in a trial",
        ),
        pytest.param(
            lambda s: find_answers(s, ID, AnswerFilter(below=("grounding", 0.5)), limit=1), BY_ANSWER, BY_VALUE,
            id="answers below",
        ),
        pytest.param(
            lambda s: find_answers(s, ID, AnswerFilter(worst_first=WorstFirst("grounding")), limit=1), BY_VALUE,
            "TEMP B-TREE", id="answers, worst first",
        ),
        pytest.param(
            lambda s: locate_worst(s, ID, AnswerFilter(worst_first=WorstFirst("grounding")), 0), BY_VALUE, "TEMP B-TREE",
            id="the worst",
        ),
        pytest.param(
            lambda s: list_answers(s, ID, AnswerFilter(), Matches((("a", 9), ("b", 9))), 5, ["grounding"]),
            "answer USING INDEX ix_answer_counted (trial_id=?)", "SCAN answer", id="list",
        ),
        pytest.param(lambda s: count_experiment_answers(s, ID), COUNTED, "TEMP B-TREE", id="tally"),
        pytest.param(lambda s: count_ratings(s, ID), "ix_answer_seen (seen=?)", "SCAN answer", id="thumbs"),
        pytest.param(lambda s: count_preferences(s, ID), "ix_answer_seen (seen=?)", "(trial_id=?)", id="choices"),
        pytest.param(lambda s: get_spend(s, ID), "COVERING INDEX ix_call_spent (experiment_id=?)", "SCAN", id="spend"),
        pytest.param(lambda s: get_bill(s, 0.0), "COVERING INDEX ix_call_spent_when", "SCAN", id="bill"),
        pytest.param(lambda s: find_calls(s, ["a"]), "call USING INDEX uq_call_key_ok (key=?)", "SCAN call", id="calls"),
    ],
)  # fmt: skip
def test_a_page_asks_from_the_end_where_little_is_read(
    settings: Settings, ask: Callable[[Store], object], begins: str, never: str
) -> None:
    plan = plan_of(open_store(settings.database), ask)
    assert begins in plan and never not in plan, plan
