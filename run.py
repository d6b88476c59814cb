"""Sets up .venv and starts the workbench, on any machine with Python: `python run.py` (Windows: `py run.py`).
Knows nothing about the workbench itself; needs nothing but Python, of a version old enough to say so.

    python run.py              the app in a browser      (the same as: python run.py app [--port 8501])
    python run.py demo         the sample experiment in the terminal
    python run.py install      only set up; with --test also what the tests need

The Makefile's commands call this file. What was installed is installed again only when the lock changes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
OLDEST = (3, 11)
RUN, TEST = "requirements.txt", "requirements-test.txt"
# On 64-bit Linux: megabytes to download (about) and on the disk.
DOWNLOAD_MB = {RUN: 310, TEST: 410}
DISK_MB = {RUN: 1440, TEST: 1850}
NO_INDEX = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution|getaddrinfo failed"
    r"|No matching distribution|Could not find a version|ProxyError|CERTIFICATE_VERIFY_FAILED"
)
NO_SPACE = re.compile(r"No space left on device|not enough space on the disk|Errno 28|WinError 112")


class SetupFailed(Exception):
    """What is wrong and what to do, in words."""


def venv_python(venv: Path, system: str = os.name) -> Path:
    """Return the interpreter of a virtual environment.

    system: os.name: "nt" is Windows.
    """
    return venv / "Scripts" / "python.exe" if system == "nt" else venv / "bin" / "python"


def site_packages(venv: Path, system: str = os.name) -> Path:
    """Return the folder that packages are installed into."""
    if system == "nt":
        return venv / "Lib" / "site-packages"
    return venv / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"


def read_pins(lock: Path) -> list[str]:
    """Return the lines "name==version" of a lock, without their comments."""
    return re.findall(r"^[\w.-]+==[^\s;]+", lock.read_text(encoding="utf-8"), re.MULTILINE)


def count_packages(lock: Path) -> int:
    return len(read_pins(lock))


def fingerprint(*locks: Path) -> str:
    pins = "\n".join(pin for lock in locks for pin in read_pins(lock))
    return hashlib.sha256(pins.encode()).hexdigest()


class Stamp:
    """Remembers which lock a virtual environment holds, by its content.

    kind: RUN or TEST. What the tests need includes what the workbench needs.
    """

    def __init__(self, venv: Path, kind: str) -> None:
        self._file = venv / ("test.stamp" if kind == TEST else "run.stamp")
        self._locks = (PROJECT / RUN, PROJECT / TEST) if kind == TEST else (PROJECT / RUN,)

    def is_current(self) -> bool:
        return self._file.exists() and self._file.read_text(encoding="utf-8") == fingerprint(*self._locks)

    def write(self) -> None:
        self._file.write_text(fingerprint(*self._locks), encoding="utf-8")


def require_python(version: tuple[int, ...] = sys.version_info[:3], system: str = os.name) -> None:
    """Raise SetupFailed for a Python that is too old."""
    if tuple(version[:2]) < OLDEST:
        this = ".".join(map(str, version))
        other = "py -3.12 run.py" if system == "nt" else "python3.12 run.py, or make PYTHON=python3.12 app"
        raise SetupFailed(f"Python 3.11 or newer is needed; this is Python {this}. Try: {other}")


def require_space(folder: Path, kind: str, free: int | None = None) -> None:
    """Raise SetupFailed where the disk has no room for the packages."""
    free = shutil.disk_usage(folder).free if free is None else free
    needed = (DISK_MB[kind] + DOWNLOAD_MB[kind]) * 1_000_000
    if free < needed:
        raise SetupFailed(
            f"The packages need about {needed / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB free. "
            "Free some space, or move the folder to another disk."
        )


def explain(output: str) -> str:
    """Return why pip failed and what to do."""
    if NO_SPACE.search(output):
        return "The disk is full. Free some space and start again: it goes on from what is installed."
    if NO_INDEX.search(output):
        return (
            "The package index cannot be reached, or does not have a package. Check the network and the "
            "proxy (HTTPS_PROXY); for an index of your own set PIP_INDEX_URL. Then start again."
        )
    return "pip could not install the packages; its last lines are above. Start again to try once more."


class ProgressLine:
    """Shows what is being done: a line that is rewritten on a terminal, elsewhere a new one now and then."""

    SECONDS = 10.0  # between two lines where the output is not a terminal

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._last = 0.0
        self._started = time.monotonic()

    def show(self, text: str) -> None:
        now = time.monotonic()
        line = f"  {text} · {int(now - self._started)} s"
        if self._terminal:
            print(f"\r\x1b[2K{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)
        elif now - self._last >= self.SECONDS:
            print(line, flush=True)
            self._last = now

    def end(self, text: str) -> None:
        start = "\r\x1b[2K" if self._terminal else ""
        print(f"{start}  {text} after {int(time.monotonic() - self._started)} s", flush=True)


def describe(line: str, collected: int, total: int) -> str | None:
    """Return what a line of pip's output says about its progress; None for one that says nothing."""
    found = re.match(r"\s*(Downloading|Using cached|Processing) (\S+)(?: \((\d[^)]*)\))?", line)
    if found:
        name = re.split(r"[/\\]", found.group(2))[-1].split("-")[0]
        doing = "downloading" if found.group(1) == "Downloading" else "found"
        size = f" ({found.group(3)})" if found.group(3) else ""
        return f"{min(collected, total)} of {total} packages: {doing} {name}{size}"
    if line.startswith("Building wheel"):
        return line.strip()
    return None


