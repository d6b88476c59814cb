"""Tells which setting of an experiment an error is about, so that a page can show it at that setting's field.
Knows nothing about fields: it returns the key of the experiment file, as advice does."""

from __future__ import annotations

import re

from workbench.errors import CorpusError, ModelError, PromptError, QuestionError, WorkbenchError
from workbench.space.experiment import ExperimentFile
from workbench.space.retrieval_axes import RetrievalAxes

_KEYS = frozenset((*ExperimentFile.model_fields, *RetrievalAxes.model_fields)) - {"retrieval"}
# "the experiment:12: retrieval.top_k.0 is …", "objective: …", "exclude, rule 1: …", "budget_usd needs …".
_LEADING_KEY = re.compile(r"^(?:[^:]*:\d+: )?'?(?:retrieval\.)?(\w+)")
_BY_TYPE: tuple[tuple[type[WorkbenchError], str], ...] = (
    (CorpusError, "corpus"),
    (QuestionError, "corpus"),
    (PromptError, "prompts"),
    (ModelError, "models"),
)


def setting_of_error(error: WorkbenchError) -> str | None:
    """Return the key that is wrong, "top_k" for retrieval.top_k; None for an error of no single setting."""
    if error.about in _KEYS:  # a key of a model's description is none of the experiment's
        return error.about
    leading = _LEADING_KEY.match(error.message)
    if leading is not None and leading[1] in _KEYS:
        return leading[1]
    return next((key for kind, key in _BY_TYPE if isinstance(error, kind)), None)
