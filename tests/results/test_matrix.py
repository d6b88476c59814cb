"""The matrix in SQL says what a plain computation over the same answers says, and agrees with the tests of pairs.
Knows nothing about pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.corpus.types import Question, probe_id
from workbench.results.matrix import get_matrix, matrix_table, scale_of
from workbench.results.summarise import compare_with_one
from workbench.space.experiment import Experiment, Objective
from workbench.space.search_space import expand
from workbench.store.answers import add_answers
from workbench.store.comparisons import get_score_cells
from workbench.store.database import Store, open_store
from workbench.store.experiments import create_experiment
from workbench.store.ledger import add_calls
from workbench.store.matrix import find_rows
from workbench.store.matrix_types import EQUAL_WITHIN, ORDERS, SHOWS, Cell, MatrixFilter, Order, Scale, Show
from workbench.store.ratings import put_rating
from workbench.store.records import CallRecord, ExperimentQuestion, NewAnswer, Rating, ScoreRecord
from workbench.store.trials import get_trials

TAGS = ("prices", "returns")
numbers = itertools.count()


@dataclass(frozen=True)
class Given:
    """One answer: whose, to what, and what became of it."""

    trial: int
    question: int
    repeat: int
    state: str
    """The state: "ok", "failed" or "empty"."""
    status: str
    """The score's: "ok", "failed" or "not_applicable"."""
    value: float
    grounding: float | None
    thumb: int
    text: str
    tokens: int


values = st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
answers = st.builds(
    Given,
    trial=st.integers(0, 3),
    question=st.integers(0, 5),
    repeat=st.integers(0, 2),
    state=st.sampled_from(["ok", "ok", "ok", "failed", "empty"]),
    status=st.sampled_from(["ok", "ok", "ok", "failed", "not_applicable"]),
    value=values,
    grounding=st.none() | values,
    thumb=st.sampled_from([0, 0, 0, 1, -1]),
    text=st.sampled_from(["yes", "no"]),
    tokens=st.integers(1, 5),
)
drawn = st.lists(answers, unique_by=lambda a: (a.trial, a.question, a.repeat), max_size=50)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("matrix") / "workbench.db")
    yield opened
    opened.dispose()


def text_of(question: int) -> str:
    return f"What does number {question} cost, in 100 % or _all_ cases?"


def make(store: Store, found: list[Given], *, probes: bool = False) -> tuple[str, list[str]]:
    """Store an experiment with these answers; return its id and those of its trials."""
    experiment = Experiment.model_validate(
        {
            "name": "t", "corpus": "c", "models": [{"name": "embedded/extractive"}],
            "prompts": [{"name": f"p{n}", "template": f"{{question}} {n}"} for n in range(4)],
            "retrieval": {"retriever": ["keyword"], "embedding": [{"name": "embedded/minilm", "kind": "embedding"}]},
        }
    )  # fmt: skip
    questions = [Question(f"q~{n}", text_of(n), tags=(TAGS[n % 2],)) for n in range(6)]
    experiment_id = create_experiment(
        store, experiment, configs=expand(experiment).configs, corpus_path="c", corpus_version="1",
        questions=[ExperimentQuestion(q, "search", 5 - at) for at, q in enumerate(questions)],
        today="2026-01-01", prices={},
    )  # fmt: skip
    ids = [trial.id for trial in get_trials(store, experiment_id)]
    calls, rows, seen = [], [], []
    for given_answer in found:
        key = f"call {next(numbers)}"
        calls.append(CallRecord(key, "generate", "m", "m", "ok", text=given_answer.text))
        seen.append((key, given_answer.thumb))
        rows.append(answer_row(given_answer, ids, key, probes=probes))
    with store.write() as session:
        add_calls(session, calls)
        add_answers(session, rows)
    for key, thumb in seen:
        if thumb:
            put_rating(store, Rating(key, "Ada", thumb, "", "q", "a", (), 0.0))
    return experiment_id, ids


def answer_row(a: Given, ids: list[str], key: str, *, probes: bool) -> NewAnswer:
    failed = a.state != "ok"
    score = ScoreRecord("correctness", key, a.value if a.status == "ok" else None, a.status)
    grounding = [] if a.grounding is None else [ScoreRecord("grounding", f"{key}g", a.grounding, "ok")]
    is_probe = probes and a.repeat > 0
    question = f"q~{a.question}"
    return NewAnswer(
        trial_id=ids[a.trial], question_id=probe_id(question, "bias", f"v{a.repeat}") if is_probe else question,
        repeat=0 if is_probe else a.repeat, part="probe" if is_probe else "search",
        state="failed" if failed else "ok", ranking_key=None, call_key=None if failed else key, passages=0,
        reused=False, seen=key, refused=False, cost_usd=None, seconds=0.0, tokens=a.tokens,
        error_kind={"failed": "timeout", "empty": "empty"}.get(a.state), scores=(score, *grounding),
    )  # fmt: skip


