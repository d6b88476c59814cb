"""Makes drafts from one task: asks the model for a question, and has the filters check it.
Knows nothing about which task comes next, and nothing about files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.corpus.draft_types import FOLLOW_UP, OK, UNANSWERABLE, Draft, Quote
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import LONGEST_EVIDENCE, Place, Section, evidence_around
from workbench.corpus.types import Turn
from workbench.drafting import checks
from workbench.drafting.model import asked_filters, filters
from workbench.drafting.model.asked_filters import Checked
from workbench.drafting.model.asking import (
    UNUSABLE,
    Asks,
    FactReply,
    FollowUpReply,
    GapReply,
    NoReply,
    PairReply,
    WordingsReply,
    together,
)
from workbench.drafting.model.excerpts import Excerpt
from workbench.drafting.model.prompts import (
    PROMPT_VERSION,
    draft_prompt,
    repeats_prompt,
    rewording_prompt,
)
from workbench.drafting.model.tasks import Task
from workbench.drafting.passages import Passages
from workbench.pipeline.types import Chunk


def shape_of(task: Task) -> type[PairReply | GapReply | FollowUpReply | FactReply]:
    """The shape of the reply to a task's prompt."""
    if len(task.excerpts) == 2:
        return PairReply
    if task.kind == UNANSWERABLE:
        return GapReply
    return FollowUpReply if task.kind == FOLLOW_UP else FactReply


ONE_FACT = ("direct", "search words", "situational", "numeric")
"""The kinds whose questions are reworded on request."""


@dataclass(frozen=True)
class Made:
    """What came of one task."""

    drafts: tuple[Draft, ...] = ()
    """The draft, then its further wordings; empty when the model gave none."""
    failure: str = ""
    """Why there is no draft; empty when there is one."""


