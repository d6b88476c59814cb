"""Settings over the tiny corpus, and modules of a user in the experiments folder.
Knows nothing about what is tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, runner, tiny  # noqa: F401  (fixtures)
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.types import Hit
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.user_code.permission import Code, allow

WriteModule = Callable[..., Path]


@pytest.fixture
def write_module(runner: Runner) -> WriteModule:  # noqa: F811
    """Writes a module beside the experiments and, unless told otherwise, allows it to run."""

    def write(text: str, name: str = "mine", *, allowed: bool = True) -> Path:
        file = runner.settings.experiments / f"{name}.py"
        file.write_text(text)
        if allowed:
            allow([Code.of_file(file.resolve())])
        return file

    return write


def find_hits(corpus: SearchableCorpus, retriever: str, queries: Sequence[Query]) -> list[list[Hit]]:
    """What a retriever finds, each query by itself."""
    embedding = None if corpus.vectors is None else Model(name=DEFAULT_EMBEDDING, kind="embedding")
    return search(corpus, Retrieval(retriever=retriever, embedding=embedding), [[query] for query in queries])
