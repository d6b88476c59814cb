"""A PostgreSQL server of the tests' own, from the system's programs: started once per process, gone with it.
Knows nothing about what is stored in it."""

from __future__ import annotations

import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
START_SECONDS = 60.0
# Nothing here outlives the tests, so nothing needs to reach the disk.
SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "max_connections": "200",
    "shared_buffers": "32MB", "unix_socket_directories": "", "listen_addresses": "127.0.0.1", "autovacuum": "off",
    "log_min_messages": "fatal", "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",  # in its folder, which goes with it, however it ends
}  # fmt: skip


def find_programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version; None where there is none."""
    folders = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name.split(".")[0]))
    if folders:
        return folders[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@cache
def _as_user() -> list[str]:
    """What stands before a command. PostgreSQL does not run as root, and must not outlive this process."""
    begin = ["setpriv", "--pdeathsig", "KILL"]
    if os.getuid() != 0:
        return begin
    user = _user()
    return [*begin, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _user() -> pwd.struct_passwd:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


@dataclass
class Server:
    """A running server on a port of this machine."""

    programs: Path
    folder: Path
    port: int
    password: str
    process: subprocess.Popen[bytes] = field(repr=False)
    settings: dict[str, str] = field(repr=False)
    numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://workbench:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, url: str | None = None) -> None:
        import psycopg

        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def make_database(self, template: str = "template0") -> str:
        """A new database, as a copy of another one; returns its URL."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        """As after a power cut: no session is asked."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_SECONDS)

    def start(self) -> None:
        self.process = _start(self.programs, self.folder, self.port, self.url(), self.settings)


def _start(
    programs: Path, folder: Path, port: int, url: str, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    import psycopg

    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*_as_user(), str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", stdin=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return process
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text(errors="replace")[-2000:]) from None
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running_server(
    *, safe: bool = False, network: str | None = None, disk: Path | None = None
) -> Iterator[Server]:
    """A server with an empty cluster and a superuser `workbench`. Skips the test where there are no programs; with
    CI set their absence is an error.

    safe: commits reach the disk, as a user's do.
    network: other machines that may connect, such as 10.0.0.0/24; None for none.
    disk: a folder of the disk that it keeps its data on; None for that of temporary files.
    """
    settings = SETTINGS | ({"fsync": "on", "full_page_writes": "on", "autovacuum": "on"} if safe else {})
    programs = find_programs()
    if programs is None or shutil.which("setpriv") is None:
        if os.environ.get("CI"):
            raise RuntimeError(
                "There is no PostgreSQL in /usr/lib/postgresql: install the package postgresql."
            )
        pytest.skip("there is no PostgreSQL on this machine")
    folder = Path(tempfile.mkdtemp(prefix="workbench-postgresql-", dir=disk))
    password = secrets.token_hex(8)
    try:
        if os.getuid() == 0:
            os.chown(folder, _user().pw_uid, _user().pw_gid)
        secret = folder / "password"
        secret.write_text(password)
        secret.chmod(0o644)
        made = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "workbench", "--no-sync"]
        made += [
            "--auth=md5",
            f"--pwfile={secret}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        # md5: hashing a password anew for each of hundreds of connections would take longer than the tests.
        made += ["-c", "password_encryption=md5"] if _takes_settings(programs) else []
        subprocess.run([*_as_user(), *made], check=True, capture_output=True, cwd="/")
        if network is not None:
            settings["listen_addresses"] = "*"
            with (folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {network} md5\n")
        port = _free_port()
        url = f"postgresql://workbench:{password}@127.0.0.1:{port}/postgres"
        process = _start(programs, folder, port, url, settings)
        server = Server(programs, folder, port, password, process, settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _takes_settings(programs: Path) -> bool:
    """Whether initdb takes -c: from version 16. Before it, `--auth=md5` decides how the password is kept."""
    return int(programs.parent.name.split(".")[0]) >= 16 if programs.parent.name[:1].isdigit() else False