def install(python: Path, venv: Path, kind: str) -> None:
    """Install a lock into the environment, with visible progress. Raises SetupFailed."""
    require_space(venv, kind)
    total = count_packages(PROJECT / kind)
    print(
        f"Installing {total} packages into {venv.name}: about {DOWNLOAD_MB[kind]} MB to download, "
        f"{DISK_MB[kind] / 1000:.1f} GB on the disk, 2 to 10 minutes, once.",
        flush=True,
    )
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    process = subprocess.Popen(
        [*command, "--progress-bar", "off", "-r", str(PROJECT / kind)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    line = ProgressLine()
    output: list[str] = []
    try:
        _follow(process, line, output, total, site_packages(venv))
    except KeyboardInterrupt:
        process.terminate()
        raise SetupFailed("\nStopped. Start again to go on from what is installed.") from None
    if process.wait():
        errors = [text for text in output if text.startswith("ERROR")]
        print("\n" + "".join((errors or output)[-8:]), end="", flush=True)
        raise SetupFailed(explain("".join(output)))
    line.end(f"{total} packages are installed")


def _follow(
    process: subprocess.Popen[str], line: ProgressLine, output: list[str], total: int, packages: Path
) -> None:
    """Show pip's progress until it ends. While it unpacks it says nothing, so the packages are counted."""
    unpacking, collected = threading.Event(), 0

    def count() -> None:
        while not unpacking.wait(0.5):
            pass
        while process.poll() is None:
            done = sum(1 for _ in packages.glob("*.dist-info"))
            line.show(f"unpacking: {done} of {total} packages" if done < total else "finishing")
            time.sleep(1.0)

    threading.Thread(target=count, daemon=True).start()
    assert process.stdout is not None
    for text in process.stdout:
        output.append(text)
        collected += text.startswith(("Collecting ", "Requirement already satisfied", "Processing "))
        if text.startswith("Installing collected packages"):
            unpacking.set()
        said = describe(text, collected, total)
        if said and not unpacking.is_set():
            line.show(said)
    unpacking.set()


def set_up(kind: str) -> Path:
    """Make the environment, install what is missing, and return its interpreter. Says nothing when all is
    there."""
    venv = PROJECT / ".venv"
    python = venv_python(venv)
    if not python.exists():
        require_python()
        print("Making the virtual environment .venv", flush=True)
        done = subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False)
        if done.returncode:
            raise SetupFailed("Python's venv does not work. On Debian and Ubuntu: apt install python3-venv")
    stamp, larger = Stamp(venv, kind), Stamp(venv, TEST)
    if not stamp.is_current() and not larger.is_current():
        install(python, venv, kind)
        stamp.write()
        if kind == TEST:
            Stamp(venv, RUN).write()
    return python


def start(python: Path, *arguments: str) -> int:
    """Run the environment's Python in the project's folder, where possible in place of this program."""
    os.chdir(PROJECT)
    if os.name != "nt":
        os.execv(python, [str(python), *arguments])
    process = subprocess.Popen([str(python), *arguments])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program has heard it, too, and ends by itself
            continue


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run.py", description="Set up RAG Workbench and start it. Only the first time takes minutes."
    )
    parser.set_defaults(command="app", port=8501)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    app = commands.add_parser("app", help="start the app in a browser (the default)")
    app.add_argument("--port", type=int, default=8501, help="its port (default: 8501)")
    commands.add_parser("demo", help="run the sample experiment in the terminal")
    setup = commands.add_parser("install", help="only set up .venv")
    setup.add_argument("--test", action="store_true", help="with what the tests need")
    options = parser.parse_args(arguments)
    options.command = options.command or "app"
    return options


def main() -> int:
    options = parse()
    try:
        require_python()
        python = set_up(TEST if options.command == "install" and options.test else RUN)
    except SetupFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    if options.command == "install":
        return 0
    if options.command == "demo":
        return start(python, "-m", "workbench", "demo")
    print(
        f"RAG Workbench: http://127.0.0.1:{options.port}   (Ctrl-C ends it; a running experiment goes on)",
        flush=True,
    )
    return start(python, "-m", "streamlit", "run", "server.py", "--server.port", str(options.port))


if __name__ == "__main__":
    sys.exit(main())
