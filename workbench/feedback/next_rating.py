"""Plans what a rater is asked next in an experiment, by what tells most about which configuration leads.
Knows nothing about the statistics (analysis/liked/ has them), nor about pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench.formatting import counted
from workbench.store.database import Store
from workbench.store.learning import liked as stored
from workbench.store.review_queue import find_preferred, find_rated, find_shown_seen

Kind = Literal["thumb", "choice"]
PLANNED = 40
"""Candidates of a plan. The next is asked although the ones before it were not foreseen: a new plan is made
after REPLANNED_AFTER ratings."""
REPLANNED_AFTER = 5


@dataclass(frozen=True)
class Planned:
    """One answer to rate, or two to choose between."""

    answer_ids: tuple[int, ...]
    seen: tuple[str, ...]
    """Hashes of what the rater sees (`seen_key`), in the order of the answers."""
    narrows: float
    """By which share the rating is expected to narrow the interval of the leader's lead."""

    @property
    def why(self) -> str:
        """Why it is asked, in words that do not tell whose answer it is."""
        what = "choice" if len(self.seen) > 1 else "rating"
        share = f", by about {self.narrows:.0%}" if self.narrows >= 0.005 else ""
        return f"This {what} narrows the leader's interval most{share}."


@dataclass(frozen=True)
class RatingPlan:
    """What to ask next, and whether more ratings would decide."""

    candidates: tuple[Planned, ...]
    state: str
    """"decided", "some", "many" or "never", as of an Outlook."""
    needed: int | None
    """How many more ratings would decide; None where that is not known."""
    words: str
    """Whether more ratings would decide, in words; "" for the state "some"."""
    rests_on: int
    """How many ratings of the experiment there were."""

    def words_after(self, ratings: int) -> str:
        """The same after there are so many ratings of the experiment."""
        if self.state != "some" or self.needed is None:
            return self.words
        left = max(1, self.needed - max(0, ratings - self.rests_on))
        return f"About {counted(left, 'more rating')} would decide which configuration people like best."

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RatingPlan:
        candidates = (
            Planned(tuple(c["answer_ids"]), tuple(c["seen"]), c["narrows"]) for c in data["candidates"]
        )
        return cls(**{**data, "candidates": tuple(candidates)})


def count_ratings_of(store: Store, experiment_id: str) -> int:
    """How many thumbs and choices on an experiment's answers count."""
    ratings = stored.find_ratings_of(store, experiment_id)
    return len(ratings.thumbs) + len(ratings.choices)


def plan_ratings(store: Store, experiment_id: str, rater: str, kind: Kind) -> RatingPlan | None:
    """What to ask this rater next; None before anything of the experiment is rated.

    Takes seconds for a large experiment.
    """
    from workbench.analysis.liked.next_rating import find_next_ratings
    from workbench.results.liked import read_answers, read_liked, read_ratings

    estimates = read_liked(store, experiment_id)
    if estimates is None:
        return None
    ratings = stored.find_ratings_of(store, experiment_id)
    thumbs, choices = read_ratings(ratings)
    found = find_next_ratings(
        read_answers(store, experiment_id, ratings), thumbs, choices, estimates,
        rated=find_rated(store, rater), chosen=find_preferred(store, rater), count=PLANNED, kinds=(kind,),
    )  # fmt: skip
    return RatingPlan(
        _planned(store, experiment_id, [(c.seen, c.narrows) for c in found.candidates]),
        found.outlook.state,
        found.outlook.ratings,
        _words(found.outlook.state),
        len(thumbs) + len(choices),
    )


def _words(state: str) -> str:
    """Whether more ratings would decide, for all states but "some"."""
    from workbench.analysis.liked.next_rating import MARGIN, MOST_RATINGS

    return {
        "decided": f"Decided: people like none better than the leader by over {MARGIN:.0%} of answers.",
        "many": f"More than {MOST_RATINGS} more ratings would be needed to decide.",
        "never": "More ratings will hardly decide: people like the leading configurations about equally on "
        "these questions. More questions would tell more.",
    }.get(state, "")


def _planned(
    store: Store, experiment_id: str, candidates: Sequence[tuple[tuple[str, ...], float]]
) -> tuple[Planned, ...]:
    """With an answer of the experiment for each; pairs of equal texts are left out, and each two texts asked
    once."""
    shown = find_shown_seen(store, experiment_id, {key for seen, _ in candidates for key in seen})
    planned, done = [], set()
    for seen, narrows in candidates:
        if any(key not in shown for key in seen):
            continue
        texts = frozenset(shown[key].text for key in seen)
        what = (shown[seen[0]].question_id, texts)
        if len(seen) > 1 and (len(texts) < 2 or what in done):
            continue
        done.add(what)
        planned.append(Planned(tuple(shown[key].answer_id for key in seen), seen, narrows))
    return tuple(planned)
