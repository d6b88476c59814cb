"""Asks two served models about three corpora through the workbench, and stores answers and passages.
Knows nothing about labels.

    python -m benchmarks.labelled.generate BATCH NORTHWIND_FOLDER HOME BASE_URL TUNED_URL
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree, rmtree
from typing import Any

import yaml

from benchmarks.labelled.files import (
    FOLDER,
    answers_file,
    passages_file,
    read_lines,
    split_answer,
    write_lines,
)
from benchmarks.labelled.prompts import ASKED, SYSTEM
from workbench.api import run_experiment
from workbench.corpus.types import TRAIN_SHARE, place_of_question
from workbench.drafting.draft_corpus import draft_corpus
from workbench.settings import load_settings
from workbench.store.answers import find_answers
from workbench.store.database import open_store
from workbench.store.trials import get_trials

SHIPPED = FOLDER.parent.parent / "corpora"
RETRIEVAL = {"splitter": "sentence", "chunk_tokens": 128, "retriever": "hybrid"}
MODELS = ("smollm2-135m", "smollm2-135m-tuned")
REVISIONS = {"smollm2-135m-tuned": "108 examples"}
# llama.cpp's DRY sampling: without it, many longer answers of so small a model repeat one line to the end.
AGAINST_LOOPS = {"dry_multiplier": 0.8, "dry_allowed_length": 6, "dry_penalty_last_n": 64}
PROMPTS = [
    {
        "name": name,
        "system": SYSTEM,
        "template": f"Passages:\n\n{{passages}}\n\nQuestion: {{question}}\n\n{task}",
    }
    for name, task in ASKED.items()
]


@dataclass(frozen=True)
class Group:
    """Questions of one corpus that are asked in one way."""

    corpus: str
    prompt: str
    questions: int
    """How many questions."""
    temperature: float
    passages: int = 3
    """How many passages the model is shown."""
    evidence: bool = True
    """Whether the documents that hold the answers are there; else retrieval returns wrong passages."""
    again: bool = False
    """Whether the questions are the batch's first ones of that kind again, asked in another way."""
    drafted: bool = False
    """Whether the questions are drafted by rules, instead of the corpus's own."""


FIRST = [
    Group("harbor-support", "concise", 24, 0.0, passages=2),
    Group("harbor-support", "short", 8, 0.0, passages=2),
    Group("harbor-support", "list", 8, 0.0),
    Group("harbor-support", "detailed", 10, 0.3),
    Group("harbor-support", "detailed", 6, 0.0, evidence=False),
    Group("northwind", "concise", 24, 0.0, passages=2),
    Group("northwind", "short", 8, 0.0, passages=2),
    Group("northwind", "list", 8, 0.0, passages=2),
    Group("northwind", "detailed", 10, 0.3, passages=2),
    Group("northwind", "detailed", 6, 0.0, passages=2, evidence=False),
    Group("first-steps", "concise", 16, 0.0, passages=2),
    Group("first-steps", "detailed", 10, 0.3, passages=2, again=True),
    Group("first-steps", "list", 8, 0.0, passages=2, again=True),
    Group("first-steps", "detailed", 6, 0.0, passages=2, evidence=False, again=True),
]
# More answers that the passages support: short tasks at temperature 0, and the evidence mostly there.
SECOND = [
    Group("northwind", "concise", 50, 0.0, passages=2),
    Group("northwind", "short", 14, 0.0, passages=2),
    Group("northwind", "detailed", 8, 0.0, passages=2),
    Group("northwind", "concise", 8, 0.0, passages=2, evidence=False),
    Group("harbor-support", "concise", 40, 0.0, passages=2, drafted=True),
    Group("harbor-support", "short", 18, 0.0, passages=2, drafted=True),
    Group("harbor-support", "detailed", 8, 0.0, passages=2, drafted=True),
    Group("harbor-support", "concise", 8, 0.0, passages=2, evidence=False, drafted=True),
    Group("first-steps", "concise", 26, 0.0, passages=2, drafted=True),
    Group("first-steps", "short", 12, 0.0, passages=2, drafted=True),
    Group("first-steps", "detailed", 4, 0.0, passages=2, drafted=True, again=True),
    Group("first-steps", "concise", 4, 0.0, passages=2, evidence=False, drafted=True, again=True),
]
BATCHES = {1: FIRST, 2: SECOND}
DRAFTS = 200
"""How many drafts are asked for of each shipped corpus."""


