"""Compiles the product and its tests once, as Python and pytest want them, before many processes load them.
Knows nothing about what is tested.

    python -m tools.compile_tests
"""

from __future__ import annotations

import ast
import compileall
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from _pytest.assertion.rewrite import PYC_TAIL, _read_pyc, _write_pyc_fp, get_cache_dir, rewrite_asserts

PROJECT = Path(__file__).resolve().parent.parent
PLAIN = (
    "workbench",
    "benchmarks",
    "tools",
    "tests/protocol_server",
)  # what processes of their own import, too


def compile_plainly(folder: str) -> bool:
    return bool(compileall.compile_dir(PROJECT / folder, quiet=1))


def rewrite(file: Path) -> None:
    """Keep a file of tests as pytest loads it: asserts say what they compared. That takes far longer
    than loading it, and each process of pytest would do it again."""
    kept = get_cache_dir(file) / (file.name.removesuffix(".py") + PYC_TAIL)
    if _read_pyc(file, kept) is not None:
        return
    stat, source = file.stat(), file.read_bytes()
    tree = ast.parse(source, filename=str(file))
    rewrite_asserts(tree, source, str(file))
    kept.parent.mkdir(exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as handle:
        _write_pyc_fp(handle, stat, compile(tree, str(file), "exec", dont_inherit=True))
    unfinished.replace(kept)


def main() -> None:
    tests = [*(PROJECT / "tests").rglob("test_*.py"), *(PROJECT / "tests").rglob("conftest.py")]
    tests.sort(key=lambda file: -file.stat().st_size)
    with ProcessPoolExecutor() as pool:
        compiled = pool.map(compile_plainly, PLAIN)
        for done in (pool.map(rewrite, tests, chunksize=4), compiled):
            list(done)


if __name__ == "__main__":
    main()
