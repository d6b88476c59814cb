"""Trains a variant of the embedded answerer on rows of training data, in this process and within seconds.
Knows nothing about where the rows come from, nor about jobs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.prompt_reading import read_prompt
from workbench.providers.embedded.training import Thumb, train_variant
from workbench.providers.embedded.variant import Variant, to_json
from workbench.providers.types import Message
from workbench.scoring.refusal import is_refusal
from workbench.tuning.answer_sentences import sentence_of
from workbench.tuning.data import DataFile, messages_of, read_rows, split_row


def _thumb(prompt: list[dict[str, str]], answer: str, up: bool) -> Thumb | None:
    """A row as the embedded answerer learns from it; None where its prompt holds no passages."""
    messages = [Message(role=m["role"], content=m["content"]) for m in prompt]  # type: ignore[arg-type]
    parsed = read_prompt(messages)
    if not parsed.passages or not parsed.question:
        return None
    identity = hashlib.sha256(parsed.question.encode()).hexdigest()[:16]
    declined = is_refusal(answer)
    if up and not declined:
        answer = sentence_of(parsed.question, parsed.passages, answer)
    return Thumb(identity, parsed.question, parsed.passages, answer, up, declined)


def read_thumbs(rows: Iterable[dict[str, Any]]) -> Iterator[Thumb]:
    """What the rows say was right and wrong, each as a thumb on an answer."""
    for row in rows:
        prompt, answer = split_row(row)
        said = [(answer, bool(row.get("label", True)))]
        if "rejected" in row:
            rejected = messages_of(row["rejected"])
            said.append((rejected[-1]["content"] if rejected else "", False))
        for text, up in said:
            thumb = _thumb(prompt, text, up)
            if thumb is not None:
                yield thumb


def train_embedded(parent: Variant, data: DataFile, name: str) -> dict[str, Any]:
    """The variant trained on these rows, as JSON. Raises InputError when there is nothing to learn from."""
    thumbs = list(read_thumbs(read_rows(data.rows_file)))
    variant = train_variant(
        parent,
        [],
        name,
        encode=shared_encoder().encode,
        trained_at=datetime.now(UTC).date().isoformat(),
        thumbs=thumbs,
        description=f"{len(thumbs)} answers of {data.rows} rows of training data ({data.kind})",
    )
    written: dict[str, Any] = json.loads(to_json(variant))
    if data.question_ids:
        written["trained_on"]["question_ids"] = sorted(data.question_ids)
    return written
