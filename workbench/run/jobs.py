"""One job: one trial's answer to one question in one repeat. Prepared in bulk, then asked and scored.
Knows nothing about scheduling, limits or money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.types import PROBE, Evidence, Injection, Question
from workbench.errors import ProviderError
from workbench.fingerprint import fingerprint
from workbench.parts.registry import score_entry
from workbench.pipeline.answer_request import AnswerRequest, request_answer, request_shorter_answer
from workbench.pipeline.chat_request import call_key
from workbench.pipeline.copied_evidence import with_copies
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.examples import NO_EXAMPLES, ExamplePool
from workbench.pipeline.given import Given
from workbench.pipeline.passages import record_to_hit
from workbench.pipeline.prompt_rendering import PromptRoom, count_prompt_tokens
from workbench.planning.probes import Probe, held_injections, vary_ranking
from workbench.providers.types import ChatRequest
from workbench.run.given_passages import GivenPassages, give_passages
from workbench.scoring import prompt_injection
from workbench.scoring.refusal import is_refusal
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.store.answers import find_done, find_scores
from workbench.store.database import Store
from workbench.store.failed_answers import EMPTY_KIND
from workbench.store.ledger import find_calls
from workbench.store.ratings import seen_key
from workbench.store.records import (
    CallRecord,
    ExperimentQuestion,
    NewAnswer,
    PassageRecord,
    RankingRecord,
    ScoreRecord,
    TrialRecord,
)

TRAINED_ON = "The model was trained on this question, so its answer to it does not count."


@dataclass(frozen=True)
class Job:
    """One answer that is to be asked for."""

    trial: TrialRecord
    """Whose configuration answers."""
    question: Question
    """What is asked."""
    part: str
    """The part of the questions that it belongs to, or PROBE."""
    repeat: int
    """From 0."""
    ranking: RankingRecord | None
    """Whose passages the prompt holds; None where there is none, and for a system that was not asked yet."""
    passages: tuple[PassageRecord, ...]
    """Those of the ranking that the prompt holds, best first."""
    request: ChatRequest | None
    """What is sent; None when no request could be made, and `problem` says why."""
    flags: tuple[str, ...]
    """What is unusual about the ranking and the prompt, as short codes."""
    problem: ProviderError | None = None
    """Why there is no request."""
    injections: tuple[Injection, ...] = ()
    """The planted instructions that its passages hold."""
    probe: Probe | None = None
    """The probe that it asks; None for a question."""
    base: Job | None = None
    """Of a probe: the job of the question that it varies."""
    unstored: tuple[PassageRecord, ...] | None = None
    """The passages of a ranking that may not be stored yet: a probe's, a system's, that of a selection; None
    for a stored ranking."""
    selected: tuple[Given, ...] = ()
    """The passages with the near-equal ones that were left out in their favour."""
    examples: int = 0
    """How many question-answer pairs are in its prompt."""
    stronger: Job | None = None
    """Of a cascade: the job of its strong end, which is carried out where this one's answer will not do."""
    looked_at: RankingRecord | None = None
    """Of a router that looks at what its cheap end retrieves, and sends the question to a strong one that
    searches otherwise: that ranking, which is paid, too."""
    trained_on: bool = False
    """Whether the model was trained on this question: then no score of its answer counts."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The question's, also where its words stand in a passage that is given for a near-equal one."""
        return with_copies(self.question.evidence, self.selected)

    def score_names(self, names: Sequence[str]) -> list[str]:
        """Which of the experiment's scores this answer has: a probe its own, a question all but those; and
        `injection` where the documents themselves have planted an instruction."""
        if self.probe is not None:
            return [self.probe.score]
        plain = [n for n in names if not score_entry(n).variants]
        return (
            [*plain, prompt_injection.NAME] if self.injections and prompt_injection.NAME in names else plain
        )


def prepare_jobs(
    store: Store,
    trial: TrialRecord,
    questions: Sequence[ExperimentQuestion],
    repeats: int,
    today: str,
    ranking_keys: Mapping[str, str],
    texts: CorpusTexts,
    problems: Mapping[str, ProviderError],
    probes: Sequence[Probe] = (),
    injections: Sequence[Injection] = (),
    room: PromptRoom | None = None,
    pool: ExamplePool = NO_EXAMPLES,
    trained_on: Collection[str] = (),
) -> tuple[list[Job], dict[str, CallRecord]]:
    """The jobs a trial has left, with the stored calls that answer some of them.

    ranking_keys, problems: by question id.  probes: asked once, whatever the repeats, after the questions.
    injections: those that the documents hold.
    room: how long a prompt may be; None means the model's declared context.
    pool: what the prompts' examples are taken from.
    trained_on: the ids of the questions that the model was trained on.
    """
    done = find_done(store, trial.id)
    todo = [(q, r) for q in questions for r in range(repeats) if (q.question.id, r) not in done]
    open_probes = [p for p in probes if (p.item.question.id, 0) not in done]
    varied = [p.base for p in open_probes]
    keys = dict.fromkeys(ranking_keys[q.question.id] for q in (*(q for q, _ in todo), *varied))
    given_of = give_passages(store, trial.config.retrieval, list(keys), texts)

    def prepare(item: ExperimentQuestion, repeat: int) -> Job:
        given = given_of.get(ranking_keys[item.question.id])
        if isinstance(given, GivenPassages):
            return _render_job(trial, item, repeat, today, given, injections, room, pool)
        problem = given or problems.get(item.question.id)
        problem = problem or ProviderError("Nothing was retrieved for this question.", kind="rejected")
        return Job(trial, item.question, item.part, repeat, None, (), None, (), problem)

    jobs = [prepare(item, repeat) for item, repeat in todo]
    for probe in open_probes:
        base = prepare(probe.base, 0)
        given = given_of.get(ranking_keys[probe.base.question.id])
        jobs.append(_prepare_probe(probe, base, today, given, room, pool))
    if trained_on:
        jobs = [replace(job, trained_on=_base_id(job) in trained_on) for job in jobs]
    model = trial.config.model
    asked = [*jobs, *(j.base for j in jobs if j.base)]
    calls = [call_key(model, j.request, j.repeat, "generate") for j in asked if j.request]
    return jobs, find_calls(store, calls)


