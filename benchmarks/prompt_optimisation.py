"""What optimised prompts gain on held-out questions of three corpora, with rules and with a real small model.
Knows nothing about how prompts are improved: it runs experiments and reads what they say.

    python -m benchmarks.prompt_optimisation [--quick] [--arms rules,embedded,mixed,real] [--questions 150]

Each experiment begins with the shipped prompt `thorough`, which never asks to decline. Four arms:
rules: the test server's model answers by rules that hang on the prompt, and another one edits by rules, so
that a better prompt exists: it shows whether the machinery finds and keeps it.  embedded: what ships,
`embedded/extractive`, answers, and the same rules edit.  mixed: SmolLM2-135M answers, and the rules edit.
real: SmolLM2-135M answers and reflects. The last two need `make test-llm`'s model in .llm, and take minutes
for each corpus.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import DataNotFound, Figure, find_data, run_alone, say
from benchmarks.squad import load_squad
from tests.llm.llama_server import ALIAS, MODEL, LlamaServer
from tests.protocol_server import ProtocolServer
from tests.protocol_server.reflecting import Reflecting
from workbench.api import prepare_experiment, resume_experiment
from workbench.results.optimised_prompts import OptimisedPrompts, find_optimised_prompts
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.store.trials import find_trial

PROJECT = Path(__file__).resolve().parent.parent
ARMS = ("rules", "embedded", "mixed", "real")
SLOW = ("mixed", "real")
SEED, SQUAD_ARTICLES, UNANSWERABLE = 7, 12, 0.25
WINDOW = 2048
CITED = re.compile(r"\s*\[[\w.-]+#page=\d+\]")


def write_sample(folder: Path, count: int) -> None:
    """harbor-support, the sample corpus."""
    shutil.copytree(PROJECT / "corpora" / "harbor-support" / "documents", folder / "documents")
    text = (PROJECT / "corpora" / "harbor-support" / "questions.jsonl").read_text(encoding="utf-8")
    _write(folder, random.Random(SEED).sample([json.loads(line) for line in text.splitlines()], count))


def write_squad(folder: Path, count: int) -> None:
    """Twelve articles of SQuAD with a quarter of unanswerable questions, whose answers the articles lack."""
    find_data("squad/dev-v1.1.json.zip")
    squad = load_squad()
    assert squad is not None
    titles = list(dict.fromkeys(p.title for p in squad.paragraphs))[:SQUAD_ARTICLES]
    (folder / "documents").mkdir(parents=True)
    for number, title in enumerate(titles):
        text = "\n\n".join(p.text for p in squad.paragraphs if p.title == title)
        (folder / "documents" / f"article_{number:02}.txt").write_text(text, encoding="utf-8")
    draw = random.Random(SEED)
    lacking = int(count * UNANSWERABLE)
    known = [q for q in squad.questions if squad.paragraphs[q.home].title in titles]
    unknown = [q for q in squad.unanswerable if squad.paragraphs[q.home].title in titles]
    rows = [
        {"id": q.id, "question": q.text, "answer": sorted({text for _, text in q.answers})}
        for q in draw.sample(known, count - lacking)
    ]
    rows += [
        {"id": q.id, "question": q.text, "answerable": False}
        for q in draw.sample(unknown, min(lacking, len(unknown)))
    ]
    _write(folder, rows)


def write_northwind(folder: Path, count: int) -> None:
    """Six PDFs of an employer's handbook and benefit plans, with questions that they do not answer."""
    asked, unknown = find_data("northwind_hr/qa.jsonl", "northwind_hr/qa_dontknows.jsonl")
    (folder / "documents").mkdir(parents=True)
    for file in asked.parent.glob("*.pdf"):
        shutil.copy(file, folder / "documents")
    draw = random.Random(SEED)
    known = [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()]
    rows = [
        {"id": f"n{n}", "question": row["question"], "answer": CITED.sub("", row["truth"])}
        for n, row in enumerate(known)
    ]
    rows = draw.sample(rows, min(len(rows), count - int(count * UNANSWERABLE)))
    lacking = [json.loads(line) for line in unknown.read_text(encoding="utf-8").splitlines()]
    lacking = lacking[: int(count * UNANSWERABLE)]
    rows += [
        {"id": f"u{n}", "question": row["question"], "answerable": False} for n, row in enumerate(lacking)
    ]
    _write(folder, rows)


