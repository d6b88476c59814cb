"""What a service process leaves behind when it is killed under load, and what signals do to it.
Knows nothing about the shape of requests and replies."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Folder
from tests.protocol_server import ProtocolServer
from tests.service.running_service import QUESTION, write_winner
from tests.service.service_process import ServiceProcess
from workbench.settings import Settings
from workbench.store.database import open_store
from workbench.store.serving.requests import find_requests
from workbench.store.serving.servers import list_servers

BROAD = "What is said of goods, of heaters and of the tank?"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "user")


def test_a_signal_renews_and_replies_that_were_sent_before_kill_9_have_their_row_but_for_the_last_second(
    folder: Folder, server: ProtocolServer
) -> None:
    settings = Settings(
        folder.path / ".workbench", folder.path / "corpora", folder.path / "experiments", 0.1, "ann"
    )
    path = write_winner(folder.path / "first.yaml", settings, server)
    trust = ("--trust", server.base_url.split("/")[2])
    service = ServiceProcess(folder, path.name, "--check-corpus", "0", *trust)
    write_winner(path, settings, server, retrieval={"top_k": [1]})
    service.send(signal.SIGHUP)
    service.until(lambda: len(service.ask(BROAD).json()["passages"]) == 1)
    sent: list[tuple[float, str]] = []

    def ask(number: int) -> None:
        while True:
            try:
                reply = service.ask(f"{QUESTION} {number} {len(sent)}")
            except Exception:  # it was killed
                return
            if reply.status_code == 200:
                sent.append((time.monotonic(), reply.json()["id"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    service.until(lambda: len(sent) > 40)
    time.sleep(1.1)
    killed = time.monotonic()
    service.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    due = {id_ for at, id_ in sent if at < killed - 1.0}
    store = open_store(settings.database)
    assert len(due) > 10
    assert due <= set(find_requests(store, due))
    assert list_servers(store) == [], "it is not taken for alive"
