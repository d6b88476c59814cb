"""`serve` as a process: it says where it is, finishes its replies after Ctrl-C, and stores what it logged."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.in_process import call
from tests.protocol_server import ProtocolServer, Stall
from tests.service.running_service import ANSWER, QUESTION, logged
from tests.service.test_sharing import wait_until
from workbench.run.open_home import open_workbench
from workbench.settings import Settings

PROJECT = Path(__file__).parent.parent.parent
BODY = {"messages": [{"role": "user", "content": QUESTION}]}


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "WORKBENCH_HOME": str(settings.home),
        "WORKBENCH_CORPORA": str(settings.corpora),
        "WORKBENCH_EXPERIMENTS": str(settings.experiments),
    }


def command(winner: Path, settings: Settings, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "workbench", "serve", str(winner), *options],
        cwd=PROJECT, env=os.environ | environment_of(settings), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


@contextmanager
def serving(winner: Path, settings: Settings, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it says."""
    process = command(winner, settings, "--port", "0", *options)
    try:
        said = read_until(process, "is ready")
        found = re.search(r"Serving tiny on (http://127.0.0.1:\d+) ", said)
        assert found is not None, said
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def test_replies_under_way_are_finished_after_ctrl_c_and_their_rows_are_stored(
    winner: Path, tiny: Settings, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: Stall(1.0)
    with serving(winner, tiny) as (process, address):
        replies: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: replies.append(
                httpx.post(f"{address}/v1/chat/completions", json=BODY | {"stream": True}, timeout=20)
            )
        )
        asking.start()
        wait_until(lambda: server.in_flight)
        process.send_signal(signal.SIGINT)
        asking.join()
        assert process.wait(20) == 0
    assert replies[0].text.rstrip().endswith("[DONE]")
    store = open_workbench(tiny)
    [request] = logged(store)
    assert (request.state, request.answer) == ("ok", ANSWER)


def test_a_second_server_at_the_port_says_so(winner: Path, tiny: Settings) -> None:
    with serving(winner, tiny) as (_, address):
        port = address.rpartition(":")[2]
        second = command(winner, tiny, "--port", port)
        said = second.communicate(timeout=30)[1]
        assert second.returncode == 2 and f"Port {port} of 127.0.0.1 is in use already" in said


def test_what_is_wrong_is_said_before_anything_is_served(
    winner: Path, tiny: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_of(tiny).items():
        monkeypatch.setenv(name, value)
    for options, words in (
        (("--host", "0.0.0.0"), "needs a key"),
        (("--corpus", "nowhere"), "There is no corpus 'nowhere'"),
        (("--texts", "some"), "--texts is 'some'"),
        ((str(winner),), "served already"),
    ):
        code, _, errors = call("serve", str(winner), *options)
        assert code == 2 and words in errors, errors
