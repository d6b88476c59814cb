"""Sets of answers with reference answers that people have judged: EVOUNA, NQ-301, SQuALITY, our own.
Knows nothing about how correctness is scored; the public data lie outside (benchmarks/README.md)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import DataNotFound, find_data
from benchmarks.labelled.load import load_labelled

MODELS = ("fid", "gpt35", "chatgpt", "gpt4", "newbing")
MOST_REFERENCES = 6  # TriviaQA has up to 60 aliases


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer with its references and what people say of it."""

    question: str
    references: tuple[str, ...]
    answer: str
    judged: float
    """1 for right and 0 for wrong, or a rating by which two answers to one question are compared."""
    group: str
    """Rows of one group answer the same question."""
    system: str = ""
    """Who gave the answer; "" where that is not known."""


def _sample(rows: Sequence[JudgedAnswer], questions: int) -> list[JudgedAnswer]:
    """All answers to some of the questions."""
    groups = sorted({row.group for row in rows})
    drawn = set(random.Random(7).sample(groups, min(questions, len(groups))))
    return [row for row in rows if row.group in drawn]


def load_evouna(name: str) -> list[JudgedAnswer]:
    """Answers of five models to Natural Questions ("NQ") or TriviaQA ("TQ") (Wang et al. 2023)."""
    (path,) = find_data(f"evouna/{name}.json")
    rows = []
    for i, item in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        references = [text.strip() for text in (item["golden_answer"] or "").split("/")]
        for model in MODELS:
            answer, judged = item.get(f"answer_{model}"), item.get(f"judge_{model}")
            gold = tuple(filter(None, references))[:MOST_REFERENCES]
            if gold and answer and judged is not None and not item.get("improper"):
                rows.append(JudgedAnswer(item["question"], gold, answer, float(judged), f"{name} {i}", model))
    return rows


def load_nq301() -> list[JudgedAnswer]:
    """Answers of twelve systems to 301 Natural Questions, acceptable or not (Kamalloo et al. 2023)."""
    judgements, predictions = find_data("openqa_eval/NQ301_human.tsv", "openqa_eval/NQ_FiD.jsonl")
    items = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()]
    gold = {item["question"].strip().lower().rstrip("?"): tuple(item["answer"]) for item in items}
    rows = []
    for line in judgements.read_text(encoding="utf-8").splitlines()[1:]:
        number, question, answer, acceptable = line.split("\t")[:4]
        references = gold.get(question.strip().lower().rstrip("?"), ())[:MOST_REFERENCES]
        if references and acceptable in ("Yes", "No"):
            rows.append(JudgedAnswer(question, references, answer, float(acceptable == "Yes"), number))
    return rows


def load_squality() -> list[JudgedAnswer]:
    """Long answers about stories by two models and a person, rated for correctness (Wang et al. 2022)."""
    ratings, stories = find_data("squality/all-responses.jsonl", "squality/test.jsonl")
    asked = {}
    for line in stories.read_text(encoding="utf-8").splitlines():
        story = json.loads(line)
        for i, question in enumerate(story["questions"]):
            texts = [response["response_text"] for response in question["responses"]]
            asked[str(story["metadata"]["passage_id"]), str(i)] = (question["question_text"], texts)
    rows = []
    for line in ratings.read_text(encoding="utf-8").splitlines():
        rated = json.loads(line)
        for i, systems in rated["questions"].items():
            question, texts = asked.get((str(rated["passage-id"]), i), ("", []))
            for system in systems.values():
                answer = system["response"]
                others = [text for text in texts if text.strip()[:60] != answer.strip()[:60]]
                if others:
                    rating = float(system["overall"]["correctness-rating"])
                    group = f"{rated['passage-id']} {i}"
                    rows.append(JudgedAnswer(question, (others[0],), answer, rating, group))
    return rows


def load_small_models() -> list[JudgedAnswer]:
    """The first batch of answers of two small models, labelled by two readings (benchmarks/labelled)."""
    labelled = load_labelled([1])
    if not labelled:
        raise DataNotFound("benchmarks/labelled")
    return [
        JudgedAnswer(row.question, row.references, row.answer, float(row.correct == "right"), row.question)
        for row in labelled
        if row.correct and row.references
    ]


# Name → its loader; those of the first are right or wrong, of the second rated.
RIGHT_OR_WRONG: dict[str, Callable[[], list[JudgedAnswer]]] = {
    "EVOUNA NQ": lambda: load_evouna("NQ"),
    "EVOUNA TriviaQA": lambda: load_evouna("TQ"),
    "NQ-301": load_nq301,
    "small models": load_small_models,
}
RATED: dict[str, Callable[[], list[JudgedAnswer]]] = {"SQuALITY": load_squality}


def load_sets(
    loaders: dict[str, Callable[[], list[JudgedAnswer]]], questions: int
) -> dict[str, list[JudgedAnswer]]:
    """The sets whose data are at hand, each with the answers to at most so many questions."""
    sets = {}
    for name, load in loaders.items():
        try:
            sets[name] = _sample(load(), questions)
        except DataNotFound:
            continue
    return sets
