"""The files of exported winners: how they are named, and the command that asks them.
Knows nothing about what is in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import exported, ran_once  # noqa: F401  (fixtures)
from tests.tiny_experiment import Runner, experiment, runner, tiny  # noqa: F401  (fixtures)
from workbench.errors import InputError
from workbench.ship.winner import read_winner
from workbench.ship.winner_files import ask_command, export_to_folder
from workbench.store.trials import get_trials


def test_a_file_is_named_after_experiment_and_configuration_and_replaces_only_the_same(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    once = runner.run(
        experiment(name="Tariffs 2026", retrieval={"retriever": ["keyword"], "top_k": [2, 3]})
    ).id
    again = runner.run(experiment(name="Tariffs 2026", retrieval={"retriever": ["keyword"], "top_k": [3]})).id
    folder = tmp_path / "winners"

    def export(experiment_id: str, *, is_winner: bool) -> Path:
        trial = get_trials(runner.store, experiment_id)[0]
        file = export_to_folder(runner.store, folder, experiment_id, trial.id, is_winner=is_winner)
        assert read_winner(file.path).evidence.experiment == experiment_id
        return file.path

    first = export(once, is_winner=True)
    assert first.name == "tariffs-2026-winner.yaml"
    assert export(once, is_winner=True) == first
    second = export(again, is_winner=True)
    assert second.name == f"tariffs-2026-winner-{again}.yaml"
    assert read_winner(first).evidence.experiment == once
    plain = export(once, is_winner=False)
    assert plain.name.startswith("tariffs-2026-") and "winner" not in plain.name
    (folder / "tariffs-2026-winner.yaml").write_text("notes: mine")
    assert export(once, is_winner=True).name == f"tariffs-2026-winner-{once}.yaml"
    assert first.read_text() == "notes: mine"


@pytest.mark.parametrize(
    ("python", "winner", "folder", "command"),
    [
        ("/p/.venv/bin/python", "/p/winners/a-winner.yaml", "/p", ".venv/bin/python -m workbench ask winners/a-winner.yaml 'Is it?'"),
        ("/usr/bin/python3", "/data/it's.yaml", "/p", "/usr/bin/python3 -m workbench ask '/data/it'\"'\"'s.yaml' 'Is it?'"),
    ],
)  # fmt: skip
def test_the_command_names_the_interpreter_and_the_file_from_the_working_folder(
    python: str, winner: str, folder: str, command: str
) -> None:
    made = ask_command(Path(winner), "Is it?", python=python, folder=Path(folder), windows=False)
    assert made == command
    assert shlex.split(made)[-1] == "Is it?"


@pytest.mark.parametrize("time", ["nonsense", "", "2026-13-01", "0001-01-01T00:00:00x"])
def test_a_time_of_export_that_is_none_is_told_when_the_file_is_read(
    exported: str,  # noqa: F811
    tmp_path: Path,
    time: str,
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(re.sub("^exported_at: .*$", f"exported_at: '{time}'", exported, flags=re.MULTILINE))
    with pytest.raises(InputError, match="which is no time"):
        read_winner(file)
