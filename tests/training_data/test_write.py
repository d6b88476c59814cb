"""A folder of training data is written whole or not at all, with its card.
Knows nothing about formats but one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from tests.training_data.test_formats import make_data
from workbench.errors import InputError
from workbench.training_data.write import check_folder, write_training_data


def test_the_card_says_what_the_files_hold(tmp_path: Path) -> None:
    data = make_data("sft")
    card = write_training_data(data, "trl", tmp_path / "out")
    assert card == json.loads((tmp_path / "out" / "card.json").read_text())
    assert (card["rows"], card["sha256"], card["counts"]["origin"]) == (2, data.sha256, {"liked answer": 2})
    content = (tmp_path / "out" / "train.jsonl").read_bytes()
    described = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert card["files"] == {"train.jsonl": described}
    readme = (tmp_path / "out" / "README.md").read_text()
    assert data.sha256 in readme and "over the limit" in readme and "SFTTrainer" in readme


def test_equal_data_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_training_data(make_data("dpo"), "llama-factory", tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["README.md", "card.json", "dataset_info.json", "train.json"]
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_data_that_are_there_are_replaced_only_by_force_and_other_files_never(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_training_data(make_data("sft"), "axolotl", out)
    with pytest.raises(InputError, match="already contains training data"):
        write_training_data(make_data("sft"), "trl", out)
    write_training_data(make_data("sft"), "trl", out, overwrite=True)
    assert not (out / "axolotl.yaml").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("Dear")
    with pytest.raises(InputError, match="contains files that are not training data"):
        check_folder(mine, overwrite=True)
    with pytest.raises(InputError, match="is a file"):
        check_folder(mine / "letter.txt", overwrite=True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_training_data(make_data("sft"), "trl", out)
    before = (out / "card.json").read_bytes()

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(
            InputError, match=f"{re.escape(str(out))}' cannot be written: No space left on device"
        ):
            write_training_data(make_data("dpo"), "trl", out, overwrite=True)
    assert (out / "card.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
