"""The data card: what training data hold, where they come from and what was left out, as JSON and to be read.
Knows nothing about how the data were made. Nothing in it depends on the time: equal data have equal cards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from workbench.formatting import counted
from workbench.training_data.card_words import personal_data_in_words
from workbench.training_data.file_names import CARD
from workbench.training_data.types import GOLDEN, ORIGINS, VERSION, Format, TrainingData
from workbench.version import VERSION as WORKBENCH

MOST_LISTED = 20
LICENCE = (
    "The rows hold text of your documents, of the questions that people asked and of what they rated: pass "
    "them on only where all of these may be passed on. Answers that a model wrote are under the terms of its "
    "provider; some forbid training other models on them."
)


def make_card(
    data: TrainingData, format: Format, rows: int, refused: Mapping[str, int], files: Mapping[str, str]
) -> dict[str, Any]:
    """The card as JSON.

    rows: how many were written.
    refused: what was left out, by reason, with what the format cannot hold.
    files: name → text of the other files.
    """
    return {
        "kind": data.kind,
        "format": format,
        "rows": rows,
        "sha256": data.sha256,
        "key": data.key,
        "made_of": data.made_of,
        "options": asdict(data.options),
        "counts": {name: dict(counts.most_common()) for name, counts in data.counts.items()},
        "refused": dict(refused),
        "corpora": [asdict(corpus) for corpus in data.corpora],
        "personal_data": asdict(data.personal_data),
        "question_ids": data.question_ids,
        "files": {name: _described(text) for name, text in files.items()},
        "notes": list(data.notes),
        "licence": LICENCE,
        "workbench": WORKBENCH,
        "version": VERSION,
    }


def _described(text: str) -> dict[str, Any]:
    written = text.encode(errors="replace")
    return {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}


def write_readme(card: Mapping[str, Any], how: str) -> str:
    """The card to be read, in Markdown.

    how: how the trainer is told to read the files.
    """
    options = card["options"]
    facts = [
        f"- Made of {card['made_of']}.",
        f"- {counted(card['rows'], 'row')} of kind {card['kind']}, in the format of {card['format']}.",
        f"- SHA-256 of the rows: `{card['sha256']}`. Seed {options['seed']}. Equal inputs give equal files.",
        *(
            f"- Corpus {c['name']}, version `{c['version']}`, "
            + counted(c["train_questions"], "train question")
            + (", changed since the experiment was created." if c["changed"] else ".")
            for c in card["corpora"]
        ),
    ]
    parts = [
        "# Training data", "\n".join(facts),
        "## How a trainer reads them", how, "## Where the rows come from",
        _table(("answer", "rows", "what it is"), _origins(card["counts"]["origin"])),
        "## Left out",
        _table(("why", "how many"), card["refused"].items()) or "Nothing was left out.",
        "## Personal data", personal_data_in_words(card["personal_data"]),
    ]  # fmt: skip
    if card["notes"]:
        parts += ["## To know", "\n".join(f"- {note}" for note in card["notes"])]
    for name, title in (("evidence", "what became of the evidence"), ("setting", "prompt and retrieval"),
                        ("document", "document"), ("model", "model that wrote the answer")):  # fmt: skip
        counts = card["counts"][name]
        if counts:
            rest = len(counts) - MOST_LISTED
            parts += [
                f"## By {title}",
                _table((title, "rows"), [(GOLDEN.get(k, k), n) for k, n in counts.items()][:MOST_LISTED]),
            ]
            parts += [f"And {rest} more; `{CARD}` has all."] if rest > 0 else []
    parts += ["## Licence", card["licence"]]
    return "\n\n".join(parts) + "\n"


def _origins(counts: Mapping[str, int]) -> Iterable[tuple[str, int, str]]:
    return [(name, count, ORIGINS.get(name, "")) for name, count in counts.items()]  # type: ignore[call-overload]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    head = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return "\n".join([*head, *lines])


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
