"""A recipe's script for tests: it behaves as its setting says. Knows nothing about training."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

job = json.loads(Path(sys.argv[1]).read_text())
out, does, steps = Path(job["out"]), job["settings"]["does"], 4


def tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


def done_before() -> int:
    return int((out / "step").read_text()) if (out / "step").exists() else 0


def stop_politely(*_: object) -> None:
    tell(message="Stopped; the checkpoint is kept")
    sys.exit(75)


if does == "ignores its stop":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (out / "pids").write_text(f"{os.getpid()} {child.pid}")
elif does == "waits":
    signal.signal(signal.SIGTERM, stop_politely)
if does == "prints its environment":
    print(dict(os.environ), flush=True)
    tell(message=f"The key is {os.environ['PROVIDERS_KEY']}")
if does == "prints nonsense":
    sys.stdout.buffer.write(b"\xff\xfe{]}\x00" * 50_000 + b'\n{"step": "many", "loss": []}\n[1, 2]\n')
    sys.stdout.buffer.write(b'{"metrics": {"large": 1' + b"0" * 400 + b'}}\n{"message": "half \\ud800"}\n')
    sys.stdout.flush()
for step in range(done_before() + 1, steps + 1):
    tell(step=step, steps=steps, loss=float("nan") if does == "loses its numbers" else 2.0 / step)
    (out / "step").write_text(str(step))
    if step == 2:
        if does in ("waits", "ignores its stop") and not (out / "once").exists():
            (out / "once").touch()
            time.sleep(600)
        if does == "fails midway" and not (out / "once").exists():
            (out / "once").touch()
            sys.exit("RuntimeError: out of memory")
        if does == "fills the disk":
            (out / "large").write_bytes(b"0" * 3_000_000)
            time.sleep(600)
        if does == "loses its numbers":
            time.sleep(600)
if does != "makes nothing":
    (out / "adapter").mkdir(exist_ok=True)
    (out / "adapter" / "adapter_model.safetensors").write_text(json.dumps(job["settings"]))
    tell(metrics={"train_loss": 0.5, "odd": "text"})
if does == "prints nonsense":
    sys.stdout.write("no end of line")