def plain_cell(of_cell: list[Given], scale: Scale, *, probes: bool) -> Cell:
    """What the store reads, computed from the answers of one trial to one question."""
    own = [a for a in of_cell if not (probes and a.repeat)]
    if scale.name == "tokens_per_answer":
        scored = [float(a.tokens) for a in own if a.state == "ok"]
    else:
        scored = [a.value for a in of_cell if a.state != "failed" and a.status == "ok"]
    return Cell(
        value=sum(scored) / len(scored) if scored else None,
        answers=len(own),
        failed=sum(a.state == "failed" for a in own),
        not_applicable=sum(a.status == "not_applicable" for a in own) if scale.name == "correctness" else 0,
        ungrounded=any(a.grounding is not None and a.grounding < scale.ungrounded_below for a in own),
        liked=any(a.thumb == 1 for a in own),
        disliked=any(a.thumb == -1 for a in own),
    )


@dataclass(frozen=True)
class PlainQuestion:
    """A question's cells in the order of the trials, None where nothing was asked."""

    number: int
    cells: list[Cell | None]
    texts: set[str]

    def gains(self, scale: Scale, against: int | None) -> list[float]:
        first = self.cells[0].value if self.cells[0] else None
        others = [c for at, c in enumerate(self.cells) if at and against in (None, at)]
        compared = [c.value for c in others if c is not None and c.value is not None]
        return [scale.sign * (value - first) for value in compared] if first is not None else []

    def shows(self, show: Show, scale: Scale, against: int | None) -> bool:
        cells = [c for c in self.cells if c is not None]
        right = [
            scale.is_right(c.value) for c in cells if c.value is not None and scale.right_from is not None
        ]
        gains = self.gains(scale, against)
        better, worse = any(g > EQUAL_WITHIN for g in gains), any(g < -EQUAL_WITHIN for g in gains)
        return {
            "all": True,
            "wrong": bool(right) and not any(right),
            "flips": any(right) and not all(right),
            "better": better,
            "worse": worse,
            "same": bool(gains) and not better and not worse,
            "differ": len(self.texts) > 1,
            "failed": any(c.failed for c in cells),
            "ungrounded": any(c.ungrounded for c in cells),
            "disliked": any(c.disliked for c in cells),
        }[show]

    def place(self, order: Order, scale: Scale, against: int | None) -> tuple[bool, float]:
        scored = [c.value for c in self.cells if c is not None and c.value is not None]
        gains = self.gains(scale, against)
        wrong = sum(not scale.is_right(v) for v in scored) if scale.right_from is not None else 0
        value = {
            "spread": -(max(scored) - min(scored)) if scored else None,
            "gain": -sum(gains) / len(gains) if gains else None,
            "loss": sum(gains) / len(gains) if gains else None,
            "wrong": float(-wrong),
            "position": 0.0,
        }[order]
        return value is None, round(value or 0.0, 6)


def plain(found: list[Given], trials: list[int], scale: Scale, *, probes: bool) -> list[PlainQuestion]:
    questions = []
    for number in range(6):
        of_question = [a for a in found if a.question == number and a.trial in trials]
        cells: list[Cell | None] = []
        for trial in trials:
            of_cell = [a for a in of_question if a.trial == trial]
            cells.append(plain_cell(of_cell, scale, probes=probes) if of_cell else None)
        texts = {a.text if a.state == "ok" else "" for a in of_question if a.repeat == 0}
        if of_question:
            questions.append(PlainQuestion(number, cells, texts))
    return questions


