"""The jobs of a system: it is asked the question alone, and its reply brings the passages.
Knows nothing about scheduling, limits or money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.corpus.types import Injection
from workbench.fingerprint import fingerprint
from workbench.pipeline.chat_request import call_key
from workbench.pipeline.passages import chunk_to_record
from workbench.pipeline.system_passages import SystemPassages, request_system
from workbench.pipeline.types import SCORE_DIGITS
from workbench.planning.probes import held_injections
from workbench.run.jobs import Job
from workbench.store.answers import find_done
from workbench.store.database import Store
from workbench.store.ledger import find_calls
from workbench.store.records import CallRecord, ExperimentQuestion, RankingRecord, TrialRecord


def prepare_system_jobs(
    store: Store, trial: TrialRecord, questions: Sequence[ExperimentQuestion], repeats: int
) -> tuple[list[Job], dict[str, CallRecord]]:
    """The jobs that a system's trial has left, with the stored calls that answer some of them."""
    done, model = find_done(store, trial.id), trial.config.model
    jobs = [
        Job(
            trial, item.question, item.part, repeat, None, (),
            request_system(model, item.question.asked, repeat), (),
        )
        for item in questions
        for repeat in range(repeats)
        if (item.question.id, repeat) not in done
    ]  # fmt: skip
    return jobs, find_calls(
        store, [call_key(model, j.request, j.repeat, "generate") for j in jobs if j.request]
    )


def add_passages(job: Job, call: CallRecord, given: SystemPassages, injections: Sequence[Injection]) -> Job:
    """The job with the passages that the reply gave, placed in the corpus, as a ranking of its own.

    The ranking goes by the call and by where the passages are: over changed documents the same reply has
    another one.
    """
    hits, flags = given.place(call.passages)
    passages = tuple(chunk_to_record(hit.chunk) for hit in hits)
    items = tuple((p.key, round(hit.score, SCORE_DIGITS)) for p, hit in zip(passages, hits, strict=True))
    ranking = RankingRecord(fingerprint("given passages", call.key, items), items, 0.0, 0.0, flags)
    return replace(
        job,
        ranking=ranking,
        passages=passages,
        unstored=passages,
        flags=flags,
        injections=held_injections(passages, injections),
    )
