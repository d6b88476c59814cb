"""Who holds a lease: told apart by host, boot, namespace and start, so that none is robbed or waited for."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys

import pytest

from workbench.operating_system import process_start
from workbench.store.processes import owner_is_gone, owner_name, process_is_gone, this_host

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and start times are Linux's")


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_this_process_is_alive() -> None:
    assert not owner_is_gone(owner_name())


def test_a_process_that_ended_is_gone(ended: int) -> None:
    assert owner_is_gone(f"{this_host()}:{ended}:a")
    assert process_is_gone(this_host(), ended)


def test_a_name_from_before_namespaces_is_understood(ended: int) -> None:
    assert owner_is_gone(f"{socket.gethostname()}:{ended}:a")
    assert not owner_is_gone(f"{socket.gethostname()}:{os.getpid()}:a")


@on_linux
def test_a_process_of_another_container_with_this_hosts_name_is_never_called_dead(ended: int) -> None:
    assert not owner_is_gone(f"{socket.gethostname()}/0a1b2c3d-4026531836:{ended}.12:a")


@on_linux
def test_another_process_that_was_given_its_number_is_not_taken_for_it() -> None:
    start = process_start(os.getpid())
    assert start is not None
    assert not owner_is_gone(f"{this_host()}:{os.getpid()}.{start}:a")
    assert owner_is_gone(f"{this_host()}:{os.getpid()}.{start - 1}:a")


NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc"]
FROM_WITHIN = """
import sys
from workbench.store.processes import owner_is_gone, owner_name
print(owner_name("within"), owner_is_gone(sys.argv[1]), flush=True)
sys.stdin.read()
"""


@on_linux
def test_processes_in_two_namespaces_of_one_host_do_not_take_each_other_for_dead() -> None:
    allowed = shutil.which("unshare") and subprocess.run([*NAMESPACE, "true"], capture_output=True)
    if not allowed or allowed.returncode:
        pytest.skip("namespaces of processes are for root")
    # Within, no process has this one's number: only by the namespace it is known not to be dead.
    within = subprocess.Popen(
        [*NAMESPACE, sys.executable, "-c", FROM_WITHIN, owner_name()],
        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert within.stdin is not None and within.stdout is not None
    name, says_gone = within.stdout.readline().split()
    assert says_gone == "False" and not owner_is_gone(name)
    assert name.startswith(socket.gethostname()) and not name.startswith(f"{this_host()}:")
    within.stdin.close()
    within.wait()
    within.stdout.close()