scales = st.sampled_from(
    [
        Scale("correctness", 1, 0.5, 0.5),
        Scale("correctness", -1, 0.3, 0.5),
        Scale("correctness", 1, None, 0.5),
        Scale("tokens_per_answer", -1, None, 0.5),
    ]
)
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(
    found=drawn, scale=scales, trials=st.permutations(range(4)).map(lambda p: p[:3]), probes=st.booleans(),
    show=st.sampled_from(SHOWS), order=st.sampled_from(ORDERS), against=st.sampled_from([None, 1, 2]),
    tag=st.sampled_from([None, *TAGS]), holds=st.sampled_from([None, "NUMBER 3", "100 % or _all", "nothing"]),
)  # fmt: skip
def test_questions_are_found_counted_and_ordered_as_a_plain_computation_does(
    store: Store, found: list[Given], scale: Scale, trials: list[int], probes: bool, show: Show, order: Order,
    against: int | None, tag: str | None, holds: str | None,
) -> None:  # fmt: skip
    experiment_id, ids = make(store, found, probes=probes)
    chosen = [ids[t] for t in trials]
    wanted = MatrixFilter(show, chosen[against] if against else None, tag, holds, order)
    everything = [
        q
        for q in plain(found, trials, scale, probes=probes)
        if tag in (None, TAGS[q.number % 2]) and (holds is None or holds.lower() in text_of(q.number).lower())
    ]
    kept = [q for q in everything if q.shows(show, scale, against)]
    kept.sort(key=lambda q: (*q.place(order, scale, against), 5 - q.number))

    rows = find_rows(store, experiment_id, chosen, scale, wanted, limit=None)
    assert [row.question_id for row in rows] == [f"q~{q.number}" for q in kept]
    for row, q in zip(rows, kept, strict=True):
        assert row.text == text_of(q.number) and row.tags == (TAGS[q.number % 2],)
        for trial, cell in zip(chosen, q.cells, strict=True):
            stored = row.cells.get(trial)
            assert (stored is None) == (cell is None)
            if stored is not None and cell is not None:
                assert vars(stored) == pytest.approx(vars(cell))
    halves = [
        find_rows(store, experiment_id, chosen, scale, wanted, offset=at, limit=2)
        for at in range(0, len(rows), 2)
    ]
    assert list(itertools.chain(*halves)) == rows

    matrix = get_matrix(store, experiment_id, chosen, scale, wanted)
    assert matrix.counts == {s: sum(q.shows(s, scale, against) for q in everything) for s in SHOWS}
    for at, trial in enumerate(chosen):
        check_column(matrix.columns[trial], plain(found, trials, scale, probes=probes), at, scale)
    head, lines = matrix_table(store, experiment_id, {t: t for t in chosen}, scale, wanted)
    assert head[3:] == [f"{scale.name}: {trial}" for trial in chosen]
    assert [line[0] for line in lines] == [row.question_id for row in rows]


def check_column(column: object, questions: list[PlainQuestion], at: int, scale: Scale) -> None:
    own = [c.value for q in questions if (c := q.cells[at]) is not None and c.value is not None]
    gains = [g for q in questions for g in (q.gains(scale, at) if at else [])]
    right = sum(scale.is_right(v) for v in own)
    assert vars(column) == pytest.approx(
        {
            "scored": len(own),
            "right": right,
            "mean": sum(own) / len(own) if own else None,
            "better": sum(g > EQUAL_WITHIN for g in gains),
            "worse": sum(g < -EQUAL_WITHIN for g in gains),
            "same": sum(abs(g) <= EQUAL_WITHIN for g in gains),
        }
    )


@settings(many, max_examples=15)
@given(found=drawn)
def test_the_tally_agrees_with_the_test_of_the_pair_that_the_leaderboard_shows(
    store: Store, found: list[Given]
) -> None:
    experiment_id, ids = make(store, found)
    scale = scale_of(Objective(maximize="correctness"), "correctness")
    matrix = get_matrix(store, experiment_id, ids, scale, MatrixFilter())
    cells = {
        (trial, question): mean
        for trial, question, mean in get_score_cells(store, experiment_id, "correctness")
    }
    rows = find_rows(store, experiment_id, ids, scale, MatrixFilter(), limit=None)
    read = {(t, r.question_id): c.value for r in rows for t, c in r.cells.items() if c.value is not None}
    assert read == pytest.approx(cells)
    if not cells:
        return
    for comparison in compare_with_one(store, experiment_id, ids[1:], ids[0], "correctness"):
        column = matrix.columns[comparison.trial_id]
        assert column.better + column.worse + column.same == comparison.questions
        if comparison.better is not None:
            assert (column.better if comparison.better else column.worse) > 0
        if comparison.questions and column.same == comparison.questions:
            assert comparison.better is None and comparison.mean == pytest.approx(0.0)


def test_what_is_right_follows_the_score_and_nothing_is_right_by_a_cost() -> None:
    objective = Objective(maximize="correctness")
    correct, toxic = scale_of(objective, "correctness"), scale_of(objective, "toxicity")
    assert correct.sign == 1 and correct.is_right(0.5) and not correct.is_right(0.49)
    assert toxic.sign == -1 and toxic.is_right(0.1) and not toxic.is_right(0.9)
    assert scale_of(objective, "cost_per_1k_questions").right_from is None
    assert scale_of(objective, "cost_per_1k_questions").sign == -1
    assert scale_of(objective, "retrieval_precision").right_from is None
    # An objective that wants it the other way round: what is better is said, what is right is not.
    assert scale_of(Objective(minimize="correctness"), "correctness").right_from is None
