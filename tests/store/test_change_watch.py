"""A watch tells of every commit in either database, and keeps quiet while nobody commits.
Knows nothing about what is committed."""

from __future__ import annotations

import subprocess
import sys

from workbench.store.database import Store
from workbench.store.dialects.postgresql import PostgreSQL
from workbench.store.requests import add_request, take_requests

ANOTHER_PROCESS = (
    "import sys; from workbench.store.database import open_store;"
    "from workbench.store.requests import add_request; add_request(open_store(sys.argv[1]), 'kind', {})"
)


def test_a_watch_tells_of_each_commit_once_whoever_made_it(store: Store) -> None:
    watch = store.database.watch_changes()
    assert watch.has_changed()
    assert not watch.has_changed()
    add_request(store, "kind", {})
    assert watch.has_changed() and not watch.has_changed()
    take_requests(store)
    assert watch.has_changed() and not watch.has_changed()
    take_requests(store)  # there is none: it only reads
    assert not watch.has_changed()
    address = store.database.url if isinstance(store.database, PostgreSQL) else store.address
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, address], check=True)
    assert watch.has_changed() and not watch.has_changed()
    watch.close()


def test_a_database_that_does_not_answer_may_have_changed(store: Store) -> None:
    watch = store.database.watch_changes()
    watch.has_changed()
    watch._connection.close()  # as a server that was started anew
    assert watch.has_changed() and watch.has_changed()
    assert not watch.has_changed()
    watch.close()