def northwind_questions(folder: Path) -> list[dict[str, Any]]:
    """Questions with their answers; the cited file stands as the evidence's document, without a quote."""
    rows = []
    for name in ("qa.jsonl", "qa_dontknows.jsonl"):
        for number, line in enumerate((folder / name).read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            cited = re.findall(r"\[([^\]#]+\.pdf)[^\]]*\]", row["truth"])
            answer = re.sub(r"\s*\[[^\]]+\.pdf[^\]]*\]", "", row["truth"]).strip()
            answers = {"answer": [answer]} if cited else {"answerable": False}
            rows.append(
                {
                    "id": f"nw-{Path(name).stem}-{number}",
                    "question": row["question"],
                    "cited": cited,
                    **answers,
                }
            )
    return rows


def shipped_questions(corpus: str) -> list[dict[str, Any]]:
    text = (SHIPPED / corpus / "questions.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [_with_cited(row) for row in rows]


def drafted_questions(corpus: str, home: Path) -> list[dict[str, Any]]:
    """Questions that the workbench's rules draft from a copy of a shipped corpus, none of them its own."""
    copy = home / "corpora" / f"drafted-{corpus}"
    rmtree(copy, ignore_errors=True)
    copytree(SHIPPED / corpus / "documents", copy / "documents")
    copyfile(SHIPPED / corpus / "questions.jsonl", copy / "questions.jsonl")
    draft_corpus(load_settings(home), str(copy), DRAFTS)
    return [_with_cited(row) for row in read_lines(copy / "drafts.jsonl")]


def _with_cited(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "cited": [e["document"] for e in row.get("evidence", [])]}


def order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions that an experiment may ask, in an order that a hash of the id decides."""
    asked = [row for row in rows if place_of_question(row["id"]) >= TRAIN_SHARE]
    return sorted(asked, key=lambda row: sha256(f"labelled:{row['id']}".encode()).hexdigest())


def write_corpus(folder: Path, documents: Path, rows: list[dict[str, Any]], evidence: bool) -> None:
    """Write a corpus of copies of the documents, without the cited ones if so wanted, and the questions."""
    cited = {name for row in rows for name in row["cited"]}
    rmtree(folder, ignore_errors=True)
    (folder / "documents").mkdir(parents=True)
    for path in sorted(documents.iterdir()):
        if path.suffix != ".jsonl" and (evidence or path.name not in cited):
            copyfile(path, folder / "documents" / path.name)
    kept = ("id", "question", "answer", "answerable")
    write_lines(folder / "questions.jsonl", [{k: row[k] for k in kept if k in row} for row in rows])


def ask(group: Group, name: str, home: Path, models: dict[str, str]) -> list[dict[str, Any]]:
    """Run one experiment over one group, and return its answers with their passages."""
    plan = {
        "name": name,
        "corpus": str(home / "corpora" / name),
        "prompts": [prompt for prompt in PROMPTS if prompt["name"] == group.prompt],
        "retrieval": {**RETRIEVAL, "top_k": group.passages},
        "models": [
            {
                "name": model, "base_url": url, "model": model, "revision": REVISIONS.get(model),
                "temperature": group.temperature,
                "max_tokens": 80 if group.prompt == "detailed" else 120, "seed": 13, "price": {"free": True},
                "limits": {"concurrency": 4, "timeout_seconds": 300},
                "extra_body": AGAINST_LOOPS if group.prompt in ("list", "detailed") else {},
            }
            for model, url in models.items()
        ],
        "holdout": 0.0,
        "scores": ["grounding", "correctness", "refusal"],
    }  # fmt: skip
    path = home / f"{name}.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    result = run_experiment(path, home=home)
    print(name, result.state, flush=True)
    store = open_store(load_settings(home).database)
    asked_models = {trial.id: trial.config.model.name for trial in get_trials(store, result.id)}
    return [
        {
            "id": f"{name}/{answer.question.id}/{model}",
            "corpus": group.corpus,
            "model": model,
            "prompt": group.prompt,
            "temperature": group.temperature,
            "evidence": group.evidence,
            "question_id": answer.question.id,
            "question": answer.question.text,
            "references": list(answer.question.answers),
            "answerable": answer.question.answerable,
            "passages": [{"title": p.title, "text": p.text} for p in answer.passages],
            "answer": answer.text,
            "sentences": split_answer(answer.text),
        }
        for answer in find_answers(store, result.id, limit=None)
        for model in [asked_models[answer.trial_id]]
    ]


def choose(
    batch: int, questions: dict[tuple[str, bool], list[dict[str, Any]]]
) -> list[tuple[Group, list[dict[str, Any]]]]:
    """The groups of a batch with their questions, none of which an earlier batch has asked.

    questions: by corpus and whether they are drafted, in the order of asking. After the first batch only
    those that the documents answer.
    """
    earlier: set[str] = set()
    for number in range(1, batch + 1):
        chosen, asked = [], {kind: list[dict[str, Any]]() for kind in questions}
        for group in BATCHES[number]:
            kind = group.corpus, group.drafted
            before = earlier | {row["id"] for row in asked[kind]}
            left = [r for r in questions[kind] if r["id"] not in before and (number == 1 or r.get("answer"))]
            rows = (asked[kind] if group.again else left)[: group.questions]
            asked[kind] += [] if group.again else rows
            chosen.append((group, rows))
        earlier |= {row["id"] for rows in asked.values() for row in rows}
    return chosen


def store(batch: int, answers: list[dict[str, Any]]) -> None:
    """Write the answers of a batch, and each of their passages once."""
    passages: dict[str, dict[str, str]] = {}
    rows = []
    for answer in answers:
        keys = [sha256(f"{p['title']}\n{p['text']}".encode()).hexdigest()[:12] for p in answer["passages"]]
        passages |= dict(zip(keys, answer["passages"], strict=True))
        rows.append({**answer, "passages": keys})
    write_lines(answers_file(batch), rows)
    write_lines(passages_file(batch), [{"key": key, **passage} for key, passage in passages.items()])


def main(batch: int, northwind: Path, home: Path, *urls: str) -> None:
    models = dict(zip(MODELS, urls, strict=False))
    shipped = ("harbor-support", "first-steps")
    documents = {"northwind": northwind, **{c: SHIPPED / c / "documents" for c in shipped}}
    questions = {("northwind", False): order(northwind_questions(northwind))}
    for corpus in shipped:
        questions[corpus, False] = order(shipped_questions(corpus))
        if any(group.drafted for number in range(1, batch + 1) for group in BATCHES[number]):
            questions[corpus, True] = order(drafted_questions(corpus, home))
    answers = []
    for number, (group, rows) in enumerate(choose(batch, questions)):
        name = f"labelled-{number}" if batch == 1 else f"labelled-{batch}-{number}"
        write_corpus(home / "corpora" / name, documents[group.corpus], rows, group.evidence)
        answers += ask(group, name, home, models)
    store(batch, answers)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]).resolve(), *sys.argv[4:])
