"""Several machines on one store: requests stay where they were made, experiments go where they can be run."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model, runner, tiny  # noqa: F401  (fixtures)
from workbench.api import prepare_experiment
from workbench.corpus.corpus import find_corpus_files
from workbench.run.corpus_of_experiment import FETCHED, offer_corpus, read_corpus
from workbench.run.creation import find_or_create
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.leases import find_free, queue, request_stop
from workbench.store.places import place_of
from workbench.store.processes import this_host
from workbench.store.requests import (
    Worker,
    add_request,
    has_lost_requests,
    has_waiting_work,
    living_workers,
    record_heartbeat,
    requeue_lost_requests,
    take_requests,
)
from workbench.store.sharing.corpus_copies import keep_copy, list_copies
from workbench.worker import launcher
from workbench.worker.fitness import LOOK_AGAIN_SECONDS, Fitness
from workbench.worker.process import WorkerProcess

HERE, THERE = "here:/home", "there:/home"
ADDRESS = "postgresql://workbench:hidden@db.example.com/workbench"


def shared(settings: Settings, home: str) -> Settings:
    """Settings of a machine that shares a store; its home is a folder beside the test's."""
    folder = settings.home.parent / home
    folder.mkdir()
    return replace(settings, home=folder, database_url=ADDRESS)


def beat(store: Store, place: str | None) -> None:
    record_heartbeat(store, Worker(str(place), this_host(), os.getpid(), 0.0, time.time(), "", place))


def test_a_place_outlives_a_restart_and_exists_on_a_shared_store_alone(settings: Settings) -> None:
    assert place_of(settings) is None
    place = place_of(replace(settings, database_url=ADDRESS))
    assert place is not None and place.endswith(f":{settings.home}") and "/" not in place.partition(":")[0]


def test_requests_are_taken_counted_and_requeued_at_their_own_place(store: Store) -> None:
    mine, other = add_request(store, "corpus", {}, place=HERE), add_request(store, "corpus", {}, place=THERE)
    beat(store, THERE)
    assert living_workers(store, HERE) == [] and len(living_workers(store, THERE)) == 1
    assert has_waiting_work(store, HERE)
    assert [r.id for r in take_requests(store, place=HERE)] == [mine]
    assert not has_waiting_work(store, HERE) and has_lost_requests(store, HERE)
    assert [r.id for r in take_requests(store, place=THERE)] == [other]
    requeue_lost_requests(store, HERE)  # its worker died; that of the other machine is busy
    assert [r.id for r in take_requests(store)] == [mine] and has_lost_requests(store, THERE)


