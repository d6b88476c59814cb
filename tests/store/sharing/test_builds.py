"""Who may build what all read: one at a time, none waits for the dead, and the store has one name.
Knows nothing about indexes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.errors import Stopped
from workbench.store.database import Store, open_store
from workbench.store.sharing import builds
from workbench.store.sharing.builds import LEASE_SECONDS, Builds
from workbench.store.sharing.store_name import find_store_name, get_store_name
from workbench.store.sharing.tables import BuildRow

ELSEWHERE = "other-host/0a1b2c3d-4026531836:12.34:a"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(builds, "RENEW_SECONDS", 0.02)


def put_lease(store: Store, holder: str, until: float) -> None:
    with store.write() as session:
        session.merge(BuildRow(fingerprint="k", holder=holder, until=until))


def test_one_builds_at_a_time_and_the_others_wait(store: Store) -> None:
    at_once, most = [], []

    def build() -> None:
        with Builds(store).hold("k"):
            at_once.append(1)
            most.append(len(at_once))
            time.sleep(0.02)
            at_once.pop()

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(build) for _ in range(4)]:
            one.result()
    assert most == [1] * 4 and not Builds(store).is_held("k")


def test_other_things_may_be_built_meanwhile(store: Store) -> None:
    with Builds(store).hold("k"), Builds(store).hold("other"):
        assert Builds(store).is_held("k") and Builds(store).is_held("other")


def test_the_lease_of_a_process_that_was_killed_is_taken_at_once(store: Store) -> None:
    script = (
        "import sys\nfrom workbench.store.database import open_store\n"
        "from workbench.store.sharing.builds import Builds\n"
        "with Builds(open_store(sys.argv[1])).hold('k'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(store.__reduce__()[1][0])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"held\n"
        assert Builds(store).is_held("k")
        child.kill()
    with Builds(store).hold("k") as held:
        assert not held.lost()


@pytest.mark.parametrize("seconds", [-1.0, 10 * LEASE_SECONDS], ids=["run out", "the clock was set back"])
def test_a_lease_of_another_machine_runs_out(store: Store, seconds: float) -> None:
    put_lease(store, ELSEWHERE, time.time() + seconds)
    with Builds(store).hold("k") as held:
        assert not held.lost()


def test_a_living_lease_of_another_machine_is_waited_for(store: Store) -> None:
    put_lease(store, ELSEWHERE, time.time() + 0.3)
    begun = time.monotonic()
    with Builds(store).hold("k"):
        assert time.monotonic() - begun > 0.2


def test_a_stop_ends_the_wait_for_somebody_elses_build(store: Store) -> None:
    put_lease(store, ELSEWHERE, time.time() + 20)
    looks: list[int] = []

    def stop() -> None:
        looks.append(1)
        if len(looks) > 2:
            raise Stopped("Stopped by you.")

    with pytest.raises(Stopped), Builds(store, stop).hold("k"):
        pass
    with Builds(store, stop).hold("free"):  # what need not be waited for is not refused
        pass


def test_a_lease_is_renewed_while_it_is_held(store: Store) -> None:
    with Builds(store).hold("k") as held:
        with store.read() as session:
            row = session.get(BuildRow, "k")
            assert row is not None
            first = row.until
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with store.read() as session:
                row = session.get(BuildRow, "k")
                assert row is not None
                if row.until > first:
                    break
        assert row.until > first and not held.lost()


def test_whoever_lost_a_lease_learns_it_and_leaves_the_others_alone(store: Store) -> None:
    with Builds(store).hold("k") as held:
        put_lease(store, ELSEWHERE, time.time() + LEASE_SECONDS)
        deadline = time.monotonic() + 10
        while not held.lost() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert held.lost()
    with store.read() as session:
        row = session.get(BuildRow, "k")
        assert row is not None and row.holder == ELSEWHERE


def test_a_store_has_one_name_whoever_asks_first(store: Store, tmp_path: Path) -> None:
    assert find_store_name(store) is None
    together = threading.Barrier(4)

    def name() -> str:
        together.wait()
        return get_store_name(store)

    with ThreadPoolExecutor(4) as pool:
        names = {one.result() for one in [pool.submit(name) for _ in range(4)]}
    assert names == {find_store_name(store)} and names != {get_store_name(open_store(tmp_path / "other.db"))}