def _base_id(job: Job) -> str:
    """The id of its question; of a probe, that of the question that it varies."""
    return job.probe.base.question.id if job.probe is not None else job.question.id


def _prepare_probe(
    probe: Probe,
    base: Job,
    today: str,
    given: GivenPassages | ProviderError | None,
    room: PromptRoom | None,
    pool: ExamplePool,
) -> Job:
    """The job of a probe: its question over the passages of its base, varied.

    given: what the prompt of the base gets.
    """
    trial, item = base.trial, probe.item
    if not isinstance(given, GivenPassages) or base.request is None:
        return Job(trial, item.question, PROBE, 0, None, (), None, (), base.problem, probe=probe, base=base)
    top_k = trial.config.retrieval.top_k
    ranking, varied = vary_ranking(probe, given.ranking, given.passages, top_k, count_prompt_tokens)
    scores = (score for _, score in ranking.items)
    own = replace(
        given, ranking=ranking, passages=tuple(zip(varied, scores, strict=True)), unstored=tuple(varied)
    )
    planted = (probe.planted,) if probe.planted else ()
    job = _render_job(trial, item, 0, today, own, planted, room, pool)
    return replace(job, probe=probe, base=base)


def _render_job(
    trial: TrialRecord,
    item: ExperimentQuestion,
    repeat: int,
    today: str,
    given: GivenPassages,
    injections: Sequence[Injection],
    room: PromptRoom | None,
    pool: ExamplePool,
) -> Job:
    ranking = given.ranking
    hits = [record_to_hit(passage, score) for passage, score in given.passages]
    job = Job(trial, item.question, item.part, repeat, ranking, (), None, (), unstored=given.unstored)
    try:
        made = request_answer(
            trial.config, item.question.asked, hits, today, repeat=repeat, room=room, pool=pool
        )
    except ProviderError as error:
        return replace(job, problem=error)
    used = tuple(passage for passage, _ in given.passages[: len(made.hits)])
    return replace(
        job,
        passages=used,
        request=made.request,
        examples=made.examples,
        flags=(*ranking.flags, *made.flags),
        injections=held_injections(used, injections),
        selected=given.selected,
    )


def shorten_job(job: Job, refusal: str, today: str) -> Job | None:
    """The job to do instead of one whose request the server refused as too long; None when nothing is left to
    drop. refusal: the server's words."""
    assert job.request is not None
    hits = tuple(record_to_hit(passage, 0.0) for passage in job.passages)
    refused = AnswerRequest(job.request, hits, (), job.examples)
    made = request_shorter_answer(
        job.trial.config, job.question.asked, refused, today, refusal, repeat=job.repeat
    )
    if made is None:
        return None
    passages = job.passages[: len(made.hits)]
    return replace(
        job,
        passages=passages,
        request=made.request,
        examples=made.examples,
        flags=tuple(dict.fromkeys((*job.flags, *made.flags))),
        injections=held_injections(passages, job.injections),
    )


def context_of(job: Job, text: str | None, base_text: str | None = None) -> AnswerContext:
    return AnswerContext(
        question=job.question.text,
        history=job.question.history,
        answer=text,
        passages=job.passages,
        references=job.question.answers,
        evidence=job.evidence,
        answerable=job.question.answerable,
        injections=job.injections,
        instructions=job.trial.config.instructions,
        base=context_of(job.base, base_text) if job.base else None,
        exchange=job.probe.exchange if job.probe else None,
    )


