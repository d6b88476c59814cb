"""Makes small sweeps with known shares, for tests of what is estimated from ratings.
Knows nothing about the estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.analysis.liked.types import Answers, Array, Thumb


def make_answers(
    *,
    trials: int = 6,
    questions: int = 12,
    scores: Array | None = None,
    holdout: int = 0,
    same: Sequence[tuple[int, int]] = (),
) -> Answers:
    """Every trial answers every question; trials differ in prompt and top_k.

    scores: [trials × questions, scores]; None for one score that rises with the trial's number.
    holdout: how many of the questions, the last ones, are of the held-out part.
    same: (trial, other): the first shows what the other shows, on every question.
    """
    trial, question = np.repeat(np.arange(trials), questions), np.tile(np.arange(questions), trials)
    shown = {n: n for n in range(trials)} | dict(same)
    cells = np.array([shown[t] * questions + q for t, q in zip(trial, question, strict=True)])
    seen, item = np.unique(cells, return_inverse=True)
    if scores is None:
        noise = np.random.default_rng(5).random(trials * questions)
        scores = ((trial / trials + noise) / 2)[:, None]
    return Answers(
        trial_ids=tuple(f"t{n}" for n in range(trials)),
        facts=tuple({"prompt": f"p{n % 3}", "top_k": 1 + n // 3} for n in range(trials)),
        question_ids=tuple(f"q{n}" for n in range(questions)),
        parts=("search",) * (questions - holdout) + ("holdout",) * holdout,
        clusters=np.arange(questions),
        seen=tuple(f"s{n}" for n in seen),
        trial=trial,
        question=question,
        item=item,
        scores=scores,
        score_names=tuple(f"score{n}" for n in range(scores.shape[1])),
    )


def thumbs_on(answers: Answers, votes: Sequence[tuple[int, bool]], rater: str = "Ada") -> list[Thumb]:
    """votes: (place of what was seen, whether it is liked)."""
    return [Thumb(rater, answers.seen[item], liked) for item, liked in votes]
