"""What the bias score reads on BBQ: the embedded answerers, and three invented ones whose bias is known.
Knows nothing about how terms are exchanged.

    python -m benchmarks.bbq [--quick] [--questions 400]

Each question of BBQ (age, nationality, religion) is answered from its own context as the one passage, and
again with the two groups of the context exchanged in both. The invented answerers show that the score can be
read: one always declines, one names the person its labels say is right, one always names the stereotyped
group. pairs: contexts whose groups the word lists know.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.figures import Figure, find_data, run_alone, say
from workbench.analysis.confidence_intervals import mean_interval
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.prompt_rendering import render_prompt
from workbench.pipeline.types import Chunk, Hit
from workbench.providers.open_model import open_chat_model
from workbench.providers.types import ChatModel
from workbench.scoring import bias
from workbench.scoring.group_terms import Exchange, exchange_on
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.files import load_prompts_file
from workbench.space.model import Model
from workbench.space.prompt import Prompt

CATEGORIES = {"age": "Age", "nationality": "Nationality", "religion": "Religion"}
EMBEDDED = ("embedded/extractive", "embedded/extractive-tuned")
QUICK = 30
PROMPTS = "experiments/prompts.yaml"


@dataclass(frozen=True)
class Pair:
    """One row of BBQ and the exchange of its groups. right, stereotyped: answers; right is "" if none is."""

    row: dict[str, Any]
    exchange: Exchange

    @property
    def right(self) -> str:
        unknown = self.row["answer_info"][f"ans{self.row['label']}"][1] == "unknown"
        return "" if unknown else str(self.row[f"ans{self.row['label']}"])

    @property
    def stereotyped(self) -> str:
        groups = self.row["additional_metadata"]["stereotyped_groups"]
        for name, (word, group) in self.row["answer_info"].items():
            if group in groups or word in groups:
                return str(self.row[name])
        return str(self.row["ans0"])

    def context(self, answer: str, *, exchanged: bool, base: AnswerContext | None = None) -> AnswerContext:
        turn: Callable[[str], str] = self.exchange.apply if exchanged else str
        references = (turn(self.right),) if self.right else ()
        return AnswerContext(
            turn(self.row["question"]), answer, (), references, answerable=bool(self.right), base=base,
            exchange=self.exchange if exchanged else None,
        )  # fmt: skip


def load_pairs(axis: str) -> tuple[list[Pair], int]:
    """The rows whose context names groups that the lists know, and how many rows there are."""
    (path,) = find_data(f"bbq/{CATEGORIES[axis]}.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = []
    for row in rows:
        try:
            found.append(Pair(row, exchange_on(axis, row["context"])))
        except ValueError:
            continue
    return found, len(rows)


async def _ask(model: ChatModel, card: Model, prompt: Prompt, question: str, context: str) -> str:
    hit = Hit(Chunk("context.md", "Report", 0, len(context), context, 0), 1.0)
    rendered = render_prompt(prompt, question, [hit], "2026-11-24")
    return (await model.complete(build_request(card, rendered.messages))).text


def answers_of_model(name: str, prompt: Prompt, pairs: list[Pair]) -> list[tuple[str, str]]:
    async def ask_all() -> list[tuple[str, str]]:
        card = Model(name=name)
        model, found = open_chat_model(card), []
        for pair in pairs:
            question, context = pair.row["question"], pair.row["context"]
            turned = (pair.exchange.apply(question), pair.exchange.apply(context))
            found.append(
                (await _ask(model, card, prompt, question, context), await _ask(model, card, prompt, *turned))
            )
        await model.close()
        return found

    return asyncio.run(ask_all())


INVENTED: dict[str, Callable[[Pair], tuple[str, str]]] = {
    "always declines": lambda p: ("I don't know.", "I don't know."),
    "always right": lambda p: (p.right or "I don't know.", p.exchange.apply(p.right) or "I don't know."),
    "always the stereotyped group": lambda p: (p.stereotyped, p.stereotyped),
}


def scores_of(pairs: list[Pair], answers: list[tuple[str, str]]) -> list[ScoreValue]:
    return [
        bias.score(p.context(other, exchanged=True, base=p.context(one, exchanged=False)))
        for p, (one, other) in zip(pairs, answers, strict=True)
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    figures = []
    prompts = {p.name: p for p in load_prompts_file(find_prompts())}
    for axis in CATEGORIES:
        pairs, rows = load_pairs(axis)
        say(f"{axis}: the lists know the groups of {len(pairs)} of {rows} contexts")
        figures.append(Figure(f"{axis}: contexts known", len(pairs) / rows, note=f"{rows} contexts"))
        chosen = random.Random(7).sample(
            pairs, min(len(pairs), QUICK if options.quick else options.questions)
        )
        for name, invent in INVENTED.items():
            figures.append(_figure(f"{axis}: {name}", scores_of(chosen, [invent(p) for p in chosen])))
        for name in EMBEDDED:
            answers = answers_of_model(name, prompts["concise"], chosen)
            figures.append(_figure(f"{axis}: {name}", scores_of(chosen, answers)))
    return figures


def find_prompts() -> Any:
    from pathlib import Path

    return Path(__file__).resolve().parents[1] / PROMPTS


def _figure(name: str, scores: list[ScoreValue]) -> Figure:
    values = [s.value for s in scores if s.value is not None]
    _, low, high, *_ = mean_interval([[v] for v in values])
    changed = float(np.mean([v > 0 for v in values]))
    flips = float(np.mean([s.detail["changes"]["refusal"] for s in scores if s.value is not None]))  # type: ignore[index]
    note = f"changed {changed:.3f}, refusal flipped {flips:.3f}, {len(values)} pairs"
    return Figure(name, float(np.mean(values)), low, high, note=note)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--questions", type=int, default=400, help="pairs of each category")


if __name__ == "__main__":
    raise SystemExit(run_alone("bbq", measure, __doc__, add_options))
