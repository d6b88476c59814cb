"""Lists the formats that questions are imported from, one file per format.
Knows nothing about files and corpora."""

from __future__ import annotations

from workbench.importing.formats import (
    beir,
    deepeval,
    giskard,
    hotpotqa,
    langfuse,
    langsmith,
    natural_questions,
    open_webui,
    openai_evals,
    phoenix,
    promptfoo,
    ragas,
    squad,
    table,
    workbench,
)
from workbench.importing.types import Format, Recognition, Source

FORMATS: tuple[Format, ...] = (
    workbench.FORMAT, ragas.FORMAT, beir.FORMAT, squad.FORMAT, hotpotqa.FORMAT, natural_questions.FORMAT,
    promptfoo.FORMAT, deepeval.FORMAT, giskard.FORMAT, langsmith.FORMAT, langfuse.FORMAT, phoenix.FORMAT,
    open_webui.FORMAT, openai_evals.FORMAT, table.FORMAT,
)  # fmt: skip


def recognise(source: Source) -> tuple[Format, Recognition] | None:
    """The format that a source most likely has, and why; None when no format fits."""
    found = [(fits, format_) for format_ in FORMATS if (fits := format_.recognise(source)) is not None]
    if not found:
        return None
    fits, format_ = max(found, key=lambda item: item[0].sure)
    return format_, fits
