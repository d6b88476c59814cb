"""TRL's own trainers load what `training-data --format trl` writes, and train on it.
Knows nothing about how rows are made. Skipped where no environment has trl: the first training by the recipe
`local-lora` makes one."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.llm.llama_server import PACKAGES
from tests.training_data.test_formats import make_data
from workbench.providers.types import Message
from workbench.space.tuning import Kind
from workbench.training_data.write import write_training_data

SCRIPT = Path(__file__).parent / "trl_reads.py"
FOUR = tuple(
    (Message("system", "Be brief."), Message("user", f"Question {n}?"), Message("assistant", "Yes."),
     Message("user", f"And {n}?"))
    for n in range(4)
)  # fmt: skip


def _python_with_trl() -> Path | None:
    named = os.environ.get("TRL_PYTHON")
    places = [Path(named)] if named else sorted(PACKAGES.glob("environments/*/bin/python"))
    return next(
        (place for place in places if list(place.parent.parent.glob("lib/*/site-packages/trl"))), None
    )


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("sft", ["completion", "prompt"]),
        ("dpo", ["chosen", "prompt", "rejected"]),
        ("kto", ["completion", "label", "prompt"]),
    ],
)
def test_trl_trains_on_what_is_written(kind: Kind, columns: list[str], tmp_path: Path) -> None:
    python = _python_with_trl()
    if python is None:
        pytest.skip("no environment has trl: train once with the recipe local-lora, or set TRL_PYTHON")
    write_training_data(make_data(kind, FOUR), "trl", tmp_path / "out")
    (tmp_path / "scratch").mkdir()
    done = subprocess.run(
        [str(python), str(SCRIPT), str(tmp_path / "out"), kind, str(tmp_path / "scratch")],
        capture_output=True, text=True, check=False, env=os.environ | {"HF_HOME": str(tmp_path / "hf")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["rows"], told["columns"], told["steps"]) == (4, columns, 2)
    assert told["loss"] > 0
    if kind == "sft":  # the loss is on the answer alone, earlier replies and passages are not learnt
        assert told["read"].startswith("<|system|>Be brief.<|end|><|user|>Question 0?<|end|>")
        assert told["learnt"] == "Answer 0 “ü”<|end|>"