@dataclass(frozen=True)
class Maker:
    """Makes the drafts of one run."""

    asks: Asks
    passages: Passages
    sections: Mapping[str, Sequence[Section]]
    """Document's name → its sections."""
    model_name: str
    """The name by which the server knows the model."""
    date: str
    """Today, as YYYY-MM-DD."""
    wordings: int
    """How many wordings each fact gets, the first included."""
    find_stored: Callable[[str], Draft | None] = field(default=lambda _: None)
    """Finds a draft that is stored already by its id: it is not checked again."""

    async def make(self, task: Task) -> Made:
        """Ask for the draft of a task and check it. Raises Stopped."""
        try:
            draft = await self.draft(task)
        except NoReply as failed:
            return Made(failure=failed.reason)
        stored = self.find_stored(draft.id)
        draft = await self._check(task, draft) if stored is None else stored
        if draft.is_left_out or self.wordings < 2 or draft.kind not in ONE_FACT:
            return Made((draft,))
        others = await self._reword(task, draft)
        return Made((replace(draft, group=draft.id), *others)) if others else Made((draft,))

    async def draft(self, task: Task) -> Draft:
        """The draft of a task as the model gives it, with the checks that cost nothing. Raises NoReply."""
        draft = await self._ask(task)
        if not _is_said(draft.question) or draft.answerable and not any(map(_is_said, draft.answers)):
            raise NoReply(UNUSABLE, "its question or answer is empty")
        if repeats_prompt(task.kind, len(task.excerpts), draft.question):
            raise NoReply(UNUSABLE, "it repeats the prompt")
        return draft

    async def _ask(self, task: Task) -> Draft:
        reply = await self.asks.ask(draft_prompt(task.kind, task.excerpts), shape_of(task))
        # In a thread: looking quotes up in a long document takes a while, and others wait for this loop.
        return await asyncio.to_thread(self._understand, task, reply)

    def _understand(self, task: Task, reply: PairReply | GapReply | FollowUpReply | FactReply) -> Draft:
        match reply:
            case PairReply():
                return self._assemble(task, reply.question, reply.answer, [reply.quote_1, reply.quote_2])
            case GapReply():
                return self._assemble(task, reply.question, "", [])
            case FollowUpReply():
                asked, said = _clean(reply.first_question), _clean(reply.first_answer)
                history = (Turn("user", asked), Turn("assistant", said)) if asked and said else ()
                return self._assemble(task, reply.question, reply.answer, [reply.quote], history)
            case FactReply():
                return self._assemble(task, reply.question, reply.answer, [reply.quote])

    def _assemble(
        self, task: Task, question: str, answer: str, quotes: Sequence[str], history: tuple[Turn, ...] = ()
    ) -> Draft:
        """The draft as the model gave it, with the checks that cost nothing."""
        question, answer = _clean(question), _clean(answer)
        if task.kind == FOLLOW_UP and not history:
            question = ""  # without the turns before it, it is another question
        kind = "direct" if task.kind == "numeric" and not re.search(r"\d", answer) else task.kind
        answerable = kind != UNANSWERABLE
        excerpts = task.excerpts
        places = [filters.find_place(e, q) for e, q in zip(excerpts, quotes, strict=False)]
        if len(places) == 2 and not all(places):  # a model may mistake which text is which
            swapped = [filters.find_place(e, q) for e, q in zip(excerpts, reversed(quotes), strict=False)]
            places = swapped if all(swapped) else places
        found = [(e, p) for e, p in zip(excerpts, places, strict=False) if p is not None]
        around = [(e, self._around(e, p)) for e, p in zip(excerpts, places, strict=False)]
        quoted = found if answerable else [(excerpt, excerpt.place) for excerpt in excerpts]
        draft = Draft(
            make_question_id(question, history), question, (answer,) if answerable and answer else (),
            tuple(_quote(e, p) for e, p in quoted), tuple(_quote(e, p) for e, p in around),
            answerable, kind, source_by="model", source_name=self.model_name, source_prompt=PROMPT_VERSION,
            source_date=self.date, history=history, needs_all=len(excerpts) > 1,
        )  # fmt: skip
        return replace(draft, checks=self._free_checks(task, draft, places))

    def _around(self, excerpt: Excerpt, place: Place | None) -> Place:
        """The evidence of a quote: its section or paragraph, or the excerpt where that is long too."""
        if place is None:
            return excerpt.place
        around = evidence_around(self.sections[excerpt.document.name], place)
        return around if around.end - around.start <= LONGEST_EVIDENCE else excerpt.place

    def _free_checks(self, task: Task, draft: Draft, places: Sequence[Place | None]) -> dict[str, str]:
        document = task.excerpts[0].document.text
        verdicts = {}
        if draft.answerable:
            answer, quotes = " ".join(draft.answers), [quote.text for quote in draft.quotes]
            verdicts["quote"] = filters.check_quotes(places)
            if verdicts["quote"] == OK:
                verdicts["answer"] = filters.check_answer(draft.question, answer, quotes)
            verdicts["given away"] = filters.check_given_away(draft.kind, draft.question, answer)
        return verdicts | {
            "copied": filters.check_copied(draft.kind, draft.question, [e.text for e in task.excerpts]),
            "context": checks.check_written_context(draft.kind, draft.question),
            "language": filters.check_language(draft.question, document),
            "wording": filters.check_wording(draft.kind, draft.question),
        }

    async def _check(self, task: Task, draft: Draft) -> Draft:
        """The draft with what the model says of it; it is not asked about one that fails already."""
        if draft.is_left_out:
            return draft
        if not draft.answerable:
            verdict = await asked_filters.check_nothing_answers(self.asks, draft.question, self.passages)
            return replace(draft, checks=draft.checks | {"nothing answers it": verdict})
        checked = self._checked(task, draft)
        closed_book, round_trip = await together(
            [
                asked_filters.check_closed_book(self.asks, checked),
                asked_filters.check_round_trip(self.asks, checked),
            ]
        )
        draft = replace(draft, checks=draft.checks | {"closed book": closed_book, "round trip": round_trip})
        if draft.is_left_out:
            return draft
        draft = replace(draft, checks=draft.checks | {"other passages": OK})
        if draft.needs_all:  # of several pieces each is needed, so none has alternatives
            return draft
        others = await asked_filters.find_other_passages(self.asks, checked, self.passages)
        added = (self._evidence_in(passage, draft.answers[0]) for passage in others)
        return replace(draft, evidence=tuple(dict.fromkeys((*draft.evidence, *added))))

    def _evidence_in(self, passage: Chunk, answer: str) -> Quote:
        """The section or paragraph around the answer in another passage; the passage where that is long."""
        places = find_quotes(passage.text, answer)
        if not places:
            return Quote(passage.document, passage.text)
        sections = self.sections[passage.document]
        around = evidence_around(sections, Place(*(passage.start + offset for offset in places[0])))
        text = sections[0].document.text[around.start : around.end]
        return Quote(passage.document, passage.text if len(text) > LONGEST_EVIDENCE else text)

    def _checked(self, task: Task, draft: Draft) -> Checked:
        titles = {e.document.name: f"{e.title}, {e.heading}" if e.heading else e.title for e in task.excerpts}
        places = []
        for excerpt, piece in zip(task.excerpts, draft.evidence, strict=False):
            place = filters.find_place(excerpt, piece.text)
            places.append((piece.document, place or excerpt.place))
        return Checked(
            draft.question, " ".join(draft.answers), draft.history,
            tuple((titles[q.document], q.text) for q in draft.quotes), tuple(places),
        )  # fmt: skip

    async def _reword(self, task: Task, draft: Draft) -> list[Draft]:
        """Further wordings of a draft that passed: each must make sense, and get the same answer."""
        count = self.wordings - 1
        try:
            reply = await self.asks.ask(
                rewording_prompt(draft.question, draft.answers[0], count), WordingsReply
            )
        except NoReply:
            return []
        texts = dict.fromkeys(_clean(text) for text in reply.wordings)
        ids = {draft.id}
        drafts = []
        for text in [text for text in texts if text][:count]:
            if (new_id := make_question_id(text)) not in ids:
                ids.add(new_id)
                drafts.append(self._wording(task, draft, new_id, text))
        return await together(drafts)

    async def _wording(self, task: Task, draft: Draft, new_id: str, text: str) -> Draft:
        if (stored := self.find_stored(new_id)) is not None:
            return stored
        document = task.excerpts[0].document.text
        verdicts = draft.checks | {
            "given away": filters.check_given_away(draft.kind, text, draft.answers[0]),
            "context": checks.check_written_context(draft.kind, text),
            "language": filters.check_language(text, document),
            "wording": filters.check_wording(draft.kind, text),
        }
        wording = replace(draft, id=new_id, question=text, group=draft.id, checks=verdicts)
        if wording.is_left_out:
            return wording
        verdict = await asked_filters.check_round_trip(self.asks, self._checked(task, wording))
        return replace(wording, checks=verdicts | {"round trip": verdict})


def _quote(excerpt: Excerpt, place: Place) -> Quote:
    return Quote(excerpt.document.name, excerpt.document.text[place.start : place.end])


def _is_said(text: str) -> bool:
    return re.search(r"\w", text) is not None


def _clean(text: str) -> str:
    return " ".join(text.split())
