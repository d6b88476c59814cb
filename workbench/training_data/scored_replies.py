"""Finds stored replies of models to train questions, and gives each a verdict by correctness and grounding.
Knows nothing about who asked for them: it looks them up by the request that would be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from workbench.corpus.types import Question
from workbench.pipeline.chat_request import build_request, call_key
from workbench.pipeline.examples import ExamplePool
from workbench.scoring import grounding
from workbench.scoring.correctness import score_correctness
from workbench.scoring.types import AnswerContext
from workbench.store.database import Store
from workbench.store.ledger import find_calls
from workbench.training_data.basis import CorpusBasis
from workbench.training_data.retrieval import Retrieved
from workbench.training_data.train_questions import Case, arrange_as_found, make_case
from workbench.training_data.types import Row

GOOD = 0.8
"""The correctness and the grounding from which an answer has a good verdict."""
BAD = 0.3
"""The correctness up to which it has a bad one. What lies between is neither."""
MOST_PAIRS = 4
"""How many pairs one question gives."""


@dataclass(frozen=True)
class Reply:
    """A stored reply to a train question."""

    case: Case
    """The prompt that it answers, and what should have been answered."""
    text: str
    good: bool

    @property
    def model(self) -> str:
        """The name of the model that gave it."""
        return self.case.rendered.config.model.name


def find_replies(
    store: Store, basis: CorpusBasis, questions: Sequence[Question], retrieved: Sequence[Retrieved],
    pool: ExamplePool,
) -> list[Reply]:  # fmt: skip
    """The replies with a verdict, of every model of the experiment under each prompt and retrieval."""
    asked: dict[str, Case] = {}
    models = [model for model in basis.models if model.tuned is None]
    for question, found, prompt in product(questions, retrieved, basis.prompts):
        if not models:
            break
        hits = found.arranger.as_found(found.rankings.get(question.asked, ()))
        arranged = arrange_as_found(question, hits)
        for model in models:
            case = make_case(basis, question, basis.config(prompt, found.retrieval, model), arranged, pool)
            if isinstance(case, Case):
                request = build_request(model, case.rendered.messages)
                asked.setdefault(call_key(model, request, 0, "generate"), case)
    calls = find_calls(store, asked)
    replies = []
    for key, case in asked.items():
        if key in calls and (verdict := _verdict(case, calls[key].text)) is not None:
            replies.append(Reply(case, calls[key].text.strip(), verdict))
    return replies


def _verdict(case: Case, text: str) -> bool | None:
    """True for a correct and grounded answer, False for a wrong one, None for anything between."""
    question = case.question
    context = AnswerContext(
        question.text, text, tuple(hit.chunk for hit in case.rendered.hits), question.answers,
        question.evidence, not case.declines, history=question.history,
    )  # fmt: skip
    correct = score_correctness(context).value
    if correct is None or not text.strip():
        return None
    if correct <= BAD:
        return False
    grounded = grounding.score(context).value
    return True if correct >= GOOD and (grounded is None or grounded >= GOOD) else None


def teach_good(replies: Sequence[Reply]) -> Iterator[Row]:
    """Rows for `sft`: the good replies."""
    for reply in replies:
        if reply.good:
            yield reply.case.row("scored answer", answer=reply.text, model=reply.model)


def pair_verdicts(replies: Sequence[Reply]) -> Iterator[Row]:
    """Rows for `dpo`: a good reply over a bad one to the same question, to the same prompt where there is
    one; else what should have been answered over it."""
    by_question: dict[str, list[Reply]] = {}
    for reply in replies:
        by_question.setdefault(reply.case.question.id, []).append(reply)
    for some in by_question.values():
        good = [reply for reply in some if reply.good]
        for bad in [reply for reply in some if not reply.good][:MOST_PAIRS]:
            same = [g for g in good if g.case.rendered.messages == bad.case.rendered.messages]
            better, model = (same[0].text, same[0].model) if same else (bad.case.answer, "")
            if better != bad.text:
                yield bad.case.row("verdict", answer=better, rejected=bad.text, model=model)
