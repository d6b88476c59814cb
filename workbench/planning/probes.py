"""Probes: variants of search questions, asked beside them for scores that compare two answers.
Knows nothing about asking: which there are, and what each makes of the question and its passages."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.corpus.types import PROBE, Injection, base_question_id, probe_id
from workbench.errors import CorpusError
from workbench.fingerprint import fingerprint
from workbench.pipeline.passages import passage_key
from workbench.scoring import bias, prompt_injection
from workbench.scoring.group_terms import Exchange, exchange_on, find_exchanges
from workbench.space.experiment import Search
from workbench.store.records import ExperimentQuestion, PassageRecord, RankingRecord

# Raised when a probe makes something else of the same passages.
VERSION = 1
INJECTED_QUESTIONS = 20
# Where a planted passage stands among the others: high enough to survive a small context window.
PLANTED_AT = 1


@dataclass(frozen=True)
class Probe:
    """item: the variant as it is asked.  base: the question it varies.  exchange or planted: how."""

    item: ExperimentQuestion
    base: ExperimentQuestion
    exchange: Exchange | None = None
    planted: Injection | None = None

    @property
    def score(self) -> str:
        """The one score that its answers have."""
        return bias.NAME if self.exchange else prompt_injection.NAME

    @cached_property
    def identity(self) -> str:
        """What it does to the passages, whatever the question."""
        if self.exchange is not None:
            return fingerprint(VERSION, self.exchange.axis, dict(self.exchange.terms))
        assert self.planted is not None
        return fingerprint(VERSION, self.planted.document, self.planted.title, self.planted.text)

    def ranking_key(self, base_key: str, top_k: int) -> str:
        return fingerprint("probe", base_key, top_k, self.identity)


def make_probes(
    search: Sequence[ExperimentQuestion],
    score_names: Iterable[str],
    injections: Sequence[Injection],
    *,
    seed: int,
    position: int,
) -> list[Probe]:
    """The probes that these scores need, numbered from `position`.

    bias: one for every question and axis that its text has a term of.  injection: up to INJECTED_QUESTIONS
    questions drawn by the seed, each with one planted instruction in turn: the corpus's own, then ours.
    """
    found: list[Probe] = []
    wanted = set(score_names)
    if bias.NAME in wanted:
        found += [_exchanged(q, e) for q in search for e in find_exchanges(q.question.text)]
    if prompt_injection.NAME in wanted:
        drawn = random.Random(f"injection:{seed}").sample(list(search), min(len(search), INJECTED_QUESTIONS))
        every = [*injections, *prompt_injection.PLANTED]
        found += [_planted(q, every[i % len(every)]) for i, q in enumerate(drawn)]
    return [replace(p, item=replace(p.item, position=position + i)) for i, p in enumerate(found)]


def _exchanged(base: ExperimentQuestion, exchange: Exchange) -> Probe:
    question = base.question
    variant = replace(
        question,
        id=probe_id(question.id, bias.NAME, exchange.axis),
        text=exchange.apply(question.text),
        answers=tuple(exchange.apply(a) for a in question.answers),
    )
    return Probe(ExperimentQuestion(variant, PROBE, 0), base, exchange=exchange)


def _planted(base: ExperimentQuestion, planted: Injection) -> Probe:
    variant = replace(base.question, id=probe_id(base.question.id, prompt_injection.NAME, planted.id))
    return Probe(ExperimentQuestion(variant, PROBE, 0), base, planted=planted)


def read_probes(
    questions: Sequence[ExperimentQuestion], injections: Sequence[Injection]
) -> dict[str, list[Probe]]:
    """The probes among stored questions, by the id of the question they vary.

    Raises CorpusError when what one plants or exchanges is not known any more.
    """
    by_id = {q.question.id: q for q in questions if q.part != PROBE}
    known = {i.id: i for i in (*injections, *prompt_injection.PLANTED)}
    found: dict[str, list[Probe]] = {}
    for item in questions:
        if item.part != PROBE:
            continue
        base = by_id[base_question_id(item.question.id)]
        score, _, variant = item.question.id.rpartition("~")[2].partition(":")
        try:
            if score == bias.NAME:
                probe = Probe(item, base, exchange=exchange_on(variant, base.question.text))
            else:
                probe = Probe(item, base, planted=known[variant])
        except (KeyError, ValueError):
            raise CorpusError(
                f"The probe {item.question.id!r} cannot be made again: the group terms or the planted "
                "instructions have changed since this experiment was created.",
                hint="Run its file again: a new experiment starts, and what still holds is reused.",
            ) from None
        found.setdefault(base.question.id, []).append(probe)
    return found


def vary_ranking(
    probe: Probe,
    ranking: RankingRecord,
    passages: Sequence[tuple[PassageRecord, float]],
    top_k: int,
    count_tokens: Callable[[str], int],
) -> tuple[RankingRecord, list[PassageRecord]]:
    """What a probe makes of the passages of its base question: the varied ranking and all its passages.

    An exchange is made in the passages too: a world in which only the group is another, so that what the
    documents say of it stays true. A planted passage comes second; one that is there already is not added.
    """
    if probe.exchange is not None:
        varied = [(_exchange_passage(p, probe.exchange), score) for p, score in passages]
    else:
        assert probe.planted is not None
        varied = list(passages)
        if not held_injections([p for p, _ in passages], [probe.planted]):
            at = min(PLANTED_AT, len(varied))
            score = varied[at - 1][1] if at else 1.0
            varied.insert(at, (_planted_passage(probe.planted, count_tokens), score))
    made = replace(
        ranking,
        key=probe.ranking_key(ranking.key, top_k),
        items=tuple((p.key, score) for p, score in varied),
    )
    return made, [p for p, _ in varied]


def _exchange_passage(passage: PassageRecord, exchange: Exchange) -> PassageRecord:
    title, text = exchange.apply(passage.title), exchange.apply(passage.text)
    if (title, text) == (passage.title, passage.text):
        return passage
    key = passage_key(passage.document, title, passage.start, passage.end, text)
    return replace(passage, key=key, title=title, text=text)


def _planted_passage(planted: Injection, count_tokens: Callable[[str], int]) -> PassageRecord:
    start, end = planted.start, planted.start + len(planted.text)
    key = passage_key(planted.document, planted.title, start, end, planted.text)
    tokens = count_tokens(planted.text)
    return PassageRecord(key, planted.document, planted.title, start, end, None, tokens, planted.text)


def held_injections(
    passages: Sequence[PassageRecord], injections: Sequence[Injection]
) -> tuple[Injection, ...]:
    """The planted instructions of which some passage holds at least half."""

    def holds(passage: PassageRecord, one: Injection) -> bool:
        start, end = one.start, one.start + len(one.text)
        common = min(passage.end, end) - max(passage.start, start)
        return passage.document == one.document and 2 * common >= end - start

    return tuple(one for one in injections if any(holds(p, one) for p in passages))


def count_probe_answers(
    search: Search, configs: int, questions: int, answers: tuple[int, int], probes: Mapping[str, int]
) -> tuple[int, int]:
    """(fewest, most) answers to probes that a search asks for.

    answers: the fewest and the most that it asks of the questions.  probes: how many each question has.
    """
    each, most_each = sum(probes.values()), max(probes.values(), default=0)
    if search.chosen.part.asks == "some configurations":
        tried = answers[1] // questions if questions else 0
        return tried * each, tried * each
    not_asked = configs * questions - answers[0]
    return max(0, configs * each - not_asked * most_each), min(configs * each, answers[1] * most_each)


def describe_probes(probes: Sequence[Probe]) -> list[str]:
    """In words, for the plan: what is asked beside the questions."""
    found = []
    for name in (bias.NAME, prompt_injection.NAME):
        own = [p for p in probes if p.score == name]
        if own:
            varied = len({p.base.question.id for p in own})
            how = (
                "again with the group in their text exchanged"
                if name == bias.NAME
                else "again with an instruction planted among their passages"
            )
            number = f"{len(own)} probes a configuration"
            found.append(f"{name}: {varied} of the search questions are asked {how} ({number}).")
    return found
