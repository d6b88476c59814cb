"""The score `novelty`, and the verdict on the questions of served requests.
Knows nothing about how requests are stored while serving."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.watch.conftest import Checked
from workbench.corpus.types import Turn
from workbench.providers.embedded.encoder import shared_encoder
from workbench.ship.kept_questions import KnownQuestion, KnownQuestions
from workbench.ship.packed_vectors import pack_vector, unpack_vector
from workbench.ship.winner import Winner
from workbench.store.serving.records import ServedRequest, ServedScore
from workbench.store.serving.requests import add_requests
from workbench.watch.check import exported_at
from workbench.watch.faults import FAR
from workbench.watch.new_subjects import group_subjects
from workbench.watch.novelty import FEWEST_KNOWN, Novelty
from workbench.watch.question_verdict import judge_questions

PRODUCTS = "kettle lantern ladder wagon anchor basket candle drum engine ferry".split()
SWEEP = [f"How long can a {p} be returned?" for p in PRODUCTS] + [
    f"What does the {p} cost?" for p in PRODUCTS
]
SWEEP += [f"Is the {p} waterproof?" for p in PRODUCTS]
PAYROLL = [
    "How many vacation days do employees have each year?", "How many days of vacation does an employee get?",
    "Do vacation days of employees expire in March?", "Can employees sell their vacation days?",
]  # fmt: skip


def known(texts: Sequence[str] = SWEEP, *, packed: bool = False) -> KnownQuestions:
    encoder = shared_encoder()
    vectors = encoder.encode(texts)
    return KnownQuestions(
        encoder=encoder.identity,
        all=len(texts),
        questions=[
            KnownQuestion(
                id=f"q{n}", tags=["returns" if "returned" in text else "other"], cluster=f"section {n}",
                text="" if packed else text, vector=pack_vector(vectors[n]) if packed else "",
            )
            for n, text in enumerate(texts)
        ],
    )  # fmt: skip


@pytest.fixture
def winner(checked: Checked) -> Winner:
    return checked.winner.model_copy(update={"questions": known()})


def test_a_question_like_the_sweeps_is_near_and_one_about_something_else_is_far(winner: Winner) -> None:
    for packed in (False, True):
        novelty = Novelty(winner.model_copy(update={"questions": known(packed=packed)}))
        near = novelty.score("How long may I return a kettle?")
        assert near.status == "ok" and near.value is not None and near.value < FAR
        assert near.detail["nearest"] == "q0" and near.detail["tags"] == ["returns"]
        assert near.detail["cluster"] == "section 0"
        far = novelty.score(PAYROLL[0])
        assert far.value is not None and far.value > FAR
        assert novelty.score(SWEEP[3]).value == 0.0


def test_a_follow_up_is_compared_with_the_question_before_it(winner: Winner) -> None:
    novelty = Novelty(winner)
    alone = novelty.score("And the ladder?")
    history = (Turn("user", "How long can a kettle be returned?"), Turn("assistant", "30 days."))
    after = novelty.score("And the ladder?", history)
    assert alone.value is not None and after.value is not None and after.value < alone.value


def test_wordings_of_one_fact_do_not_make_everything_else_far(winner: Winner) -> None:
    twice = known([*SWEEP, *(f"{text} Please tell me." for text in SWEEP)])
    grouped = [q.model_copy(update={"group": f"g{n % len(SWEEP)}"}) for n, q in enumerate(twice.questions)]
    alone = Novelty(winner.model_copy(update={"questions": twice})).distances
    together = Novelty(
        winner.model_copy(update={"questions": twice.model_copy(update={"questions": grouped})})
    ).distances
    assert float(together[len(together) // 2]) > 2 * float(alone[len(alone) // 2])


def test_it_says_why_there_is_no_score(winner: Winner) -> None:
    few = winner.model_copy(update={"questions": known(SWEEP[: FEWEST_KNOWN - 1])})
    older = winner.model_copy(update={"questions": None})
    other = known(packed=True).model_copy(update={"encoder": "embedded/minilm@other"})
    damaged = known(packed=True)
    damaged = damaged.model_copy(
        update={"questions": [q.model_copy(update={"vector": "%"}) for q in damaged.questions]}
    )
    for given, words in (
        (few, "at least 20"), (older, "export it again"),
        (winner.model_copy(update={"questions": other}), "another version"),
        (winner.model_copy(update={"questions": damaged}), "damaged"),
    ):  # fmt: skip
        score = Novelty(given).score("What does the kettle cost?")
        assert score.status == "not_applicable" and score.value is None and words in score.reason
    assert "not kept" in Novelty(winner).score("").reason


def test_packed_vectors_keep_their_cosines() -> None:
    first, second = shared_encoder().encode(SWEEP[:2])
    cosine = float(first @ second)
    assert float(unpack_vector(pack_vector(first)) @ unpack_vector(pack_vector(second))) == pytest.approx(
        cosine, abs=0.01
    )


def test_new_subjects_are_named_by_their_words() -> None:
    other = [
        "Where is the nearest car park of the office?",
        "Is there a car park at the office?",
        "Does the car park of the office charge cars?",
    ]
    questions = [(f"r{n}", text) for n, text in enumerate([*PAYROLL, *other, "Zebras?"])]
    first, second = group_subjects(questions, shared_encoder())
    assert "vacation" in first.name and first.requests == ("r0", "r1", "r2", "r3")
    assert "park" in second.name and "vacation" not in second.name
    assert group_subjects(questions[:2], shared_encoder()) == []


def ask(checked: Checked, count: int, *, far: int, name: str = "r") -> None:
    """Store requests of the service, some of them far from the sweep's."""
    start = exported_at(checked.winner)
    service = checked.check(0)["service"]
    with checked.runner.store.write() as session:
        for n in range(count):
            score = ServedScore("novelty", 0.99 if n < far else 0.4, "ok")
            text = PAYROLL[n % 4] if n < far else SWEEP[n % 30]
            add_requests(
                session, [ServedRequest(f"{name}{n}", service, start + 60 * n, text, scores=(score,))]
            )


def test_questions_far_from_the_sweep_are_a_verdict_of_their_own(checked: Checked) -> None:
    ask(checked, 60, far=20)
    found = checked.check(1)
    assert found["verdicts"]["questions"] == "changed" and found["verdicts"]["answers"] == "unchanged"
    why = found["why"]["questions"]
    assert why["requests"] == 60 and why["far"] == 20 and why["low"] < 1 / 3 < why["high"]
    assert "vacation" in why["subjects"][0]["name"] and "New subjects" in why["sentences"][1]
    store = checked.runner.store
    assert judge_questions(store, found["service"], exported_at(checked.winner) + 10_000) is None


def test_a_few_far_questions_are_nothing_new_and_few_requests_tell_nothing(checked: Checked) -> None:
    ask(checked, 19, far=10)
    assert checked.check(1)["verdicts"]["questions"] == "cannot be told"
    ask(checked, 400, far=0, name="s")
    assert checked.check(2)["verdicts"]["questions"] == "unchanged"
