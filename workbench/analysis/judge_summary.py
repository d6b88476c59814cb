"""What is to be known about an experiment's judges: how often they failed, were the same, were spared.
Knows nothing about the store: facts in, plain documents and warnings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.formatting import dollars
from workbench.store.figures import Figure, JudgeFacts

# A mean over what is left when so many failed is not a mean over the answers.
MARKED_SHARE = 0.10
# So many equal verdicts, and nothing else, tell nobody apart.
FEWEST_EQUAL = 20


def share_failed(failed: int, scored: int) -> float:
    return failed / (failed + scored) if failed + scored else 0.0


def is_marked(figure: Figure) -> bool:
    """Whether a score failed on more than a tenth of the answers it applies to."""
    return share_failed(figure.failed, figure.count) > MARKED_SHARE


def saved_by_ladder(facts: JudgeFacts) -> float | None:
    """What asking the judge about the spared answers would have cost, at the mean cost of those that were
    asked about; None where none was, or its price is not known."""
    if not facts.escalated or facts.mean_cost_usd is None:
        return None
    return facts.spared * facts.mean_cost_usd


def to_json(facts: JudgeFacts, *, ladder: bool) -> dict[str, Any]:
    """One score in `leaderboard --json`, under `judging`."""
    found: dict[str, Any] = {
        "judges": list(facts.judges),
        "answers": facts.answers,
        "scored": facts.scored,
        "failed": facts.failed,
        "marked": share_failed(facts.failed, facts.scored) > MARKED_SHARE,
        "verdicts": facts.verdicts,
        "mean_cost_usd": facts.mean_cost_usd,
    }
    if ladder:
        found |= {
            "escalated": facts.escalated,
            "of": facts.escalated + facts.spared,
            "saved_usd": saved_by_ladder(facts),
        }
    return found


def ladder_words(name: str, found: dict[str, Any]) -> str:
    """A ladder in one sentence, from its JSON."""
    text = f"{name}: {found['escalated']} of {found['of']} distinct answers went to the judge"
    spared = found["of"] - found["escalated"]
    if found["saved_usd"] is None:
        return f"{text}; what that saved is not known."
    return f"{text}; sparing the other {spared} saved about {dollars(found['saved_usd'])}."


def warnings(every: Sequence[JudgeFacts]) -> list[str]:
    found = []
    for facts in every:
        share = share_failed(facts.failed, facts.scored)
        if share > MARKED_SHARE:
            found.append(
                f"{facts.name} failed on {facts.failed} of {facts.failed + facts.scored} answers "
                f"({share:.0%}): its mean is over the others."
            )
        if facts.verdicts >= FEWEST_EQUAL and facts.lowest == facts.highest:
            found.append(
                f"{facts.name}: {', '.join(facts.judges)} gave {facts.lowest:g} to all of {facts.verdicts} "
                "distinct answers: it tells nothing apart."
            )
        if facts.other_language:
            found.append(
                f"{facts.name}: {', '.join(facts.judges)} answered in another language than the answers' on "
                f"{facts.other_language} of {facts.answers}."
            )
    return found
