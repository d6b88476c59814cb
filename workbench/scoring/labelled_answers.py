"""Answers with a person's word on whether they are supported: from a file, or from thumbs.
Knows nothing about judges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.fingerprint import fingerprint
from workbench.nearest import did_you_mean
from workbench.space.files import read_text
from workbench.store.answers import find_passages
from workbench.store.database import Store
from workbench.store.ratings import list_ratings

KEYS = ("answer", "passages", "label", "question")


@dataclass(frozen=True)
class LabelledAnswer:
    """label: whether the passages support the answer (or, from thumbs, whether people liked it)."""

    answer: str
    passages: tuple[str, ...]
    label: bool
    question: str = ""

    @property
    def group(self) -> str:
        """Answers about the same passages are not independent of each other."""
        return fingerprint(list(self.passages))


def load_labelled(path: Path) -> list[LabelledAnswer]:
    """One JSON object a line; other keys are left alone. Raises InputError naming file and line."""
    found = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            found.append(_labelled(line, f"{path}:{number}"))
    if not found:
        raise InputError(f"{path} holds no labelled answer.")
    return found


def _labelled(line: str, where: str) -> LabelledAnswer:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}.") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected an object with answer, passages and label.")
    for key in ("answer", "passages", "label"):
        if key not in row:
            near = [k for k in row if k not in KEYS]
            raise InputError(f"{where}: {key!r} is missing.", hint=did_you_mean(key, near) if near else None)
    passages = [row["passages"]] if isinstance(row["passages"], str) else row["passages"]
    if not isinstance(row["answer"], str):
        raise InputError(f"{where}: answer is {row['answer']!r}; it must be a text.")
    if not isinstance(passages, list) or not all(isinstance(p, str) for p in passages):
        raise InputError(f"{where}: passages must be a list of texts.")
    return LabelledAnswer(row["answer"], tuple(passages), _label(row["label"], where), _question(row, where))


def _label(value: Any, where: str) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise InputError(f"{where}: label is {value!r}; it must be true or false, or 1 or 0.")


def _question(row: dict[str, Any], where: str) -> str:
    question = row.get("question") or ""
    if not isinstance(question, str):
        raise InputError(f"{where}: question is {question!r}; it must be a text.")
    return question


def labels_from_ratings(store: Store) -> list[LabelledAnswer]:
    """People's thumbs, one label for each thing seen: what most raters say; a tie is none."""
    votes: dict[str, list[Any]] = {}
    for rating in list_ratings(store):
        votes.setdefault(rating.seen, []).append(rating)
    passages = find_passages(store, {key for rs in votes.values() for r in rs for key in r.passages})
    found = []
    for ratings in votes.values():
        sum_of_thumbs = sum(1 if r.value > 0 else -1 for r in ratings)
        first = ratings[0]
        shown = tuple(passages[key].text for key in first.passages if key in passages)
        if sum_of_thumbs and first.answer.strip():
            found.append(LabelledAnswer(first.answer, shown, sum_of_thumbs > 0, first.question))
    if not found:
        raise InputError(
            "Nobody has rated an answer yet.", hint="Give thumbs on the Answers page, or with `rate`."
        )
    return found
