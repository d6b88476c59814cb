"""Says what changed in the documents since a winner was chosen, and which canaries lost their evidence.
Knows nothing about answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.corpus.question_rows import LostEvidence
from workbench.corpus.types import Corpus
from workbench.formatting import counted, listed
from workbench.ship.kept_questions import Canary
from workbench.ship.winner import WinnerCorpus
from workbench.watch.verdict import Verdict, counted_canaries

MOST_NAMED = 3  # documents that a sentence names


def judge_corpus(
    then: WinnerCorpus,
    now: Corpus,
    canaries: Sequence[Canary],
    lost: Sequence[LostEvidence],
    since_day: int | None,
) -> Verdict:
    """Compare the documents with those that the winner was chosen on.

    lost: evidence of the canaries that is not there any more; `line` counts the canaries from 1.
    since_day: the day of the first check that found the present documents; None for this one being the first.
    """
    if now.version == then.hash:
        return Verdict("unchanged", ("The documents are those that the winner was chosen on.",))
    documents = {d.name: d.sha256[:8] for d in now.documents}
    changes: dict[str, list[str]] = {"new": [], "changed": [], "removed": []}
    if then.documents:
        changes["new"] = sorted(set(documents) - set(then.documents))
        changes["removed"] = sorted(set(then.documents) - set(documents))
        kept = set(documents) & set(then.documents)
        changes["changed"] = sorted(name for name in kept if documents[name] != then.documents[name])
    gone = list(dict.fromkeys(canaries[one.line - 1].id for one in lost))
    detail: dict[str, Any] = {"documents": changes, "lost_evidence": gone}
    return Verdict("changed", (_documents(then, changes), *_evidence(canaries, gone)), since_day, detail)


def _documents(then: WinnerCorpus, changes: dict[str, list[str]]) -> str:
    if not then.documents:
        return "The documents changed. The winner's file does not say which they were."
    said = [f"{_named(names)} {what}" for what, names in changes.items() if names]
    return f"The documents changed: {listed(said)}."


def _named(names: Sequence[str]) -> str:
    count = counted(len(names), "document")
    return f"{count} ({', '.join(names)})" if len(names) <= MOST_NAMED else count


def _evidence(canaries: Sequence[Canary], gone: Sequence[str]) -> tuple[str, ...]:
    quoted = sum(bool(canary.question.get("evidence")) for canary in canaries)
    if not quoted:
        return ()
    if not gone:
        return (f"The evidence of {counted_canaries(quoted)} is still there.",)
    return (f"Evidence of {counted_canaries(len(gone))} is gone from the documents.",)