def _score_keys(job: Job, text: str | None, base_text: str | None, names: Sequence[str]) -> dict[str, str]:
    """Content keys: two answers of equal text, passages and reference have equal scores."""
    if job.trained_on:
        return {record.name: record.key for record in uncounted_scores(names)}
    question = job.question
    looked_at = fingerprint(
        question.text,
        text,
        [p.key for p in job.passages],
        question.answers,
        [e.as_row() for e in job.evidence],
        question.answerable,
        *([turns_to_json(question.history)] if question.history else ()),
    )
    keys: dict[str, str] = {}
    for name in names:
        score = score_entry(name)
        if score.variants is None:
            keys[name] = fingerprint("score", name, score.version, looked_at)
        else:
            prompt = job.trial.config.prompt
            variant_inputs = [
                [[i.id, i.text, i.says] for i in job.injections],
                [prompt.system, prompt.template],
                base_text,
                [job.base.question.text, [p.key for p in job.base.passages]] if job.base else None,
                job.probe.identity if job.probe else None,
            ]
            keys[name] = fingerprint("score", name, score.version, looked_at, variant_inputs)
    return keys


@dataclass(frozen=True)
class AskedJob:
    """A job whose call has ended."""

    job: Job
    call: CallRecord | None
    """None when no call was made."""
    reused: bool
    """Whether the call was stored, or under way for another job."""
    base: CallRecord | None = None
    """Of a probe: the call of the question that it varies."""
    cheap: AskedJob | None = None
    """Of a cascade that escalated: the job of its cheap end, which was paid for, too."""

    @property
    def text(self) -> str | None:
        return reply_text(self.call)

    @property
    def base_text(self) -> str | None:
        return reply_text(self.base)


def reply_text(call: CallRecord | None) -> str | None:
    """What the model answered: "" for an empty reply, which is scored as such; None when there is no answer,
    because its server failed."""
    if call is None or call.outcome == "ok":
        return call.text if call is not None else None
    return "" if call.error_kind == EMPTY_KIND else None


def build_answers(
    store: Store, names: Sequence[str], batch: Sequence[AskedJob]
) -> list[tuple[NewAnswer, int]]:
    """Each job's answer with its scores, and how many of the scores were stored already.

    names: the experiment's scores.
    """
    keyed = [(a, _score_keys(a.job, a.text, a.base_text, a.job.score_names(names))) for a in batch]
    maybe_stored = [key for asked, keys in keyed if asked.reused for key in keys.values()]
    stored = find_scores(store, maybe_stored) if maybe_stored else {}
    return [
        (_build_answer(asked, _score(asked, keys, stored)), sum(key in stored for key in keys.values()))
        for asked, keys in keyed
    ]


def _score(
    asked: AskedJob, keys: Mapping[str, str], stored: Mapping[str, ScoreRecord]
) -> tuple[ScoreRecord, ...]:
    """keys: by name of the score.  stored: by key."""
    if asked.job.trained_on:
        return uncounted_scores(list(keys))
    missing = [name for name, key in keys.items() if key not in stored]
    context = context_of(asked.job, asked.text, asked.base_text)
    fresh = {v.name: v for v in score_answer(context, missing)} if missing else {}
    return tuple(
        stored[key] if key in stored else _score_record(key, fresh[name]) for name, key in keys.items()
    )


def uncounted_scores(names: Sequence[str]) -> tuple[ScoreRecord, ...]:
    """The scores of an answer to a question that the model was trained on."""
    return tuple(
        ScoreRecord(name, fingerprint("score", name, "trained on"), None, "not_applicable", TRAINED_ON, {})
        for name in names
    )


def _score_record(key: str, score: ScoreValue) -> ScoreRecord:
    return ScoreRecord(score.name, key, score.value, score.status, score.reason, dict(score.detail))


def _build_answer(asked: AskedJob, scores: tuple[ScoreRecord, ...]) -> NewAnswer:
    job, call, text = asked.job, asked.call, asked.text
    good = call is not None and call.outcome == "ok"
    error, error_kind = "", None
    if not good:
        error = call.error if call else str(job.problem)
        error_kind = call.error_kind if call else (job.problem.kind if job.problem else None)
    both = [asked, *([asked.cheap] if asked.cheap else [])]
    calls = [one.call for one in both if one.call]
    priced = [c for c in calls if c is call or c.outcome == "ok" or c.cost_usd is not None]
    # Two ends that search alike share their ranking.
    ranked = [*(one.job.ranking for one in both), job.looked_at]
    rankings = {ranking.key: ranking for ranking in ranked if ranking}.values()
    costs = [r.cost_usd for r in rankings] or [None]
    costs += [c.cost_usd for c in priced] if call else [None]
    return NewAnswer(
        trial_id=job.trial.id,
        question_id=job.question.id,
        repeat=job.repeat,
        part=job.part,
        state="ok" if good else "failed",
        ranking_key=job.ranking.key if job.ranking else None,
        call_key=call.key if call is not None and good else None,
        passages=len(job.passages),
        reused=all(one.reused for one in both),
        seen=seen_key(job.question.asked, text or "", [p.key for p in job.passages]),
        refused=good and is_refusal(text or ""),
        cost_usd=sum(c for c in costs if c is not None) if None not in costs else None,
        seconds=sum(r.seconds for r in rankings) + sum(c.seconds for c in calls),
        tokens=sum(c.input_tokens + c.output_tokens for c in calls),
        error=error,
        error_kind=error_kind,
        flags=(*job.flags, *(call.flags if call else ())),
        scores=scores,
    )
