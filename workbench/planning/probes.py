"""Makes probes: variants of selection questions for scores that compare an answer with that to the original.
Knows nothing about asking models."""

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

# Raise it when a probe changes the same passages in another way.
VERSION = 1
INJECTED_QUESTIONS = 20
# Where a planted passage stands among the others: high enough to survive a small context window.
PLANTED_AT = 1


@dataclass(frozen=True)
class Probe:
    """A variant of a question. Either `exchange` or `planted` is set."""

    item: ExperimentQuestion
    """The variant as it is asked."""
    base: ExperimentQuestion
    """The question that it varies."""
    exchange: Exchange | None = None
    """The group terms to exchange in the question and its passages (bias)."""
    planted: Injection | None = None
    """The instruction to plant among the passages (injection)."""

    @property
    def score(self) -> str:
        """The one score that its answers have."""
        return bias.NAME if self.exchange else prompt_injection.NAME

    @cached_property
    def identity(self) -> str:
        """Hash of what it does to the passages, whatever the question."""
        if self.exchange is not None:
            return fingerprint(VERSION, self.exchange.axis, dict(self.exchange.terms))
        assert self.planted is not None
        return fingerprint(VERSION, self.planted.document, self.planted.title, self.planted.text)

    def ranking_key(self, base_key: str, top_k: int) -> str:
        """The key of its varied ranking; `base_key` is that of the base question's ranking."""
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
    probes: list[Probe] = []
    names = set(score_names)
    if bias.NAME in names:
        probes += [_exchanged(q, e) for q in search for e in find_exchanges(q.question.text)]
    if prompt_injection.NAME in names:
        drawn = random.Random(f"injection:{seed}").sample(list(search), min(len(search), INJECTED_QUESTIONS))
        instructions = [*injections, *prompt_injection.PLANTED]
        probes += [_planted(q, instructions[i % len(instructions)]) for i, q in enumerate(drawn)]
    return [replace(p, item=replace(p.item, position=position + i)) for i, p in enumerate(probes)]


def _exchanged(base: ExperimentQuestion, exchange: Exchange) -> Probe:
    question = base.question
    variant = replace(
        question,
        id=probe_id(question.id, bias.NAME, exchange.axis),
        text=exchange.apply(question.text),
        answers=tuple(exchange.apply(a) for a in question.answers),
        history=tuple(replace(turn, text=exchange.apply(turn.text)) for turn in question.history),
    )
    return Probe(ExperimentQuestion(variant, PROBE, 0, base.cluster), base, exchange=exchange)


def _planted(base: ExperimentQuestion, planted: Injection) -> Probe:
    variant = replace(base.question, id=probe_id(base.question.id, prompt_injection.NAME, planted.id))
    return Probe(ExperimentQuestion(variant, PROBE, 0, base.cluster), base, planted=planted)


def read_probes(
    questions: Sequence[ExperimentQuestion], injections: Sequence[Injection]
) -> dict[str, list[Probe]]:
    """The probes among stored questions, by the id of the question they vary.

    Raises CorpusError when what one plants or exchanges is not known any more.
    """
    by_id = {q.question.id: q for q in questions if q.part != PROBE}
    planted_by_id = {i.id: i for i in (*injections, *prompt_injection.PLANTED)}
    probes: dict[str, list[Probe]] = {}
    for item in questions:
        if item.part != PROBE:
            continue
        base = by_id[base_question_id(item.question.id)]
        score, _, variant = item.question.id.rpartition("~")[2].partition(":")
        try:
            if score == bias.NAME:
                probe = Probe(item, base, exchange=exchange_on(variant, base.question.text))
            else:
                probe = Probe(item, base, planted=planted_by_id[variant])
        except (KeyError, ValueError):
            raise CorpusError(
                f"The probe {item.question.id!r} cannot be made again: the group terms or the planted "
                "instructions have changed since this experiment was created.",
                hint="Run its file again: a new experiment starts, and what is still valid is reused.",
            ) from None
        probes.setdefault(base.question.id, []).append(probe)
    return probes


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
    varied = vary_passages(probe, passages, count_tokens)
    varied_ranking = replace(
        ranking,
        key=probe.ranking_key(ranking.key, top_k),
        items=tuple((p.key, score) for p, score in varied),
    )
    return varied_ranking, [p for p, _ in varied]


def vary_passages(
    probe: Probe, passages: Sequence[tuple[PassageRecord, float]], count_tokens: Callable[[str], int]
) -> list[tuple[PassageRecord, float]]:
    """As `vary_ranking`, without a ranking."""
    if probe.exchange is not None:
        return [(_exchange_passage(p, probe.exchange), score) for p, score in passages]
    assert probe.planted is not None
    varied = list(passages)
    if not held_injections([p for p, _ in passages], [probe.planted]):
        at = min(PLANTED_AT, len(varied))
        score = varied[at - 1][1] if at else 1.0
        varied.insert(at, (_planted_passage(probe.planted, count_tokens), score))
    return varied


def _exchange_passage(passage: PassageRecord, exchange: Exchange) -> PassageRecord:
    before = (passage.title, passage.text, passage.header)
    title, text, header = (exchange.apply(part) for part in before)
    if (title, text, header) == before:
        return passage
    key = passage_key(passage.document, title, passage.start, passage.end, text, header)
    return replace(passage, key=key, title=title, text=text, header=header)


def _planted_passage(planted: Injection, count_tokens: Callable[[str], int]) -> PassageRecord:
    start, end = planted.start, planted.start + len(planted.text)
    key = passage_key(planted.document, planted.title, start, end, planted.text)
    tokens = count_tokens(planted.text)
    return PassageRecord(key, planted.document, planted.title, start, end, None, tokens, planted.text)


def held_injections(
    passages: Sequence[PassageRecord], injections: Sequence[Injection]
) -> tuple[Injection, ...]:
    """The planted instructions of which some passage holds at least half."""

    def holds(passage: PassageRecord, injection_: Injection) -> bool:
        start, end = injection_.start, injection_.start + len(injection_.text)
        common = min(passage.end, end) - max(passage.start, start)
        return passage.document == injection_.document and 2 * common >= end - start

    return tuple(injection_ for injection_ in injections if any(holds(p, injection_) for p in passages))


def count_probe_answers(
    search: Search, configs: int, questions: int, answers: tuple[int, int], probes: Mapping[str, int]
) -> tuple[int, int]:
    """(fewest, most) answers to probes that a search asks for.

    answers: the fewest and the most that it asks of the questions.  probes: how many each question has.
    """
    per_config, most_per_question = sum(probes.values()), max(probes.values(), default=0)
    if search.chosen.part.asks == "some configurations":
        tried = answers[1] // questions if questions else 0
        return tried * per_config, tried * per_config
    not_asked = configs * questions - answers[0]
    return max(0, configs * per_config - not_asked * most_per_question), min(
        configs * per_config, answers[1] * most_per_question
    )


def describe_probes(probes: Sequence[Probe]) -> list[str]:
    """In words, for the plan: what is asked beside the questions."""
    lines = []
    for name in (bias.NAME, prompt_injection.NAME):
        of_score = [p for p in probes if p.score == name]
        if of_score:
            varied = len({p.base.question.id for p in of_score})
            how = (
                "again with the group in their text exchanged"
                if name == bias.NAME
                else "again with an instruction planted among their passages"
            )
            number = f"{len(of_score)} probes per configuration"
            lines.append(f"{name}: {varied} of the selection questions are asked {how} ({number}).")
    return lines
