"""Shares out how many calls a provider bears at once among those that want to make some.
Knows nothing about calls: everybody says what they want, and is told what they may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlmodel import Session

from workbench.store.database import Store
from workbench.store.dialects.inserts import put
from workbench.store.sharing.participants import SILENT_SECONDS
from workbench.store.sharing.tables import LimitShareRow
from workbench.store.tables import sql_table

_SHARE = sql_table(LimitShareRow)

TURN_SECONDS = 5.0
"""Where there are fewer places than workers, they take turns of this length."""


@dataclass(frozen=True)
class Exchange:
    """What one participant is told."""

    share: int
    """How many calls it may have in flight now."""
    borne: int
    """How many the provider bears in all, as all of them have learnt."""
    pauses: bool = False
    """Whether the provider has asked one of them for a pause, which holds for all."""


def share_out(most: int, wanted: Mapping[str, float], turn: int = 0) -> dict[str, int]:
    """Share out `most` places: never more than those; each who wants one gets one, or, where there are fewer
    places than that, has one in its turn. Nobody gets more than a fair part as long as others want more; what
    is left goes to all who want any, since they may soon want more.

    wanted: by name, how many places each could use now.
    """
    names = sorted(name for name, places in wanted.items() if places > 0)
    shares = dict.fromkeys(wanted, 0)
    if not names:
        return shares
    first = turn % len(names)
    names = names[first:] + names[:first]
    left = max(0, most)
    open_names = list(names)
    while left and open_names:
        each = left // len(open_names)
        if not each:
            for name in open_names[:left]:
                shares[name] += 1
            return shares
        for name in list(open_names):
            # At least one, also for who wants a part of one.
            take = min(each, max(1, int(wanted[name])) - shares[name])
            shares[name] += take
            left -= take
            if shares[name] >= max(1, int(wanted[name])):
                open_names.remove(name)
    each, rest = divmod(left, len(names))
    for place, name in enumerate(names):
        shares[name] += each + (place < rest)
    return shares


def exchange(
    session: Session,
    now: float,
    provider: str,
    holder: str,
    *,
    most: int,
    wanted: float,
    in_flight: int,
    borne: int,
    lowered_to: int | None,
) -> Exchange:
    """Say what somebody wants and has learnt, and hear what it may have. The sum of all shares never exceeds
    `most`, except for calls that are in flight when a limit falls.

    now: Unix seconds of the store's clock.
    most: what the provider's settings allow.
    borne: what it has borne, as this participant learnt.
    lowered_to: what it has borne since it refused this participant some, 0 while it has asked for a pause;
        None where it did neither. That holds for all.
    """
    session.execute(
        delete(_SHARE).where(_SHARE.c.provider == provider, _SHARE.c.beat_at < now - SILENT_SECONDS)
    )
    rows = session.execute(select(_SHARE).where(_SHARE.c.provider == provider)).mappings().all()
    others = [row for row in rows if row["holder"] != holder]
    borne_by_any = max([borne, *(row["concurrency"] for row in others)])
    lowered = [to for to in (lowered_to, *(row["lowered_to"] for row in others)) if to is not None]
    pauses = 0 in lowered
    learnt = max(1, int(min([most, borne_by_any, *lowered])))
    wants = {row["holder"]: row["wanted"] for row in others} | {holder: wanted}
    fair = share_out(learnt, wants, int(now / TURN_SECONDS))[holder]
    taken = int(sum(row["share"] or 0.0 for row in others))
    share = 0 if pauses else max(0, min(fair, learnt - taken))
    own = {
        "provider": provider, "holder": holder, "wanted": wanted, "concurrency": float(borne),
        "lowered_to": None if lowered_to is None else float(lowered_to),
        "share": float(max(share, in_flight)), "beat_at": now,
    }  # fmt: skip
    put(session, _SHARE, [own])
    return Exchange(share, learnt, pauses)


def leave(store: Store, holder: str) -> None:
    """Give up all shares of a participant."""
    store.transact(lambda session: session.execute(delete(_SHARE).where(_SHARE.c.holder == holder)))
