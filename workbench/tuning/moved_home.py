"""Finds what a training made where the home lies now: it may have been copied or restored to another path.
Knows nothing about what is in the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.store.learning.tuning_jobs import DONE, TuningJob
from workbench.tuning.types import OUT, TuningResult


def read_result(job: TuningJob | None, home: Path) -> TuningResult | None:
    """The result of a training with its files and its server's command below this home; None before it is
    done.

    A result was written with whole paths. Those below the home of that time, which is what stands before the
    training's own folder, are read as below this one, but for files that lie where they did, and not here.
    """
    if job is None or job.state != DONE or job.result is None:
        return None
    result = TuningResult.from_json(job.result)
    own = f"/{job.folder}/{OUT}"
    then = Path(result.folder).as_posix()
    if not then.endswith(own) or Path(then.removesuffix(own)) == home.absolute():
        return result
    before, now = f"{then.removesuffix(own)}/", f"{home.absolute().as_posix()}/"
    return replace(
        result,
        folder=f"{now}{job.folder}/{OUT}",
        serve=tuple(_move(word, before, now) for word in result.serve),
    )


def _move(word: str, before: str, now: str) -> str:
    """A word of a command with its path, at its start or behind its "=", below the home of now."""
    option, equals, path = word.partition("=") if not word.startswith(before) else ("", "", word)
    if not path.startswith(before):
        return word
    moved = now + path.removeprefix(before)
    return word if Path(path).exists() and not Path(moved).exists() else f"{option}{equals}{moved}"
