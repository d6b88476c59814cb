"""Who works together: a machine whose clock is wrong sees the living alive.
Knows nothing about Dask."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.results.cluster_members import list_cluster_members
from workbench.store import clock
from workbench.store.database import open_store
from workbench.store.moving.move import require_idle
from workbench.store.sharing import participants
from workbench.store.sharing.participants import Participant


def test_who_is_alive_is_told_by_the_stores_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, ahead = open_store(tmp_path / "workbench.db"), clock.wall_seconds() + 7200
    monkeypatch.setattr(clock, "wall_seconds", lambda: ahead)  # by which a file's clock is read
    with store.write() as session:
        participants.begin(session, Participant("elsewhere/boot-1:7.1:a", "cluster worker", "exp"))
    assert [member.is_alive for member in list_cluster_members(store)] == [True]
    with pytest.raises(InputError, match="makes paid calls"):
        require_idle(store)
    monkeypatch.setattr(clock, "wall_seconds", lambda: ahead + 60)
    assert [member.is_alive for member in list_cluster_members(store)] == [False]
    require_idle(store)
