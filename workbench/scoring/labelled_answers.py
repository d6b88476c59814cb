"""Reads labelled answers, from a file or from people's thumbs.
Knows nothing about judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.files.reading import read_text
from workbench.fingerprint import fingerprint
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.store.answers import find_passages
from workbench.store.database import Store
from workbench.store.ratings import list_ratings

KEYS = ("answer", "passages", "label", "question")


@dataclass(frozen=True)
class LabelledAnswer:
    """An answer with a person's label."""

    answer: str
    passages: tuple[str, ...]
    """The texts of the passages that the answer was based on."""
    label: bool
    """Whether the passages support the answer; from thumbs, whether most raters liked it."""
    question: str = ""
    """The question; empty when the file has none."""

    @property
    def group(self) -> str:
        """A key of the passages: answers from the same passages are not independent of each other."""
        return fingerprint(list(self.passages))


def load_labelled(path: Path) -> list[LabelledAnswer]:
    """Read labelled answers from a file with one JSON object per line; other keys are ignored.

    Raises InputError, with file and line, when a line is wrong or there is no labelled answer.
    """
    labelled = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            labelled.append(_labelled(line, f"{path}:{number}"))
    if not labelled:
        raise InputError(f"{path} contains no labelled answer.")
    return labelled


def _labelled(line: str, where: str) -> LabelledAnswer:
    try:
        row = parse_strict_json(line)
    except UnusableJson as error:
        raise InputError(f"{where}: the line {error}.") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected an object with answer, passages and label.")
    for key in ("answer", "passages", "label"):
        if key not in row:
            near = [k for k in row if k not in KEYS]
            raise InputError(f"{where}: {key!r} is missing.", hint=did_you_mean(key, near) if near else None)
    passages = [row["passages"]] if isinstance(row["passages"], str) else row["passages"]
    if not isinstance(row["answer"], str):
        raise InputError(f"{where}: answer is {shown(row['answer'])}; it must be a text.")
    if not isinstance(passages, list) or not all(isinstance(p, str) for p in passages):
        raise InputError(f"{where}: passages must be a list of texts.")
    return LabelledAnswer(row["answer"], tuple(passages), _label(row["label"], where), _question(row, where))


def _label(value: Any, where: str) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise InputError(f"{where}: label is {shown(value)}; it must be true or false, or 1 or 0.")


def _question(row: dict[str, Any], where: str) -> str:
    question = row.get("question") or ""
    if not isinstance(question, str):
        raise InputError(f"{where}: question is {question!r}; it must be a text.")
    return question


def labels_from_ratings(store: Store) -> list[LabelledAnswer]:
    """Return one labelled answer for each rated answer, with the label of most raters; a tie has none.
    Raters who are left out have no say.

    Raises InputError when no answer has a label.
    """
    votes: dict[str, list[Any]] = {}
    for rating in list_ratings(store, counted=True):
        votes.setdefault(rating.seen, []).append(rating)
    passages = find_passages(store, {key for rs in votes.values() for r in rs for key in r.passages})
    labelled = []
    for ratings in votes.values():
        sum_of_thumbs = sum(1 if r.value > 0 else -1 for r in ratings)
        first = ratings[0]
        shown = tuple(passages[key].text for key in first.passages if key in passages)
        if sum_of_thumbs and first.answer.strip():
            labelled.append(LabelledAnswer(first.answer, shown, sum_of_thumbs > 0, first.question))
    if not labelled:
        raise InputError(
            "Nobody has rated an answer yet.", hint="Give thumbs on the Answers page, or with `rate`."
        )
    return labelled