def _write(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    rows = [{name: value for name, value in row.items() if name != "evidence"} for row in rows]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")


CORPORA: dict[str, Callable[[Path, int], None]] = {
    "harbor-support": write_sample, "squad": write_squad, "northwind_hr": write_northwind,
}  # fmt: skip


@contextmanager
def models(arm: str) -> Iterator[tuple[dict[str, Any] | str, dict[str, Any]]]:
    """(the model that answers, the model that reflects) of an arm."""
    with ExitStack() as stack:
        rules = stack.enter_context(ProtocolServer(reply=Reflecting()))
        by_rules = _model("rules", rules.base_url, "test-chat")
        if arm in SLOW:
            server = LlamaServer("--alias", ALIAS, "--parallel", "1", "--ctx-size", str(WINDOW))
            real = _model("smollm2", stack.enter_context(server).base_url, ALIAS, context_window=WINDOW)
            yield (
                real,
                by_rules if arm == "mixed" else {**real, "name": "smollm2-reflects", "temperature": 0.7},
            )
        else:
            yield "embedded/extractive" if arm == "embedded" else by_rules, by_rules


def _model(name: str, base_url: str, served: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name, "base_url": base_url, "model": served, "max_tokens": 80, "price": {"free": True},
        "limits": {"concurrency": 1 if fields else 8, "timeout_seconds": 300}, **fields,
    }  # fmt: skip


def optimise(folder: Path, corpus: str, arm: str, calls: int) -> tuple[OptimisedPrompts, int, int]:
    """Run one experiment: (what it brought, tokens of the first prompt and of the improved one)."""
    settings = Settings(folder / f"home-{arm}", folder / "corpora", folder / "experiments", 0.10, "benchmark")
    store = open_workbench(settings)
    improve = {"from": "thorough", "calls": calls, "cells": 1}
    # A model that reads 100 tokens a second gets less to read.
    chunk_tokens, top_k = (64, 2) if arm in SLOW else (96, 3)
    with models(arm) as (answering, reflecting):
        written = ExperimentFile.model_validate(
            {
                "name": f"{corpus} {arm}", "corpus": corpus, "models": [answering], "holdout": 0.5,
                "prompts": [{"optimise": {**improve, "model": reflecting}}],
                "retrieval": {
                    "splitter": ["sentence"], "chunk_tokens": [chunk_tokens], "retriever": ["keyword"],
                    "top_k": [top_k],
                },
                "scores": ["grounding", "correctness", "refusal"],
            }
        )  # fmt: skip
        experiment_id, _ = find_or_create(store, prepare_experiment(written, settings, store))
        result = resume_experiment(store, settings, experiment_id)
    if result.state != "done":
        raise RuntimeError(f"{corpus}, {arm}: {result.state}: {result.status['message']}")
    [found] = find_optimised_prompts(store, experiment_id)
    improved = find_trial(store, found.trial) if found.trial else None
    tokens = [
        p.found.get("tokens", 0) for p in found.proposals if improved and _same(p, improved.config.prompt)
    ]
    return found, int(found.proposals[0].found["tokens"]), int(tokens[0]) if tokens else 0


def _same(proposal: Any, prompt: Any) -> bool:
    return (proposal.system, proposal.template) == (prompt.system or None, prompt.template)


def measure(options: argparse.Namespace) -> list[Figure]:
    figures: list[Figure] = []
    arms = [arm for arm in options.arms.split(",") if arm in ("rules", "embedded") or MODEL.exists()]
    count, calls = (60, 60) if options.quick else (options.questions, options.calls)
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        (folder / "experiments").mkdir()
        shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
        for corpus, write in CORPORA.items():
            try:
                write(folder / "corpora" / corpus, count)
            except DataNotFound as absent:
                say(f"{corpus}: skipped, {absent} not found")
                continue
            for arm in arms:
                found, before, after = optimise(folder, corpus, arm, calls)
                say(f"{corpus}, {arm}: {found.in_words}")
                for proposal in found.proposals[1:]:
                    say(f"  {proposal.number} {proposal.state}: {proposal.reason[:80]!r} {proposal.why}")
                figures.append(_figure(corpus, arm, found, before, after))
    return figures


def _figure(corpus: str, arm: str, found: OptimisedPrompts, before: int, after: int) -> Figure:
    refused = sum(p.state == "refused" for p in found.proposals)
    note = f"{len(found.proposals) - 1 - refused} proposals tried, {refused} refused, {found.calls} calls"
    held = found.held_out
    if held is None or held.mean is None:
        return Figure(f"{corpus}, {arm}: no better prompt", 0.0, digits=3, note=note)
    note = f"on {held.questions} held-out questions, {before} to {after} tokens; {note}"
    return Figure(
        f"{corpus}, {arm}: gain in correctness", held.mean, held.low, held.high, digits=3, note=note
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--arms", default="rules,embedded", help=f"of {', '.join(ARMS)}, with commas between")
    parser.add_argument("--questions", type=int, default=150, help="of each corpus")
    parser.add_argument("--calls", type=int, default=200, help="of each optimisation")


if __name__ == "__main__":
    raise SystemExit(run_alone("prompt_optimisation", measure, __doc__, add_options))