def test_a_machine_starts_a_worker_for_its_own_work_though_another_has_one(
    runner: Runner,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environments: list[dict[str, str]] = []

    class Started:
        def __init__(self, *_: object, env: dict[str, str], **__: object) -> None:
            environments.append(env)

        def poll(self) -> int:
            return 0

    here = replace(
        shared(runner.settings, "a"), cluster="tcp://10.0.0.5:8786", shared=runner.settings.corpora
    )
    beat(runner.store, THERE)
    add_request(runner.store, "corpus", {}, place=THERE)
    monkeypatch.setattr(launcher.subprocess, "Popen", Started)
    assert not launcher.ensure_worker(runner.store, here)
    add_request(runner.store, "corpus", {}, place=place_of(here))
    assert launcher.ensure_worker(runner.store, here)
    (given,) = environments
    assert given["WORKBENCH_DATABASE_URL"] == ADDRESS and given["WORKBENCH_CLUSTER"] == here.cluster
    assert given["WORKBENCH_SHARED"] == str(here.shared)


def test_an_experiment_is_left_to_machines_that_have_its_corpus(runner: Runner) -> None:  # noqa: F811
    here, there = shared(runner.settings, "a"), shared(runner.settings, "b")
    there = replace(there, corpora=there.home)
    prepared = prepare_experiment(experiment(), here, runner.store)
    id_, _ = find_or_create(runner.store, prepared, place=place_of(here))
    assert find_free(runner.store) == [(id_, place_of(here))]
    assert has_waiting_work(runner.store, place_of(here))
    assert not has_waiting_work(runner.store, place_of(there))
    assert WorkerProcess(runner.store, here)._fitness.may_take(id_, place_of(here))

    now = [0.0]
    elsewhere = Fitness(runner.store, there, clock=lambda: now[0])
    assert elsewhere.may_take(id_, place_of(here))  # it sees the same folder
    document = runner.settings.corpora / "tiny" / "documents" / "water.md"
    whole = document.read_text()
    document.write_text("Other words.\n")
    assert not elsewhere.may_take(id_, place_of(here))
    document.write_text(whole)
    assert not elsewhere.may_take(id_, place_of(here))  # it does not read the corpus again all the time
    now[0] = LOOK_AGAIN_SECONDS + 1
    assert elsewhere.may_take(id_, place_of(here))

    runner.settings.corpora.rename(runner.settings.corpora.with_name("gone"))
    worker = WorkerProcess(runner.store, there)
    assert worker._claim() is None and get_experiment(runner.store, id_).state == "queued"
    (there.corpora / "tiny").symlink_to(runner.settings.corpora.with_name("gone") / "tiny")
    assert WorkerProcess(runner.store, there)._claim() is not None  # in its own corpora
    assert get_experiment(runner.store, id_).machine == this_host().partition("/")[0]


def test_an_experiment_whose_prompts_show_examples_is_left_to_machines_that_have_these(
    runner: Runner,  # noqa: F811
) -> None:
    here, there = shared(runner.settings, "a"), shared(runner.settings, "b")
    there = replace(there, corpora=there.home / "corpora")
    prompt = {"name": "showing", "template": "{examples}\n{passages}\n{question}"}
    retrieval = {"splitter": ["markdown"], "retriever": ["keyword"], "examples": [1]}
    prepared = prepare_experiment(experiment(prompts=[prompt], retrieval=retrieval), here, runner.store)
    id_, _ = find_or_create(runner.store, prepared, place=place_of(here))
    shutil.copytree(here.corpora, there.corpora)
    older = there.corpora / "tiny" / "questions.jsonl"
    whole = older.read_text()
    older.write_text(whole.replace("Within 30 days", "Within 20 days"))
    here.corpora.rename(here.corpora.with_name("gone"))
    assert not Fitness(runner.store, there).may_take(id_, place_of(here))
    files = find_corpus_files(there.corpora / "tiny")
    assert keep_copy(runner.store, get_experiment(runner.store, id_).corpus_version, files) is not None
    assert not Fitness(runner.store, there).may_take(id_, place_of(here))  # it may have other examples
    older.write_text(whole)
    assert Fitness(runner.store, there).may_take(id_, place_of(here))


def test_a_copy_in_the_store_will_do_and_is_not_fetched_to_decide(
    runner: Runner,  # noqa: F811
) -> None:
    here, there = shared(runner.settings, "a"), shared(runner.settings, "b")
    there = replace(there, corpora=there.home / "corpora", shared=there.home / "shared")
    prepared = prepare_experiment(experiment(), here, runner.store)
    id_, _ = find_or_create(runner.store, prepared, place=place_of(here))
    record = get_experiment(runner.store, id_)
    gone = here.corpora.rename(here.corpora.with_name("gone"))
    assert not Fitness(runner.store, there).may_take(id_, place_of(here))
    keep_copy(runner.store, record.corpus_version, find_corpus_files(gone / "tiny"))
    (there.corpora / "tiny" / "documents").mkdir(parents=True)  # with no document: it does not end the search
    assert Fitness(runner.store, there).may_take(id_, place_of(here))
    assert not (there.cache / FETCHED).exists()
    assert read_corpus(record, there, runner.store).version == record.corpus_version
    shutil.rmtree(there.cache / FETCHED)
    assert there.shared is not None
    shutil.copytree(gone / "tiny", there.shared / "tiny")
    assert read_corpus(record, there, runner.store).version == record.corpus_version
    assert offer_corpus(record, there, runner.store) == list_copies(runner.store)[0]
    assert not (there.cache / FETCHED).exists()


def test_an_experiment_stays_where_its_model_and_its_key_are(
    runner: Runner,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    here, there = shared(runner.settings, "a"), shared(runner.settings, "b")
    with ProtocolServer() as server:
        local = prepare_experiment(experiment(models=[local_model(server)]), here, runner.store)
    keyed = {
        "name": "m",
        "base_url": "https://api.openai.com/v1",
        "model": "m",
        "api_key_env": "OPENAI_API_KEY",
    }
    named = prepare_experiment(experiment(models=[keyed]), here, runner.store)
    for prepared in (local, named):
        id_, _ = find_or_create(runner.store, prepared, place=place_of(here))
        assert Fitness(runner.store, here).may_take(id_, place_of(here))
        assert not Fitness(runner.store, there).may_take(id_, place_of(here))
    monkeypatch.setenv("OPENAI_API_KEY", "one of this machine")
    assert Fitness(runner.store, there).may_take(id_, place_of(here))


def test_who_resumes_an_experiment_brings_it_to_his_machine(runner: Runner) -> None:  # noqa: F811
    id_ = runner.create(experiment())
    request_stop(runner.store, id_)
    queue(runner.store, id_, place=THERE)
    assert find_free(runner.store) == [(id_, THERE)]


def test_a_worker_answers_the_requests_of_its_place_alone(runner: Runner) -> None:  # noqa: F811
    here = shared(runner.settings, "a")
    mine = add_request(runner.store, "corpus", {"corpus": "tiny"}, place=place_of(here))
    add_request(runner.store, "corpus", {"corpus": "tiny"}, place=THERE)
    assert [r.id for r in WorkerProcess(runner.store, here)._take(4)] == [mine]
