"""Chooses the questions that a winner keeps: canaries with their answers, and those to know new questions by.
Knows nothing about asking them again.

The rule is fixed: equal experiments keep equal canaries. They are held-out questions that the winner has
answered: first one of each cluster, and within that evenly over tags (over documents where there are no
tags), in the order of the hash that divides questions into parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import load_documents_of, questions_file
from workbench.corpus.questions import load_questions, question_to_json
from workbench.corpus.types import (
    PROBE,
    Corpus,
    Document,
    Question,
    QuestionPart,
    place_of_question,
)
from workbench.errors import CorpusError
from workbench.parts.registry import free_scores
from workbench.ship.kept_questions import (
    MOST_KNOWN,
    SCORE_DIGITS,
    Canaries,
    Canary,
    CanaryReply,
    KnownQuestion,
    KnownQuestions,
    text_to_compare,
)
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.database import Store
from workbench.store.questions import get_questions
from workbench.store.records import AnswerRecord, ExperimentQuestion, ExperimentRecord

MOST_DOCUMENTS = 2_000
"""The hashes of more documents are not kept: they would be most of the file."""
LONGEST_ANSWER = 10_000  # characters; an answer that repeats itself without end is no canary's
MOST_REPEATS = 5


@dataclass(frozen=True)
class CorpusThen:
    """The corpus of an experiment, as far as its documents are still there when the winner is exported."""

    documents: dict[str, Document]
    """By name, as they are now."""
    is_same: bool
    """Whether they are the documents that the experiment was run on."""
    questions: dict[str, Question]
    """By id, as the question file has them now; read only where documents have changed."""

    @classmethod
    def read(cls, record: ExperimentRecord, cache: Path | None) -> CorpusThen:
        """Read it. cache: where extracted texts are kept; None reads every file anew."""
        path = Path(record.corpus_path)
        try:
            documents = load_documents_of(path, cache)
        except CorpusError:
            return cls({}, False, {})
        by_name = {document.name: document for document in documents}
        if Corpus("", tuple(documents)).version == record.corpus_version:
            return cls(by_name, True, {})
        file = questions_file(path)
        questions = load_questions(file, documents)[0] if file else []
        return cls(by_name, False, {question.id: question for question in questions})

    def row_of(self, question: Question) -> dict[str, Any]:
        """The question as a line of questions.jsonl. Evidence that cannot be quoted any more is left out."""
        if not self.is_same:
            now = self.questions.get(question.id)
            evidence = now.evidence if now is not None and now.text == question.text else ()
            question = replace(question, evidence=evidence)
        return question_to_json(replace(question, source=None), self.documents)

    def hashes(self) -> dict[str, str]:
        """Document → the first digits of its hash; nothing where there are too many, or they have changed."""
        if not self.is_same or len(self.documents) > MOST_DOCUMENTS:
            return {}
        return {name: document.sha256[:8] for name, document in self.documents.items()}


def choose_questions(candidates: Sequence[ExperimentQuestion], count: int) -> list[ExperimentQuestion]:
    """The canaries among these questions, at most `count`, in the experiment's order."""
    ordered = sorted(candidates, key=lambda c: (place_of_question(c.question.id), c.question.id))
    of_cluster: Counter[str] = Counter()
    of_subject: Counter[str] = Counter()
    ranked = []
    for item in ordered:
        cluster = item.cluster or f"\0{item.question.id}"
        ranked.append((of_cluster[cluster], item))
        of_cluster[cluster] += 1
    chosen = []
    for in_cluster, item in sorted(ranked, key=lambda pair: pair[0]):  # stable
        subject = _subject_of(item.question)
        chosen.append((in_cluster, of_subject[subject], item))
        of_subject[subject] += 1
    chosen.sort(key=lambda entry: entry[:2])
    return sorted((item for *_, item in chosen[:count]), key=lambda item: item.position)


def _subject_of(question: Question) -> str:
    if question.tags:
        return f"tag {question.tags[0]}"
    return f"document {question.evidence[0].document}" if question.evidence else ""


Replies = Callable[[QuestionPart], Mapping[str, Sequence[AnswerRecord]]]
"""Gives, by question id, the answers by repeat to the questions of a part."""


def find_canaries(
    store: Store, record: ExperimentRecord, find_replies: Replies, corpus: CorpusThen, count: int
) -> Canaries | None:
    """The canaries with what they got; None where nothing was answered."""
    questions = {item.question.id: item for item in get_questions(store, record.id)}
    names = {name for name, entry in free_scores().items() if entry.variants is None}
    parts: tuple[QuestionPart, ...] = ("holdout", "search")
    for part in parts:
        replies = find_replies(part)
        chosen = choose_questions([questions[id_] for id_ in replies if id_ in questions], count)
        if chosen:
            return Canaries(
                today=record.today,
                part=part,
                questions=[
                    Canary(
                        question=corpus.row_of(item.question),
                        cluster=item.cluster,
                        then=[_reply_of(answer, names) for answer in replies[item.question.id]],
                    )
                    for item in chosen
                ],
            )
    return None


def replies_of_trial(
    store: Store, experiment_id: str, trial_id: str, part: QuestionPart
) -> dict[str, list[AnswerRecord]]:
    """Question id → its answers by repeat, of those that are whole in every repeat."""
    found: dict[str, list[AnswerRecord]] = {}
    wanted = AnswerFilter(trial_id=trial_id, part=part)
    for answer in find_answers(store, experiment_id, wanted, limit=None):
        if answer.repeat < MOST_REPEATS:
            found.setdefault(answer.question.id, []).append(answer)
    return {
        id_: answers
        for id_, answers in found.items()
        if all(a.state == "ok" and len(a.text) <= LONGEST_ANSWER for a in answers)
    }


def _reply_of(answer: AnswerRecord, names: set[str]) -> CanaryReply:
    scores = {
        s.name: round(s.value, SCORE_DIGITS) for s in answer.scores if s.value is not None and s.name in names
    }
    return CanaryReply(
        answer=answer.text,
        refused=answer.refused,
        scores=scores,
        # The key of a later repeat is that of the repeat, not of what was sent.
        request=answer.call_key if answer.repeat == 0 else "",
        served_model=answer.served_model,
    )


def find_known(store: Store, experiment_id: str, *, with_texts: bool) -> KnownQuestions:
    """What tells new questions from those of an experiment.

    with_texts: whether their texts are kept; else their vectors, from which a text can be guessed at best.
    """
    from workbench.providers.embedded.encoder import shared_encoder
    from workbench.ship.packed_vectors import pack_vector

    items = [item for item in get_questions(store, experiment_id) if item.part != PROBE]
    kept = sorted(items, key=lambda item: place_of_question(item.question.id))[:MOST_KNOWN]
    kept.sort(key=lambda item: item.position)
    encoder = shared_encoder()
    texts = [text_to_compare(item.question.text, item.question.history) for item in kept]
    vectors = None if with_texts else encoder.encode(texts)
    return KnownQuestions(
        encoder=encoder.identity,
        all=len(items),
        questions=[
            KnownQuestion(
                id=item.question.id,
                tags=list(item.question.tags),
                cluster=item.cluster,
                group=item.question.group or "",
                text="" if vectors is not None else texts[place],
                vector="" if vectors is None else pack_vector(vectors[place]),
            )
            for place, item in enumerate(kept)
        ],
    )
