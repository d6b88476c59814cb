"""Figures over time are what the requests say, whether texts were kept or not."""

from __future__ import annotations

import time
from itertools import count
from random import Random

import pytest

from tests.watch.traffic import BEGIN, DAY, Asked, groundings, make_service, put_day, put_days
from workbench.errors import InputError
from workbench.input.time_span import HOUR
from workbench.store.database import Store
from workbench.store.ratings import put_rating
from workbench.store.records import Rating
from workbench.store.serving.traffic import Window
from workbench.store.serving.worst_requests import find_worst
from workbench.watch.figures import BY_NAME, check_names, daily_figures, total_figures
from workbench.watch.standing import bad_answers

NOW = BEGIN + 3 * DAY


def _thumb(seen: str, value: int, at: float, rater: str = "ada") -> Rating:
    return Rating(seen, rater, value, "", "q", "a", (), at)


def test_each_figure_counts_what_it_is_of(store: Store) -> None:
    make_service(store)
    put_day(
        store,
        0,
        [
            Asked(1.0, seconds=1.0, cost_usd=0.002, tokens=100),
            Asked(0.2, seconds=3.0, cost_usd=0.004, tokens=300),
            Asked(None, refused=True, seconds=2.0, cost_usd=None, tokens=200),
            Asked(1.0, cached=True, seconds=0.001, cost_usd=0.0, tokens=0),
            Asked(None, state="failed", seconds=9.0),
            Asked(None, state="cancelled", seconds=9.0),
        ],
    )
    [day] = daily_figures(store, "s1")
    found = {name: (value.mean, value.count) for name, value in day.values.items()}
    assert found == {
        "grounding": (pytest.approx(2.2 / 3), 3),
        "ungrounded": (pytest.approx(1 / 3), 3),
        "refusals": (0.25, 4),
        "toxicity": (pytest.approx(0.001), 4),
        "personal_data": (0.0, 4),
        "failures": (0.2, 5),
        "cost_usd": (pytest.approx(0.003), 2),
        "tokens": (200.0, 3),
        "seconds": (2.0, 3),
    }
    assert (day.requests, day.cached, day.start) == (6, 1, BEGIN)
    assert (day.seconds_p50, day.seconds_p95) == (2.0, 3.0)
    assert all(value.low <= value.mean <= value.high for value in day.values.values())


def test_days_hours_and_the_whole(store: Store) -> None:
    make_service(store)
    put_days(store, range(3), lambda day: Asked(0.5 + 0.1 * day), per_day=24)
    assert [round(day.values["grounding"].mean, 3) for day in daily_figures(store, "s1")] == [0.5, 0.6, 0.7]
    hours = daily_figures(store, "s1", since=BEGIN + DAY, until=BEGIN + 2 * DAY, every=HOUR)
    assert [hour.requests for hour in hours] == [1] * 24
    whole = total_figures(store, "s1")
    assert whole is not None and whole.requests == 72 and whole.values["grounding"].mean == pytest.approx(0.6)
    assert total_figures(store, "s1", since=NOW) is None


def test_a_request_with_two_tags_is_in_both(store: Store) -> None:
    make_service(store)
    put_day(store, 0, [Asked(1.0, tags=("a", "b"), cluster="x"), Asked(0.0, tags=("b",)), Asked(0.5)])
    by_tag = {part.part: part.values["grounding"].mean for part in daily_figures(store, "s1", by="tag")}
    assert by_tag == {"a": 1.0, "b": 0.5}
    assert [part.part for part in daily_figures(store, "s1", by="cluster")] == ["x"]
    [b] = daily_figures(store, "s1", by="tag", part="b", every=None)
    assert b.requests == 2 and b.seconds_p50 == 1.0


def test_a_thumb_counts_once_on_the_day_on_which_it_was_given(store: Store) -> None:
    make_service(store)
    put_day(store, 0, [Asked(seen="s"), Asked(seen="s"), Asked(seen="t")])
    put_day(store, 2, [Asked(seen="u")])
    for rating in (
        _thumb("s", -1, BEGIN + DAY), _thumb("t", 1, BEGIN + 2 * DAY), _thumb("u", -1, BEGIN + 2.9 * DAY),
    ):  # fmt: skip
        put_rating(store, rating)
    whole = total_figures(store, "s1")
    assert whole is not None and (
        whole.values["dislikes"].count,
        round(whole.values["dislikes"].mean, 3),
    ) == (3, 0.667)


def test_a_thumb_from_before_the_service_is_not_its_own(store: Store) -> None:
    make_service(store)
    put_rating(store, _thumb("s", -1, BEGIN - DAY))
    put_day(store, 0, [Asked(seen="s")])
    whole = total_figures(store, "s1")
    assert whole is not None and "dislikes" not in whole.values


def test_the_worst_come_first_and_equal_answers_once(store: Store) -> None:
    make_service(store)
    put_day(
        store, 0, [Asked(0.9, seen="a"), Asked(0.1, seen="b"), Asked(0.1, seen="b"), Asked(0.3), Asked(0.3)]
    )
    window = Window("s1")
    assert find_worst(store, window, "grounding", "lower", ungrounded_below=0.5, limit=3) == [
        "d000-00002", "d000-00004", "d000-00003",
    ]  # fmt: skip
    assert find_worst(store, window, "ungrounded", "higher", ungrounded_below=0.2) == ["d000-00002"]
    assert find_worst(store, window, "failures", "higher", ungrounded_below=0.2) == []
    put_rating(store, _thumb("a", -1, BEGIN + DAY))
    assert find_worst(store, window, "dislikes", "higher", ungrounded_below=0.5) == ["d000-00000"]


def test_thumbs_and_grounding_together_tell_the_share_of_bad_answers(store: Store) -> None:
    make_service(store)
    random, number = Random(1), count()

    def make(day: int) -> Asked:
        return Asked(0.1 if random.random() < 0.2 else 0.95, seen=f"seen{next(number)}")

    put_days(store, range(3), make, per_day=400)
    window = Window("s1")
    bad = set(find_worst(store, window, "ungrounded", "higher", ungrounded_below=0.5, limit=1_000))
    for place in range(0, 1_200, 15):
        name = f"d{place // 400:03}-{place % 400:05}"
        disliked = name in bad if random.random() < 0.9 else random.random() < 0.5
        put_rating(store, _thumb(f"seen{place}", -1 if disliked else 1, NOW - 1))
    share = bad_answers(store, "s1", since=0.0, until=NOW)
    assert share is not None and share.labels == 80
    assert share.low < 0.2 + 0.03 < share.high
    assert share.weight > 0.5
    assert bad_answers(store, "s1", since=NOW, until=NOW + DAY) is None


def test_a_quarter_of_requests_is_summed_in_a_second(store: Store) -> None:
    """A tenth of 100,000 requests in a tenth of the time, with room for a busy machine."""
    make_service(store)
    random = Random(2)
    put_days(store, range(50), lambda day: Asked(groundings(random), seconds=random.random()), per_day=200)
    daily_figures(store, "s1")
    started = time.process_time()
    assert len(daily_figures(store, "s1")) == 50
    assert time.process_time() - started < 0.3


def test_a_figure_that_is_not_watched_is_named_with_the_nearest(store: Store) -> None:
    check_names(BY_NAME)
    with pytest.raises(InputError, match="'groundin' is not a watched figure") as raised:
        check_names(["groundin"])
    assert raised.value.hint == "Did you mean 'grounding'?"
