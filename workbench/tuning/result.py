"""Looks at what a training left behind, and says how it is served.
Knows nothing about how it was made, nor about running a server."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from workbench.errors import TuningFailed
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.tuning.command import fill_command
from workbench.tuning.recipe import Recipe, Result, Serve
from workbench.tuning.types import TuningResult
from workbench.tuning.weights import Weights

PORT = "{port}"
LLAMA_SERVER = "llama-server"
"""llama.cpp's server, which WORKBENCH_LLAMA_SERVER may name where it is not on the PATH."""


def find_files(result: Result, out: Path, recipe: str) -> dict[str, str]:
    """The files that a recipe promises. Raises TuningFailed when what is needed is missing or empty."""
    promised = {"peft": result.peft, "gguf": result.gguf, "weights": result.weights}
    found = {name: file for name, file in promised.items() if file and _holds_something(out / file)}
    if not found:
        named = ", ".join(file for file in promised.values() if file) or "no file"
        raise TuningFailed(
            f"The recipe {recipe} ended without an error, but made nothing: {named} is missing in {out}.",
            hint="See its log.",
        )
    return found


def forget_files(result: Result, out: Path) -> None:
    """Remove what an earlier attempt may have left of a result. Checkpoints stay."""
    for file in filter(None, (result.peft, result.gguf, result.weights)):
        path = out / file
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _holds_something(path: Path) -> bool:
    if path.is_dir():
        return any(file.is_file() and file.stat().st_size > 0 for file in path.rglob("*"))
    return path.is_file() and path.stat().st_size > 0


def served_name_of(name: str, key: str) -> str:
    """The name by which a server knows a result: two trainings never share one."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "tuned"
    return f"{plain[:60]}-{key[:8]}"


def find_way(
    recipe: Recipe, files: dict[str, str], weights: Weights, parent: Model, settings: Settings
) -> Serve | None:
    """The first of a recipe's ways of serving that this machine, the weights and the result allow."""
    for way in recipe.serve:
        if way.weights not in ("any", weights.kind):
            continue
        if way.load and parent.base_url is None:
            continue
        if way.program and find_program(way.program, settings) is None:
            continue
        if all(name in files for name in way.needs):
            return way
    return None


def find_program(name: str, settings: Settings) -> str | None:
    """Where a program is; None when it is not on this machine."""
    if name == LLAMA_SERVER and settings.llama_server:
        return settings.llama_server
    return shutil.which(name)


def serve_command(
    way: Serve, recipe: Recipe, files: dict[str, str], out: Path, weights: Weights, python: Path,
    served_name: str, settings: Settings,
) -> tuple[str, ...]:  # fmt: skip
    """The command that starts a result's server, with {port} still to be filled in."""
    adapter = files.get("gguf" if weights.kind == "gguf" else "peft") or files.get("peft") or ""
    values = {
        "python": str(python), "recipe": recipe.folder, "weights": weights.path,
        "adapter": str(out / adapter), "model": str(out / files.get("weights", files.get("gguf", ""))),
        "port": PORT, "name": served_name,
        "program": find_program(way.program, settings) or way.program,
    }  # fmt: skip
    command = fill_command(way.command, values)
    for earlier in weights.adapters:  # trainings of trainings: their adapters come first
        file = earlier.files.get("gguf" if weights.kind == "gguf" else "peft")
        if file and way.option_of_adapter:
            command += [way.option_of_adapter, str(Path(earlier.folder) / file)]
    return tuple(command)


def make_result(
    recipe: Recipe, files: dict[str, str], out: Path, weights: Weights, python: Path,
    name: str, key: str, parent: Model, settings: Settings, base_url: str,
) -> TuningResult:  # fmt: skip
    """What was made and how it is served. Without a way to serve it, it can be served by hand."""
    served_name = served_name_of(name, key)
    way = find_way(recipe, files, weights, parent, settings)
    command: tuple[str, ...] = ()
    loaded = way.load if way is not None else ""
    if way is not None and not way.load:
        command = serve_command(way, recipe, files, out, weights, python, served_name, settings)
    kind = recipe.result.kind
    return TuningResult(
        kind, str(out), files, None, parent.base_url if loaded else base_url, served_name, command, loaded
    )
