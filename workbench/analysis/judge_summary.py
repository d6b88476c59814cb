"""Summarises the judges of an experiment: failures, uninformative verdicts, and calls that a ladder saved.
Knows nothing about the store: facts in, plain documents and warnings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.formatting import dollars
from workbench.store.figures import Figure, JudgeFacts

# When a larger share failed, the mean over the rest does not stand for all answers.
MARKED_SHARE = 0.10
# From so many verdicts on, all of them being equal is worth a warning.
FEWEST_EQUAL = 20


def share_failed(failed: int, scored: int) -> float:
    """The share of the answers a score applies to on which it failed; 0 when it applies to none."""
    return failed / (failed + scored) if failed + scored else 0.0


def is_marked(figure: Figure) -> bool:
    """Whether a score failed on more than a tenth of the answers it applies to."""
    return share_failed(figure.failed, figure.count) > MARKED_SHARE


def saved_by_ladder(facts: JudgeFacts) -> float | None:
    """The estimated cost of judging the answers that the ladder did not send to the judge.

    Estimated at the mean cost of those it did send; None when there is none, or no price is known. In US
    dollars.
    """
    if not facts.escalated or facts.mean_cost_usd is None:
        return None
    return facts.spared * facts.mean_cost_usd


def to_json(facts: JudgeFacts, *, ladder: bool) -> dict[str, Any]:
    """One score in `leaderboard --json`, under `judging`.

    ladder: whether the score is a ladder, whose judge is asked only where the free score is unsure.
    """
    document: dict[str, Any] = {
        "judges": list(facts.judges),
        "answers": facts.answers,
        "scored": facts.scored,
        "failed": facts.failed,
        "marked": share_failed(facts.failed, facts.scored) > MARKED_SHARE,
        "verdicts": facts.verdicts,
        "mean_cost_usd": facts.mean_cost_usd,
    }
    if ladder:
        document |= {
            "escalated": facts.escalated,
            "of": facts.escalated + facts.spared,
            "saved_usd": saved_by_ladder(facts),
        }
    return document


def ladder_words(name: str, judging: dict[str, Any]) -> str:
    """A ladder in one sentence, from its JSON."""
    text = f"{name}: {judging['escalated']} of {judging['of']} distinct answers went to the judge"
    spared = judging["of"] - judging["escalated"]
    if judging["saved_usd"] is None:
        return f"{text}; what that saved is not known."
    return f"{text}; sparing the other {spared} saved about {dollars(judging['saved_usd'])}."


def warnings(judges: Sequence[JudgeFacts]) -> list[str]:
    """Sentences about judged scores that failed often, never varied, or came in another language."""
    sentences = []
    for facts in judges:
        share = share_failed(facts.failed, facts.scored)
        if share > MARKED_SHARE:
            sentences.append(
                f"{facts.name} failed on {facts.failed} of {facts.failed + facts.scored} answers "
                f"({share:.0%}): its mean is over the others."
            )
        if facts.verdicts >= FEWEST_EQUAL and facts.lowest == facts.highest:
            sentences.append(
                f"{facts.name}: {', '.join(facts.judges)} gave {facts.lowest:g} to all of {facts.verdicts} "
                "distinct answers: it tells nothing apart."
            )
        if facts.other_language:
            sentences.append(
                f"{facts.name}: {', '.join(facts.judges)} answered in another language than the answers' on "
                f"{facts.other_language} of {facts.answers}."
            )
    return sentences
