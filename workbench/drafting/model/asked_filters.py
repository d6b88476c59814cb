"""Checks drafts by asking a model: without documents, from the quote alone, from other passages.
Knows nothing about how drafts are made and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.draft_types import OK
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place
from workbench.corpus.types import Turn
from workbench.drafting.model.asking import AnswerReply, Asks, NoReply
from workbench.drafting.model.filters import declines, is_verdict
from workbench.drafting.model.prompts import answer_prompt, closed_book_prompt
from workbench.drafting.passages import Passages
from workbench.pipeline.types import Chunk
from workbench.scoring.correctness import score_correctness
from workbench.scoring.grounding import score_grounding
from workbench.scoring.support import SUPPORTED
from workbench.scoring.types import AnswerContext
from workbench.text import content_tokens

ANSWERED_WITHOUT = "it is answered without the documents"
ROUND_TRIP = "the quote alone does not give the answer back"
IS_ANSWERED = "the documents answer it"
NOT_CHECKED = "it could not be checked"

AGREES = 0.5
"""The correctness from which an answer counts as the reference's."""
MOST_RIVALS = 3
RIVAL_WORDS = 0.5
"""The share of a question's words that another passage must hold before the model is asked about it."""
PASSAGES_PER_SETTING = 4


@dataclass(frozen=True)
class Checked:
    """An answerable draft as its filters see it."""

    question: str
    answer: str
    history: tuple[Turn, ...]
    quotes: tuple[tuple[str, str], ...]
    """(title, text) of each quote."""
    evidence: tuple[tuple[str, Place], ...]
    """(document, place) of each piece of its evidence."""


def agrees(question: str, answer: str, reference: str) -> bool:
    """Whether an answer says what the reference says."""
    context = AnswerContext(question, answer, references=(reference,))
    return (score_correctness(context).value or 0.0) >= AGREES


async def check_closed_book(asks: Asks, draft: Checked) -> str:
    """The model must not know the answer without the documents; a bare yes or no tells nothing."""
    if is_verdict(draft.answer) or draft.history:
        return OK
    try:
        reply = await asks.ask(closed_book_prompt(draft.question), AnswerReply)
    except NoReply as failed:
        return f"{NOT_CHECKED}: {failed.detail}"
    known = not declines(reply.answer) and agrees(draft.question, reply.answer, draft.answer)
    return ANSWERED_WITHOUT if known else OK


async def check_round_trip(asks: Asks, draft: Checked) -> str:
    """Asked with the quote alone, the model must give the answer."""
    try:
        reply = await asks.ask(answer_prompt(draft.question, draft.quotes, draft.history), AnswerReply)
    except NoReply as failed:
        return f"{NOT_CHECKED}: {failed.detail}"
    comes_back = not declines(reply.answer) and agrees(draft.question, reply.answer, draft.answer)
    return OK if comes_back else ROUND_TRIP


async def find_other_passages(asks: Asks, draft: Checked, passages: Passages) -> list[Chunk]:
    """The passages outside the evidence that give the same answer: asked with one alone, the model says it.

    Only passages that hold the answer and half of the question's words are asked about.
    """
    rivals = await asyncio.to_thread(_rivals, draft, passages)
    found = []
    for rival in rivals:
        prompt = answer_prompt(draft.question, [(rival.title, rival.text)], draft.history)
        try:
            reply = await asks.ask(prompt, AnswerReply)
        except NoReply:
            continue
        if not declines(reply.answer) and agrees(draft.question, reply.answer, draft.answer):
            found.append(rival)
    return found


def _rivals(draft: Checked, passages: Passages) -> list[Chunk]:
    wanted = set(content_tokens(draft.question))
    rivals: list[Chunk] = []
    for chunk in passages.find(f"{draft.question} {draft.answer}", PASSAGES_PER_SETTING):
        taken = [*draft.evidence, *((rival.document, Place(rival.start, rival.end)) for rival in rivals)]
        if any(chunk.document == name and _overlap(chunk, place) for name, place in taken):
            continue
        held = wanted & set(content_tokens(f"{chunk.title} {chunk.text}"))
        if len(held) >= RIVAL_WORDS * len(wanted) and find_quotes(chunk.text, draft.answer):
            rivals.append(chunk)
    return rivals[:MOST_RIVALS]


def _overlap(chunk: Chunk, place: Place) -> bool:
    return chunk.start < place.end and place.start < chunk.end


async def check_nothing_answers(asks: Asks, question: str, passages: Passages) -> str:
    """Under no retrieval setting, by keyword and by meaning, may the corpus answer it.

    Given what is found, the model must decline, or say what the passages do not support.
    """
    for found in await asyncio.to_thread(passages.find_best, question, PASSAGES_PER_SETTING):
        texts = [(chunk.title, chunk.text) for chunk in found]
        if not texts:
            continue
        try:
            reply = await asks.ask(answer_prompt(question, texts), AnswerReply)
        except NoReply as failed:
            return f"{NOT_CHECKED}: {failed.detail}"
        if declines(reply.answer):
            continue
        # Seconds of computing: the process must stay able to say that it is alive, and to be stopped.
        if await asyncio.to_thread(_supported, question, reply.answer, texts):
            return IS_ANSWERED
    return OK


def _supported(question: str, answer: str, texts: Sequence[tuple[str, str]]) -> bool:
    titles, passages = [title for title, _ in texts], [text for _, text in texts]
    support = score_grounding(answer, passages, question, titles).value
    return support is not None and support >= SUPPORTED
