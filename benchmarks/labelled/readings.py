"""Prepares packets to read, checks finished readings and says how far two of them agree.
Knows nothing about models and scores, and packets do not show them.

    python -m benchmarks.labelled.readings packets BATCH FOLDER       packet_1.txt … and their templates
    python -m benchmarks.labelled.readings merge BATCH READER FILE…   filled templates to the reader's labels
    python -m benchmarks.labelled.readings agreement BATCH            of the labels of readers 1 and 2
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.labelled.files import answers_file, labels_file, passages_file, read_lines, write_lines

PER_PACKET = 60
CODES = {"S": "supported", "P": "partly", "U": "unsupported", "N": "no_claim"}
CORRECT = ("right", "partly", "wrong", "declined")


class ReadingError(Exception):
    """A line of a filled template that does not fit its answer."""


def code_of(answer: dict[str, Any]) -> str:
    """What stands for an answer in packets and templates: a short hash, which does not tell the model."""
    return sha256(f"reading:{answer['id']}".encode()).hexdigest()[:6]


def reading_order(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers in the order of reading: by model, whose name is not shown, then by corpus and question."""

    def key(answer: dict[str, Any]) -> tuple[str, ...]:
        question = sha256(answer["question_id"].encode()).hexdigest()
        return answer["model"], answer["corpus"], question, "".join(answer["passages"]), answer["prompt"]

    return sorted(answers, key=key)


def packet_text(answers: Sequence[dict[str, Any]], passages: dict[str, dict[str, Any]]) -> str:
    """Questions with their references and passages, and below them the answers, sentence by sentence."""
    lines = []
    for (question, keys), group in groupby(answers, lambda answer: (answer["question"], answer["passages"])):
        rows = list(group)
        first = rows[0]
        wanted = (
            " || ".join(first["references"]) if first["answerable"] else "(the documents do not answer this)"
        )
        lines += ["=" * 80, f"QUESTION  {question}", f"REFERENCE {wanted}"]
        for number, key in enumerate(keys, start=1):
            lines.append(f"[{number}] {passages[key]['title']}\n{passages[key]['text']}")
        for answer in rows:
            lines.append(f"--- answer {code_of(answer)}")
            for count, (start, end) in enumerate(answer["sentences"], start=1):
                lines.append(f"({count}) {answer['answer'][start:end]}")
    return "\n".join(lines) + "\n"


def template_text(answers: Sequence[dict[str, Any]]) -> str:
    """A line to fill for each answer."""
    return "# answer, correct, faithful, one code of S P U N per sentence: 3f9a2c wrong no SUN\n" + "".join(
        f"{code_of(answer)} ? ? {'?' * len(answer['sentences'])}\n" for answer in answers
    )


def write_packets(batch: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    passages = {row["key"]: row for row in read_lines(passages_file(batch))}
    answers = reading_order(read_lines(answers_file(batch)))
    for packet, first in enumerate(range(0, len(answers), PER_PACKET), start=1):
        part = answers[first : first + PER_PACKET]
        (folder / f"packet_{packet}.txt").write_text(packet_text(part, passages), encoding="utf-8")
        (folder / f"template_{packet}.txt").write_text(template_text(part), encoding="utf-8")


def faithful_of(codes: str) -> str:
    claimed = set(codes) - {"N"}
    if not claimed:
        return "none"
    return "yes" if claimed == {"S"} else "no"


def parse_line(line: str, answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One filled line as a label. Raises ReadingError naming the line and what is wrong."""
    fields = line.split()
    code, correct, faithful, codes = (*fields, "", "", "", "")[:4]
    answer = answers.get(code)
    if answer is None:
        raise ReadingError(f"{line!r}: there is no such answer")
    if correct not in CORRECT:
        raise ReadingError(f"{line!r}: correct is one of {', '.join(CORRECT)}")
    if len(codes) != len(answer["sentences"]) or set(codes) - set(CODES):
        raise ReadingError(f"{line!r}: {len(answer['sentences'])} codes of {' '.join(CODES)} are needed")
    if faithful != faithful_of(codes):
        raise ReadingError(f"{line!r}: these codes mean faithful {faithful_of(codes)}")
    return {
        "id": answer["id"], "correct": correct, "faithful": faithful, "sentences": [CODES[c] for c in codes],
    }  # fmt: skip


def merge(batch: int, reader: int, files: Sequence[Path]) -> None:
    """Check the filled templates of one reader and write them as one file. Raises ReadingError."""
    answers = {code_of(answer): answer for answer in read_lines(answers_file(batch))}
    labels: dict[str, dict[str, Any]] = {}
    problems = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                try:
                    label = parse_line(line, answers)
                    labels[label["id"]] = label
                except ReadingError as error:
                    problems.append(f"{file.name}: {error}")
    if problems:
        raise ReadingError("\n".join(problems))
    missing = [code for code, answer in answers.items() if answer["id"] not in labels]
    print(f"{len(labels)} of {len(answers)} answers are labelled; missing: {missing or 'none'}")
    rows = [labels[answer["id"]] for answer in answers.values() if answer["id"] in labels]
    write_lines(labels_file(reader, batch), rows)


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa of two readers' labels: agreement beyond what their own shares would give by chance."""
    first, second = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    observed = sum(a == b for a, b in pairs) / len(pairs)
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def label_pairs(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> dict[str, list[tuple[str, str]]]:
    """What the two readers said, for each thing that is labelled."""
    by_id = {row["id"]: row for row in second}
    both = [(row, by_id[row["id"]]) for row in first if row["id"] in by_id]
    return {
        "correct": [(a["correct"], b["correct"]) for a, b in both],
        "faithful": [(a["faithful"], b["faithful"]) for a, b in both],
        "sentence": [p for a, b in both for p in zip(a["sentences"], b["sentences"], strict=True)],
    }


def report_agreement(batch: int) -> None:
    found = label_pairs(*(read_lines(labels_file(reader, batch)) for reader in (1, 2)))
    for name, pairs in found.items():
        same = sum(a == b for a, b in pairs) / len(pairs)
        print(f"{name}: {len(pairs)} labelled twice, {same:.3f} the same, kappa {kappa(pairs):.3f}")
        for (a, b), count in Counter(pairs).most_common():
            print(f"    {count:5d}  {a} / {b}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["packets", batch, folder]:
            write_packets(int(batch), Path(folder))
        case ["merge", batch, ("1" | "2") as reader, *files]:
            merge(int(batch), int(reader), [Path(file) for file in files])
        case ["agreement", batch]:
            report_agreement(int(batch))
        case _:
            sys.exit(__doc__)
