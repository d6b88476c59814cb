"""Says whether the model is still the one that a winner was chosen with: by replies to equal requests.
Knows nothing about how good the replies are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.analysis.exchangeable_replies import Replies, compare_replies
from workbench.formatting import counted, listed
from workbench.ship.kept_questions import Canary
from workbench.watch.verdict import FALSE_ALARM, CheckedCanaries, Verdict

MOST_BEFORE = 8
"""So many earlier replies to a request are compared with the new ones."""
ONE_EACH = (
    "There is only one earlier reply to each request, so it is unknown how often this model's replies vary "
    "on their own. The next check can tell."
)


def judge_model(canaries: Sequence[Canary], checks: Sequence[CheckedCanaries], *, seeded: bool) -> Verdict:
    """The verdict of the last check, see `judge_each`."""
    verdicts = judge_each(canaries, checks, seeded=seeded)
    return verdicts[-1] if verdicts else Verdict("cannot be told", ("No check has been made yet.",))


def judge_each(
    canaries: Sequence[Canary], checks: Sequence[CheckedCanaries], *, seeded: bool
) -> list[Verdict]:
    """The verdict of each check, from what was known when it was made.

    checks: the finished ones and the present one, the oldest first.
    seeded: whether each repeat of the experiment had a seed of its own, so that only the first had the
        request that is sent now.
    """
    verdicts: list[Verdict] = []
    unchanged: list[CheckedCanaries] = []
    changed: CheckedCanaries | None = None
    since: int | None = None
    level = FALSE_ALARM
    for number, checked in enumerate(checks, start=1):
        if since is None:
            level = FALSE_ALARM / (number * (number + 1))  # these add up to FALSE_ALARM over all checks
        verdict = _judge(canaries, unchanged, changed, checked, level, seeded=seeded)
        if verdict.kind == "changed":
            since, changed = (checked.check.day if since is None else since), checked
            verdict = replace(verdict, since_day=since)
        else:
            unchanged.append(checked)
            changed = None
        verdicts.append(verdict)
    return verdicts


def _judge(
    canaries: Sequence[Canary],
    earlier: Sequence[CheckedCanaries],
    changed: CheckedCanaries | None,
    checked: CheckedCanaries,
    level: float,
    *,
    seeded: bool,
) -> Verdict:
    """The verdict of a check.

    earlier: the checks before it that found no change.
    changed: the check before it, where that found one: where one reply to each request is too little to tell,
        its replies are taken together with the present ones.
    """
    renamed = _new_names(canaries, checked)
    pairs = _pair(canaries, earlier, None, checked, seeded=seeded)
    test = compare_replies([replies for _, replies in pairs])
    differing = [id_ for id_, replies in pairs if replies.differ]
    if differing and test.least_p > level and changed is not None:
        both = _pair(canaries, earlier, changed, checked, seeded=seeded)
        test = compare_replies([replies for _, replies in both])
    detail: dict[str, Any] = {"requests": len(pairs), "differing": differing, "p": round(test.p, 6)}
    words = (*_in_words(pairs, differing), *_other_requests(len(pairs), checked))
    if renamed:
        return Verdict("changed", (renamed, *words), detail=detail)
    if not pairs:
        return Verdict("cannot be told", (_why_none(canaries, checked),), detail=detail)
    if test.p <= level:
        said = "The model's replies to equal requests changed more than they vary on their own."
        return Verdict("changed", (said, *words), detail=detail)
    if differing and test.least_p > level:
        alone = all(len(r.before) == len(r.now) == 1 for _, r in pairs)
        few = f"{counted(len(pairs), 'equal request')} are too few to tell a change from chance."
        return Verdict("cannot be told", (*words, ONE_EACH if alone else few), detail=detail)
    if differing:
        words = (*words, "They differ no more than this model's replies vary on their own.")
    return Verdict("unchanged", words, detail=detail)


def _pair(
    canaries: Sequence[Canary],
    earlier: Sequence[CheckedCanaries],
    changed: CheckedCanaries | None,
    checked: CheckedCanaries,
    *,
    seeded: bool,
) -> list[tuple[str, Replies]]:
    """(canary's id, replies) of those whose request was sent before."""
    found = ((c.id, _replies_of(c, earlier, changed, checked, seeded=seeded)) for c in canaries)
    return [(id_, replies) for id_, replies in found if replies is not None]


def _replies_of(
    canary: Canary,
    earlier: Sequence[CheckedCanaries],
    changed: CheckedCanaries | None,
    checked: CheckedCanaries,
    *,
    seeded: bool,
) -> Replies | None:
    """The replies to the request that a canary's question is now; None where it was never sent before."""
    id_ = canary.id
    now = [answer for answer in checked.answers.get(id_, ()) if answer.request]
    if not now:
        return None
    request = now[0].request
    before = []
    if canary.then[0].request == request:
        before += [reply.answer for reply in (canary.then[:1] if seeded else canary.then)]
    for past in earlier:
        if len(before) >= MOST_BEFORE:
            break
        before += [a.answer for a in past.answers.get(id_, ()) if a.request == request]
    if not before:
        return None
    replies = [a.answer for a in now if a.request == request]
    if changed is not None:
        replies += [a.answer for a in changed.answers.get(id_, ()) if a.request == request][:1]
    return Replies(tuple(before[:MOST_BEFORE]), tuple(replies))


def _new_names(canaries: Sequence[Canary], checked: CheckedCanaries) -> str:
    """What to say of a name in the replies that was not there then; "" for none."""
    then = {reply.served_model for canary in canaries for reply in canary.then} - {None}
    now = {answer.served_model for answers in checked.answers.values() for answer in answers} - {None}
    if not then or not now - then:
        return ""
    names = listed(f"“{name}”" for name in sorted(map(str, now)))
    before = listed(f"“{name}”" for name in sorted(map(str, then)))
    return f"The server now calls the model {names}; when the winner was chosen, it was {before}."


def _in_words(pairs: Sequence[object], differing: Sequence[str]) -> tuple[str, ...]:
    if not pairs:
        return ()
    equal = counted(len(pairs), "equal request")
    if not differing:
        return (f"All replies to {equal} are as before.",)
    verb = "was" if len(differing) == 1 else "were"
    return (f"{len(differing)} of {equal} {verb} answered with another reply.",)


def _other_requests(equal: int, checked: CheckedCanaries) -> tuple[str, ...]:
    others = len(checked.answers) - equal
    if not equal or others <= 0:
        return ()
    return (f"{counted(others, 'request')} cannot be compared: the prompts hold other passages than before.",)


def _why_none(canaries: Sequence[Canary], checked: CheckedCanaries) -> str:
    if not checked.answers:
        return "No canary was answered."
    if not any(reply.request for canary in canaries for reply in canary.then):
        return "The winner's file does not say which requests its canaries were."
    return (
        "No request is the same as before: the prompts hold other passages now. "
        "The next check can compare with this one."
    )
