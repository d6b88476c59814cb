"""What to rate next is what tells most about the leader's lead, and there is an end to it.
Knows nothing about pages."""

from __future__ import annotations

import pytest

from tests.analysis.liked.sweeps import make_answers, thumbs_on
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.next_rating import NextRatings, find_next_ratings
from workbench.analysis.liked.types import Answers, Thumb

ANSWERS = make_answers()
FEW = thumbs_on(ANSWERS, [(3, True), (17, False), (30, True), (44, False), (66, True)])


def _next(answers: Answers, thumbs: list[Thumb], **more: object) -> NextRatings:
    estimates = estimate_liked(answers, thumbs)
    assert estimates is not None
    return find_next_ratings(answers, thumbs, [], estimates, **more)  # type: ignore[arg-type]


def test_it_names_the_leader_and_gives_each_candidate_once_with_a_reason() -> None:
    found = _next(ANSWERS, FEW, count=15)
    shares = estimate_liked(ANSWERS, FEW)
    assert shares is not None
    means = {t: liked.mean for t, liked in zip(ANSWERS.trial_ids, shares.parts["search"].liked, strict=True)}
    assert found.leader == max(means, key=lambda trial: means[trial]) and found.rival != found.leader
    assert len({candidate.seen for candidate in found.candidates}) == 15
    assert all(c.worth > 0 and 0 <= c.narrows < 1 for c in found.candidates)
    assert [len(c.seen) for c in found.candidates] == [1 + (c.kind == "choice") for c in found.candidates]


def test_what_the_person_has_rated_or_chosen_is_not_asked_again() -> None:
    thumbs = _next(ANSWERS, FEW, count=100, kinds=("thumb",), rated={t.seen for t in FEW})
    assert {c.kind for c in thumbs.candidates} == {"thumb"}
    assert {c.seen[0] for c in thumbs.candidates} == set(ANSWERS.seen) - {t.seen for t in FEW}
    first = _next(ANSWERS, FEW, count=1, kinds=("choice",)).candidates[0]
    a, b = sorted(first.seen)
    again = _next(ANSWERS, FEW, count=500, kinds=("choice",), chosen={(a, b)})
    assert first.seen not in [c.seen for c in again.candidates]


def test_the_two_sides_of_a_choice_answer_one_question() -> None:
    place = {key: n for n, key in enumerate(ANSWERS.seen)}
    for candidate in _next(ANSWERS, FEW, kinds=("choice",)).candidates:
        one, other = (place[key] % 12 for key in candidate.seen)
        assert one == other


def test_it_says_how_many_more_would_decide_and_that_it_is_decided() -> None:
    few = _next(ANSWERS, FEW).outlook
    assert few.state in ("some", "many", "never")
    votes = [(n, n >= 60) for n in range(72)]  # all of the last trial are liked, and nothing else
    many = [t for rater in "ab" for t in thumbs_on(ANSWERS, votes, rater)]
    decided = _next(ANSWERS, many).outlook
    assert decided.state == "decided" and decided.ratings == 0
    some = _next(ANSWERS, thumbs_on(ANSWERS, votes)[::4]).outlook
    assert some.state == "some" and some.ratings is not None


@pytest.mark.parametrize("trials", [1])
def test_with_one_configuration_there_is_nothing_to_decide(trials: int) -> None:
    answers = make_answers(trials=trials)
    found = _next(answers, thumbs_on(answers, [(0, True)]))
    assert found.leader is None and not found.candidates and found.outlook.state == "decided"
