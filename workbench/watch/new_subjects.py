"""Groups questions that are far from those of a sweep, and names each group by its words.
Knows nothing about where they come from or why they are far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.providers.embedded.encoder import EmbeddedEncoder
from workbench.text import STOP_WORDS, words

JOINED_BELOW = 0.6
"""The mean distance (1 minus the cosine) up to which two groups of questions are one subject."""
FEWEST = 3  # questions of a subject
WORDS = 3
_EVERYDAY = frozenset(
    "can do does how what when where which who why is are please tell much many long".split()
)


@dataclass(frozen=True)
class NewSubject:
    """Questions about one thing that the sweep did not ask about."""

    words: tuple[str, ...]
    """Words that most of them share and others have not, the most telling one first."""
    requests: tuple[str, ...]
    """The ids of the requests."""

    @property
    def name(self) -> str:
        return ", ".join(self.words)


def group_subjects(questions: Sequence[tuple[str, str]], encoder: EmbeddedEncoder) -> list[NewSubject]:
    """The subjects of at least three questions, the largest first.

    questions: (id of the request, text).
    """
    if len(questions) < FEWEST:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage

    vectors = encoder.encode([text for _, text in questions])
    labels = fcluster(linkage(vectors, "average", metric="cosine"), JOINED_BELOW, criterion="distance")
    used = [_words_of(text) for _, text in questions]
    everywhere = Counter(word for one in used for word in one)
    subjects = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label).tolist()
        if len(members) >= FEWEST:
            named = _name([used[m] for m in members], everywhere, len(questions))
            subjects.append(NewSubject(named, tuple(questions[m][0] for m in members)))
    return sorted(subjects, key=lambda s: (-len(s.requests), s.words))


def _words_of(text: str) -> set[str]:
    return {
        w for w in (word.lower() for word in words(text)) if w not in STOP_WORDS | _EVERYDAY and len(w) > 2
    }


def _name(of_members: Sequence[set[str]], everywhere: Counter[str], questions: int) -> tuple[str, ...]:
    inside = Counter(word for one in of_members for word in one)
    others = max(questions - len(of_members), 1)

    def telling(word: str) -> tuple[float, str]:
        outside = (everywhere[word] - inside[word]) / others
        return -(inside[word] / len(of_members)) * (1 - outside), word

    shared = [word for word, count in inside.items() if count * 3 >= len(of_members)]
    return tuple(sorted(shared or inside, key=telling)[:WORDS])
