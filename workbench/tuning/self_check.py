"""Asks a made model a few questions that it was trained on, and says when it is broken.
Knows nothing about quality: experiments measure that, on questions that it never saw."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from workbench.calls.open_caller import open_interactive_caller
from workbench.calls.trusted_hosts import load_trust
from workbench.errors import ProviderError
from workbench.providers.types import ChatRequest, Message
from workbench.scoring.refusal import is_refusal
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.tuning.data import DataFile, read_rows, split_row

PROMPTS = 3
MOST_TOKENS = 200
SHORTEST_LOOP = 24
"""Words from which on a reply is looked at for repetition."""
MOST_REPEATED = 0.5
"""The share of a reply's word triples that may be copies of an earlier one."""
KEPT_CHARACTERS = 500


def repeats(text: str) -> bool:
    """Whether a reply says the same again and again."""
    words = text.lower().split()
    if len(words) < SHORTEST_LOOP:
        return False
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    copies = sum(count - 1 for count in triples.values())
    return copies / sum(triples.values()) > MOST_REPEATED


def judge_replies(replies: Sequence[str]) -> str:
    """What is wrong with the replies, in words; "" when nothing is plainly wrong."""
    empty = sum(not reply.strip() for reply in replies)
    looping = sum(repeats(reply) for reply in replies)
    broken = empty + looping
    if not broken:
        return _alike(replies) if len(replies) == PROMPTS else ""
    faults = [f"{count} of {len(replies)} {what}" for count, what in
              ((empty, "replies are empty"), (looping, "repeat themselves")) if count]  # fmt: skip
    return f"It looks broken: {' and '.join(faults)}."


def _alike(replies: Sequence[str]) -> str:
    """What is wrong with replies to different questions that the data answer; "" when nothing is."""
    if all(map(is_refusal, replies)):
        return (
            f"It declined all {PROMPTS} questions that it was taught to answer. Fewer rows that decline help "
            "most often."
        )
    distinct = {" ".join(reply.lower().split()) for reply in replies}
    return f"It gives the same reply to {PROMPTS} different questions." if len(distinct) == 1 else ""


def choose_prompts(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, str]]]:
    """The first prompts that differ and that the data answer; where there are too few, any that differ."""
    answered: dict[str, list[dict[str, str]]] = {}
    others: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        prompt, reply = split_row(row)
        good = row.get("label", True) and not is_refusal(reply)
        (answered if good else others).setdefault(json.dumps(prompt), prompt)
        if len(answered) == PROMPTS:
            break
    return list((answered | others).values())[:PROMPTS]


async def check_model(store: Store, settings: Settings, model: Model, data: DataFile) -> dict[str, Any]:
    """Ask the model some prompts of its training data.

    Returns {"asked": n, "replies": [text, …], "problem": what is wrong, "" when nothing is}.
    """
    prompts = choose_prompts(read_rows(data.rows_file))
    trust = load_trust(store, [model])
    replies: list[str] = []
    async with open_interactive_caller(store, [model], settings, trust) as caller:
        for prompt in prompts:
            messages = tuple(Message(m["role"], m["content"]) for m in prompt)  # type: ignore[arg-type]
            request = ChatRequest(
                messages, temperature=0.0, max_tokens=min(MOST_TOKENS, model.max_tokens or MOST_TOKENS)
            )
            try:
                answered = await caller.ask(model, request, kind="tune")
                replies.append(answered.text)
            except ProviderError as error:
                if error.kind != "empty":
                    problem = f"It cannot be asked: {error.message}"
                    return {"asked": len(prompts), "replies": replies, "problem": problem}
                replies.append("")
    kept = [reply[:KEPT_CHARACTERS] for reply in replies]
    return {"asked": len(prompts), "replies": kept, "problem": judge_replies(replies)}
