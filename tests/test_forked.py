"""What processes of tests that are forked have: the loaded product, and the environment of their own test.
Knows nothing about what they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forked import FORK
from tests.said_elsewhere import say_what_is_here

VARIABLE = "WORKBENCH_OF_ONE_TEST"


@pytest.mark.parametrize("value", ["first", "second", None])
def test_a_forked_process_has_loaded_the_product_and_has_the_environment_it_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    reader, writer = FORK.Pipe(duplex=False)
    process = FORK.Process(target=say_what_is_here, args=(VARIABLE, writer))
    process.start()
    writer.close()
    assert reader.recv() == (True, value)
    process.join()
    reader.close()
