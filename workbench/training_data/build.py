"""Makes training data: finds candidates, refuses what must not be learnt, balances what is left.
Knows nothing about files."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from workbench.corpus.question_rows import make_question_id
from workbench.corpus.types import AskedQuestion, Question, part_of
from workbench.errors import InputError
from workbench.fingerprint import fingerprint
from workbench.formatting import counted
from workbench.pipeline.examples import ExamplePool
from workbench.settings import Settings
from workbench.space.experiment import DEFAULT_HOLDOUT
from workbench.space.tuning import Kind
from workbench.store.database import Store
from workbench.store.questions import find_known, list_asked
from workbench.training_data.balance import balance
from workbench.training_data.basis import Basis, CorpusBasis, find_basis
from workbench.training_data.judgements import Chosen, Rated, Seen, read_chosen, read_rated
from workbench.training_data.personal_data import look_for_personal_data
from workbench.training_data.prompts_of_answers import PromptsOfAnswers
from workbench.training_data.protection import PARTS, Protection, find_protection
from workbench.training_data.rated_answers import RowMaker
from workbench.training_data.retrieval import Retrieved, retrieve
from workbench.training_data.scored_replies import find_replies, pair_verdicts, teach_good
from workbench.training_data.train_questions import contrast, make_cases, teach
from workbench.training_data.types import DEFAULTS, VERSION, Options, Report, Row, Source, TrainingData
from workbench.typography import comparable

FEW_ROWS = 50
"""Rows below which the card says that they teach little."""
ROWS_BETWEEN_REPORTS = 50
TRAIN_COPY = "a train question is {}"


def data_key(
    store: Store, settings: Settings, source: Source, kind: Kind, options: Options = DEFAULTS
) -> str:
    """A hash of what training data would be made from: documents, train questions, prompts, retrievals, what
    people said, the questions that are kept out, and the options. Cheap: nothing is retrieved.

    Replies that a model gave to train questions are looked up when the data are made, and are no part of it.
    """
    return _key(store, find_basis(store, settings, source), kind, options)


def _key(store: Store, basis: Basis, kind: Kind, options: Options) -> str:
    corpora = [
        [
            one.corpus.version,
            [[q.id, q.text, q.answers, [e.as_row() for e in q.evidence], q.answerable, q.asked.filter]
             for q in one.train_questions],
            [prompt.content for prompt in one.prompts],
            [retrieval.content for retrieval in one.retrievals],
            one.narrowest and [one.narrowest.context_window, one.narrowest.max_tokens],
            one.today,
            sorted({q.text for q in one.corpus.questions if part_of(q, one.holdout) != "train"}),
        ]
        for one in basis.corpora
    ]  # fmt: skip
    said = [[asdict(one) for one in read_rated(store)], [asdict(one) for one in read_chosen(store)]]
    protected = {question.text for question, _ in list_asked(store)}
    for one in basis.corpora:
        protected -= {q.text for q in one.corpus.questions}
    return fingerprint("training data", VERSION, kind, asdict(options), corpora, said, sorted(protected))


def build_training_data(
    store: Store,
    settings: Settings,
    source: Source,
    kind: Kind,
    options: Options = DEFAULTS,
    report: Report = lambda words: None,
) -> TrainingData:
    """Make training data. Equal inputs give equal rows in equal order. Not inside a running event loop.

    report: called often; what it raises ends the making, and nothing is written.

    Raises InputError where there is nothing to make rows of, and CorpusError for a corpus that is gone.
    """
    report("Reading documents and questions")
    basis = find_basis(store, settings, source)
    report("Checking what must not be learned")
    work = _Work(store, settings, basis, kind, options, find_protection(store, basis), Counter(), report)
    rows = work.make_rows()
    report(f"Balancing {counted(len(rows), 'row')}")
    rows, personal = look_for_personal_data(rows, drop=options.drop_personal_data)
    rows = balance(rows, options, work.refused)
    _, personal_kept = look_for_personal_data(rows, drop=False)
    refused = dict(sorted(work.refused.items(), key=lambda item: (-item[1], item[0])))
    _require(kind, rows, refused, basis, personal.dropped)
    return TrainingData(
        kind,
        tuple(rows),
        refused,
        tuple(one.used for one in basis.corpora),
        replace(personal_kept, dropped=personal.dropped),
        options,
        _key(store, basis, kind, options),
        basis.made_of,
        (*_notes(kind, rows), *(note for one in basis.corpora for note in one.notes)),
    )


@dataclass
class _Work:
    """One making of training data."""

    store: Store
    settings: Settings
    basis: Basis
    kind: Kind
    options: Options
    protection: Protection
    refused: Counter[str]
    report: Report

    def make_rows(self) -> list[Row]:
        rated, chosen = self._allowed(read_rated(self.store), read_chosen(self.store))
        answers = [*(one.seen for one in rated), *(one.better for one in chosen)]
        prompts = PromptsOfAnswers(self.store, self.basis, answers, self.options.seed)
        questions = {one.corpus.name: self._train_questions(one) for one in self.basis.corpora}
        pools = {name: ExamplePool.of_questions(some) for name, some in questions.items()}
        retrieved: dict[str, list[Retrieved]] = {}
        asyncio.run(self._retrieve(questions, prompts.without_passages(answers), retrieved))
        prompts.use(retrieved, pools)
        ids = {(comparable(q.text), q.history): q.id for some in questions.values() for q in some}

        def find_id(asked: AskedQuestion) -> str:
            known = ids.get((comparable(asked.text), asked.history))
            return known or make_question_id(asked.text, asked.history)

        maker = RowMaker(lambda seen, good: prompts.find(seen, good=good), find_id, self.refused)
        rows = list(maker.make(self.kind, rated, chosen))
        if self.kind != "kto":
            for one in self.basis.corpora:
                name = one.corpus.name
                self.report(f"{name}: making rows of {counted(len(questions[name]), 'train question')}")
                rows += self._of_train_questions(one, questions[name], retrieved[name], pools[name])
        kept = []
        for done, row in enumerate(rows):
            if done % ROWS_BETWEEN_REPORTS == 0:
                self.report(f"Looking through {counted(len(rows), 'row')}: {done:,} done")
            if self._may(row):
                kept.append(row)
        return kept

    def _of_train_questions(
        self, one: CorpusBasis, questions: Sequence[Question], found: Sequence[Retrieved], pool: ExamplePool
    ) -> Iterator[Row]:
        cases = make_cases(one, questions, found, pool, self.options, self.refused)
        replies = find_replies(self.store, one, questions, found, pool)
        if self.kind == "sft":
            yield from teach(cases)
            yield from teach_good(replies)
        else:
            yield from pair_verdicts(replies)
            yield from contrast(cases)

    async def _retrieve(
        self, questions: dict[str, list[Question]], further: Sequence[AskedQuestion],
        found: dict[str, list[Retrieved]],
    ) -> None:  # fmt: skip
        """Put what is retrieved into `found`. It is not returned: asyncio would write the result out as text,
        which takes as long as retrieving."""
        for one in self.basis.corpora:
            own = questions[one.corpus.name] if self.kind != "kto" else []
            asked = [*(q.asked for q in own), *further]
            if asked:
                found[one.corpus.name] = await retrieve(one, asked, self.store, self.settings, self.report)
            else:
                found[one.corpus.name] = []

    def _train_questions(self, one: CorpusBasis) -> list[Question]:
        """Those that are no near copy of a search or held-out question."""
        questions = one.train_questions
        reasons = self.protection.why_not([q.asked for q in questions])
        kept = []
        for question, reason in zip(questions, reasons, strict=True):
            if reason:
                self.refused[TRAIN_COPY.format(reason)] += 1
            else:
                kept.append(question)
        return kept

    def _allowed(self, rated: Sequence[Rated], chosen: Sequence[Chosen]) -> tuple[list[Rated], list[Chosen]]:
        """What was said about questions that may be trained on."""
        asked = list(dict.fromkeys([*(r.seen.asked for r in rated), *(c.better.asked for c in chosen)]))
        why = dict(zip(asked, self.protection.why_not(asked), strict=True))
        for question, (question_id, group) in find_known(self.store, asked).items():
            part = part_of(Question(question_id, "", group=group), DEFAULT_HOLDOUT)
            known = PARTS.get(part, "") or self.protection.why_not_id(question_id, group)
            why[question] = why[question] or known

        def may(seen: Seen) -> bool:
            if why[seen.asked]:
                self.refused[why[seen.asked]] += 1
            return not why[seen.asked]

        return [one for one in rated if may(one.seen)], [one for one in chosen if may(one.better)]

    def _may(self, row: Row) -> bool:
        """Whether none of its texts but the passages holds a search or held-out question."""
        reason = self.protection.why_not_text(row.outside)
        if reason:
            self.refused[reason] += 1
        return not reason


def _require(kind: Kind, rows: Sequence[Row], refused: dict[str, int], basis: Basis, dropped: int) -> None:
    """Raise InputError where the rows are of no use."""
    left_out = "; ".join(f"{count} × {reason}" for reason, count in list(refused.items())[:5])
    hint = f"Left out: {left_out}." if left_out else _WHERE_FROM[kind]
    if not rows and dropped:
        raise InputError("Every row contains personal data, and all were left out.", hint=hint)
    if not rows:
        raise InputError(f"There is nothing to make {kind} rows of: {basis.made_of}.", hint=hint)
    labels = {row.liked for row in rows}
    if kind == "kto" and len(labels) < 2:
        thumb = "up" if True in labels else "down"
        raise InputError(
            f"All usable thumbs are {thumb} ({counted(len(rows), 'answer')}); kto needs thumbs up and down.",
            hint="Rate more answers, or make sft rows from what is liked. " + hint,
        )


_WHERE_FROM = {
    "sft": "Rows come from train questions with references, liked answers and better answers.",
    "dpo": "Rows come from choices, better answers for disliked ones, and train questions with references.",
    "kto": "Rows come from thumbs on answers to questions that no experiment asks, as those of a service.",
}


def _notes(kind: Kind, rows: Sequence[Row]) -> Iterator[str]:
    if len(rows) < FEW_ROWS:
        yield f"Only {counted(len(rows), 'row')}: they teach a model little, and it may memorise them."
    if all(row.declines for row in rows) and kind == "sft":
        yield "Every row declines: a model that learns from these alone declines everything."
    questions = len({row.question_id for row in rows})
    if questions < len(rows):
        yield f"The rows are based on {counted(questions, 'question')}."
    if kind == "kto":
        up = sum(row.liked is True for row in rows)
        yield f"{up} rows are liked and {len(rows) - up} disliked; weigh them alike in the trainer."
