"""Shares of liked answers hold whatever the ratings are, and move as ratings say.
Knows nothing about the store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.liked.sweeps import make_answers, thumbs_on
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.liked_json import from_json, to_json
from workbench.analysis.liked.types import Answers, Array, Choice, Liked, LikedEstimates, Thumb

ANSWERS = make_answers()
VOTES = st.lists(
    st.tuples(st.sampled_from(["Ada", "Tove", "Kim"]), st.integers(0, 71), st.booleans()),
    min_size=1,
    max_size=12,
)


def _estimate(answers: Answers, thumbs: list[Thumb], choices: list[Choice] | None = None) -> LikedEstimates:
    found = estimate_liked(answers, thumbs, choices or [])
    assert found is not None
    return found


def _liked(found: LikedEstimates, trial: str, part: str = "search") -> Liked:
    liked = found.of(trial, part)
    assert liked is not None
    return liked


def _means(found: LikedEstimates) -> Array:
    return np.array([liked.mean for liked in found.parts["search"].liked])


@settings(max_examples=12, deadline=None)
@given(votes=VOTES)
def test_whatever_is_rated_shares_and_intervals_stay_between_0_and_1(
    votes: list[tuple[str, int, bool]],
) -> None:
    thumbs = [Thumb(rater, ANSWERS.seen[item], liked) for rater, item, liked in votes]
    found = _estimate(ANSWERS, thumbs)
    for trial in ANSWERS.trial_ids:
        liked = _liked(found, trial)
        assert 0 < liked.low < liked.mean < liked.high < 1
        assert np.mean(list(found.per_answer(trial).values())) == pytest.approx(liked.mean, abs=1e-9)
    difference, low, high = found.difference("t1", "t0")
    assert low < difference < high
    back = found.difference("t0", "t1")
    assert back == pytest.approx((-difference, -high, -low))


@settings(max_examples=5, deadline=None)
@given(votes=VOTES, random=st.randoms(use_true_random=False))
def test_the_order_of_ratings_and_the_names_of_raters_change_nothing(
    votes: list[tuple[str, int, bool]], random: st.DataObject
) -> None:
    unique = {(rater, item): liked for rater, item, liked in votes}
    thumbs = [Thumb(rater, ANSWERS.seen[item], liked) for (rater, item), liked in unique.items()]
    shuffled = list(thumbs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _means(_estimate(ANSWERS, shuffled)) == pytest.approx(_means(_estimate(ANSWERS, thumbs)))
    names = {"Ada": "Zoe", "Tove": "Bo", "Kim": "Ivo"}
    renamed = [replace(thumb, rater=names[thumb.rater]) for thumb in thumbs]
    # Another order of raters draws other random numbers.
    assert _means(_estimate(ANSWERS, renamed)) == pytest.approx(_means(_estimate(ANSWERS, thumbs)), abs=0.04)


def test_the_order_of_trials_changes_no_share_by_more_than_the_draws_vary() -> None:
    thumbs = thumbs_on(ANSWERS, [(n * 3, n % 3 > 0) for n in range(20)])
    before = _estimate(ANSWERS, thumbs)
    turned = replace(
        ANSWERS,
        trial_ids=ANSWERS.trial_ids[::-1],
        facts=ANSWERS.facts[::-1],
        trial=5 - ANSWERS.trial,
    )
    after = _estimate(turned, thumbs)
    for trial in ANSWERS.trial_ids:
        one, other = _liked(before, trial), _liked(after, trial)
        assert one.mean == pytest.approx(other.mean, abs=0.03)
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.25)


def test_without_ratings_of_what_is_shown_there_is_no_estimate() -> None:
    assert estimate_liked(ANSWERS, []) is None
    assert estimate_liked(ANSWERS, [Thumb("Ada", "elsewhere", True)]) is None
    assert estimate_liked(ANSWERS, [], [Choice("Ada", "s0", "elsewhere", "first")]) is None


def test_one_rating_tells_little() -> None:
    found = _estimate(ANSWERS, thumbs_on(ANSWERS, [(0, True)]))
    liked = _liked(found, "t0")
    assert (liked.thumbs, liked.choices, liked.raters) == (1, 0, 1)
    assert liked.low < 0.3 and liked.high > 0.9
    assert _liked(found, "t1").thumbs == 0


def test_equal_ratings_leave_doubt() -> None:
    up = _estimate(ANSWERS, thumbs_on(ANSWERS, [(n, True) for n in range(0, 72, 3)]))
    down = _estimate(ANSWERS, thumbs_on(ANSWERS, [(n, False) for n in range(0, 72, 3)]))
    assert all(0.8 < liked.mean < 1 for liked in up.parts["search"].liked)
    assert all(0.4 < liked.low < liked.mean < liked.high < 1 for liked in up.parts["search"].liked)
    assert all(0 < liked.mean < 0.2 for liked in down.parts["search"].liked)


def test_one_rater_against_another_meet_in_the_middle_however_much_one_rates() -> None:
    thumbs = thumbs_on(ANSWERS, [(n, True) for n in range(0, 72, 2)], "often")
    thumbs += thumbs_on(ANSWERS, [(n, False) for n in range(0, 72, 9)], "seldom")
    found = _estimate(ANSWERS, thumbs)
    assert 0.4 < np.mean(_means(found)) < 0.65  # 0.82 of the thumbs are up
    assert found.disagreement.items == 4 and found.disagreement.share == 1.0
    assert found.disagreement.by_rater == {"often": (36, 1.0), "seldom": (8, 0.0)}


def test_thumbs_count_for_every_trial_that_shows_the_same() -> None:
    answers = make_answers(same=[(5, 0)])
    found = _estimate(answers, thumbs_on(answers, [(n, True) for n in range(12)]))
    assert _liked(found, "t5") == _liked(found, "t0")
    assert _liked(found, "t5").thumbs == 12
    assert _liked(found, "t1").mean < _liked(found, "t0").mean
    assert found.difference("t5", "t0") == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


def test_a_choice_moves_both_trials_and_ties_count_as_thumbs() -> None:
    pairs = [Choice("Ada", f"s{12 + n}", f"s{n}", "first") for n in range(12)]
    found = _estimate(ANSWERS, [], pairs)
    assert found.difference("t1", "t0")[0] > 0.1
    assert _liked(found, "t0").choices == 12 and found.thumbs == 0
    good = _estimate(ANSWERS, [], [replace(pair, outcome="good") for pair in pairs])
    thumbs = _estimate(ANSWERS, thumbs_on(ANSWERS, [(n, True) for n in range(24)]))
    assert _means(good) == pytest.approx(_means(thumbs), abs=0.03)


def test_scores_that_agree_with_people_make_intervals_narrower_and_useless_ones_do_not_matter() -> None:
    random = np.random.default_rng(3)
    quality = random.random(6 * 150)
    answers = make_answers(questions=150, scores=quality[:, None])
    rated = random.choice(900, 60, replace=False)
    thumbs = thumbs_on(answers, [(int(n), bool(quality[n] > 0.5)) for n in rated])
    alone = replace(answers, scores=np.zeros((900, 0)), score_names=())
    useless = replace(answers, scores=random.random((900, 1)))

    def width(of: Answers) -> float:
        liked = _estimate(of, thumbs).parts["search"].liked
        return float(np.mean([one.high - one.low for one in liked]))

    assert width(answers) < 0.75 * width(alone)
    assert width(useless) == pytest.approx(width(alone), rel=0.1)
    assert _estimate(answers, thumbs).weights["score0"] > 1


def test_scores_may_be_missing_and_constant() -> None:
    scores = np.column_stack([ANSWERS.scores, np.full(72, np.nan), np.full(72, 0.5), ANSWERS.scores])
    scores[::4, 3] = np.nan
    answers = replace(ANSWERS, scores=scores, score_names=("a", "none", "same", "some"))
    found = _estimate(answers, thumbs_on(answers, [(0, True), (40, False)]))
    assert set(found.weights) == {"a", "some", "some missing"}
    assert np.isfinite(_means(found)).all()


def test_a_trial_whose_answers_failed_has_no_share_and_the_others_keep_theirs() -> None:
    left = ANSWERS.trial != 2
    answers = replace(
        ANSWERS,
        trial=ANSWERS.trial[left],
        question=ANSWERS.question[left],
        item=ANSWERS.item[left],
        scores=ANSWERS.scores[left],
    )
    found = _estimate(answers, thumbs_on(answers, [(0, True), (40, False)]))
    assert found.of("t2") is None and found.per_answer("t2") == {}
    assert found.of("t3") is not None
    with pytest.raises(KeyError):
        found.difference("t2", "t0")


def test_held_out_questions_have_estimates_of_their_own() -> None:
    answers = make_answers(holdout=4)
    found = _estimate(answers, thumbs_on(answers, [(n, True) for n in range(8)]))
    assert _liked(found, "t0").thumbs == 8 and _liked(found, "t0", "holdout").thumbs == 0
    assert len(found.per_answer("t0", "holdout")) == 4


def test_questions_of_one_cluster_tell_less_than_as_many_on_their_own() -> None:
    random = np.random.default_rng(8)
    quality = np.tile(np.repeat(random.random(4), 10), 6)  # ten wordings of each of four questions
    answers = make_answers(questions=40, scores=quality[:, None])
    thumbs = thumbs_on(answers, [(n, bool(quality[n] > 0.5)) for n in range(0, 240, 2)])
    one = replace(answers, clusters=np.repeat(np.arange(4), 10))
    apart, together = _liked(_estimate(answers, thumbs), "t0"), _liked(_estimate(one, thumbs), "t0")
    assert together.high - together.low > 1.2 * (apart.high - apart.low)


def test_they_are_the_same_after_they_were_written_as_json() -> None:
    answers = make_answers(holdout=4)
    found = _estimate(
        answers, thumbs_on(answers, [(0, True), (40, False)]), [Choice("Bo", "s1", "s13", "first")]
    )
    again = from_json(to_json(found))
    assert again.parts["search"].liked == found.parts["search"].liked
    assert again.difference("t1", "t0") == pytest.approx(found.difference("t1", "t0"), abs=1e-4)
    assert again.per_answer("t3") == pytest.approx(found.per_answer("t3"), abs=1e-4)
    assert again.disagreement.by_rater.keys() == {"Ada", "Bo"}
    assert (again.thumbs, again.choices, again.raters) == (2, 1, 2)


def test_intervals_hold_the_truth_in_a_small_simulation() -> None:
    """The full one is `python -m benchmarks liked`."""
    covered = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        level = random.normal(0.3, 0.4, 6)
        quality = np.repeat(level, 30) + random.normal(0, 1.5, 180)
        answers = make_answers(questions=30, scores=(quality + random.normal(0, 0.5, 180))[:, None])
        chance = 1 / (1 + np.exp(-quality))
        truth = [np.mean(1 / (1 + np.exp(-(mean + random.normal(0, 1.5, 4_000))))) for mean in level]
        rated = random.choice(180, 30, replace=False)
        found = _estimate(answers, thumbs_on(answers, [(int(n), random.random() < chance[n]) for n in rated]))
        liked = found.parts["search"].liked
        covered += [one.low <= share <= one.high for one, share in zip(liked, truth, strict=True)]
    assert np.mean(covered) > 0.88
