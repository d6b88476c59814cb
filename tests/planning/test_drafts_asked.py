"""Unreviewed drafts in an experiment: asked where its file says so, said in the plan, never held out.
Knows nothing about how they are drafted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mixed_sources import mix_sources
from tests.tiny_experiment import Runner, experiment
from workbench.api import prepare_experiment
from workbench.corpus.draft_file import drop_drafts
from workbench.errors import InputError
from workbench.planning.plan import make_plan
from workbench.planning.preparation import Prepared
from workbench.run.creation import find_or_create, unfinished_with_other_questions
from workbench.space.files import parse_experiment
from workbench.store.experiments import get_experiment, spec_hash
from workbench.store.leases import request_stop
from workbench.store.questions import get_questions

SAID = "2 of 7 questions are drafts that nobody has reviewed."


def prepare(runner: Runner, **questions: object) -> Prepared:
    return prepare_experiment(experiment(questions=questions), runner.settings, runner.store)


def test_drafts_are_asked_only_where_the_file_says_so(runner: Runner) -> None:
    ids = mix_sources(runner.settings.corpora / "tiny")
    assert not any(q.question.is_draft for q in prepare(runner).questions)
    prepared = prepare(runner, drafts=True)
    drafts = [q for q in prepared.questions if q.question.is_draft]
    assert [q.question.id for q in drafts] == ids and {q.part for q in drafts} == {"search"}
    assert prepared.questions[-2:] == tuple(drafts)
    assert f"{SAID} Drafts are never held out." in prepared.warnings
    plan = make_plan(prepared, runner.settings, runner.store)
    assert (plan.questions, plan.holdout_questions, plan.drafts) == (7, 2, 2)
    assert plan.to_json()["drafts"] == 2 and any(SAID in text for text in plan.warnings)
    limited = prepare(runner, drafts=True, limit=6)
    assert not any(q.question.is_draft for q in limited.questions)  # questions come first


def test_drafts_are_stored_with_their_source(runner: Runner) -> None:
    mix_sources(runner.settings.corpora / "tiny")
    made = runner.create(experiment(questions={"drafts": True}))
    stored = [q.question for q in get_questions(runner.store, made)]
    assert [q.is_draft for q in stored][-2:] == [True, True]
    assert [q.source.name if q.source else None for q in stored].count("table") == 2
    assert all(q.source is not None and q.source.name == "list" for q in stored[-2:])


def test_that_no_draft_waits_is_said(runner: Runner) -> None:
    corpus = runner.settings.corpora / "tiny"
    drop_drafts(corpus, mix_sources(corpus))
    assert any("no draft waits" in text for text in prepare(runner, drafts=True).warnings)
    (corpus / "questions.jsonl").unlink()
    with pytest.raises(InputError, match="has no questions"):
        prepare(runner, drafts=True)


def test_a_corpus_of_drafts_alone_can_be_asked(runner: Runner) -> None:
    corpus = runner.settings.corpora / "tiny"
    mix_sources(corpus)
    (corpus / "questions.jsonl").unlink()
    prepared = prepare(runner, drafts=True)
    assert any("All 2 questions are drafts" in text for text in prepared.warnings)


def test_drafts_make_another_experiment_and_so_does_their_review(runner: Runner) -> None:
    mix_sources(runner.settings.corpora / "tiny")
    without, asked = prepare(runner), prepare(runner, drafts=True)
    reviewed = [replace(q, question=replace(q.question, is_draft=False)) for q in asked.questions]
    hashes = {
        spec_hash(without.experiment, "v", without.questions),
        spec_hash(asked.experiment, "v", asked.questions),
        spec_hash(asked.experiment, "v", reviewed),
    }
    assert len(hashes) == 3


def test_a_wrong_value_is_an_error_that_names_the_key() -> None:
    text = "name: x\ncorpus: x\nprompts: [p]\nmodels: [m]\nquestions: {drafts: perhaps}\n"
    with pytest.raises(InputError, match=r"questions\.drafts"):
        parse_experiment(text)
    with pytest.raises(InputError, match="Did you mean 'drafts'"):
        parse_experiment(text.replace("drafts: perhaps", "draft: true"))


def test_an_unfinished_experiment_whose_drafts_were_reviewed_since_is_named(runner: Runner) -> None:
    corpus = runner.settings.corpora / "tiny"
    ids = mix_sources(corpus)
    begun, _ = find_or_create(runner.store, prepare(runner, drafts=True))
    request_stop(runner.store, begun)
    assert get_experiment(runner.store, begun).state == "stopped"
    assert find_or_create(runner.store, prepare(runner, drafts=True)) == (begun, False)
    drop_drafts(corpus, ids[:1])
    now = prepare(runner, drafts=True)
    assert unfinished_with_other_questions(runner.store, now) == begun
    assert unfinished_with_other_questions(runner.store, prepare(runner)) is None  # other settings
    assert find_or_create(runner.store, now)[1]
    document = next((corpus / "documents").iterdir())
    document.write_text(document.read_text() + "\nOne more line.\n")
    assert unfinished_with_other_questions(runner.store, prepare(runner, drafts=True)) is None
