"""Cleaning up, and the ledger as it is shown: what goes, what must stay, and that all sums agree.
Knows nothing about how either is found out."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.feedback.ratings import rate_answer
from workbench.garbage_collection import Cleaned, clean
from workbench.pipeline import corpus_opener, keyword_files
from workbench.results.status import get_status, ledger_to_json
from workbench.ship.export import export_winner
from workbench.ship.service import service_of
from workbench.ship.winner import read_winner
from workbench.store.answers import find_answers, find_passages
from workbench.store.experiments import delete_experiment
from workbench.store.leases import claim, find_leases, request_stop
from workbench.store.ledger import find_calls, get_spend, list_calls
from workbench.store.processes import owner_name
from workbench.store.ratings import list_ratings
from workbench.store.serving.services import archive_service, put_service
from workbench.ui.services import Services


@pytest.fixture(autouse=True)
def files_of_large_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small corpora get the files that only large ones have."""
    monkeypatch.setattr(corpus_opener, "LEAST_MAPPED", 1)
    monkeypatch.setattr(keyword_files, "LEAST_STORED", 1)


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


def both_kinds(server: ProtocolServer, **fields: Any) -> Any:
    """An experiment with dense and keyword retrieval over a served model."""
    return experiment(models=[local_model(server)], **fields)


def cleaned(runner: Runner, **options: Any) -> Cleaned:
    return clean(runner.store, runner.settings, **options)


def counts(found: Cleaned) -> dict[str, int]:
    return {kind: freed.count for kind, freed in found.freed.items()}


def rows(runner: Runner, table: str) -> int:
    with runner.store.read() as session:
        return int(session.execute(text(f"select count(*) from {table}")).scalar_one())


def served_usd(runner: Runner) -> float:
    """Without machine time, which is never the same twice."""
    return sum(call.cost_usd or 0.0 for _, call in list_calls(runner.store) if call.model_name == "local")


def find_under_way(runner: Runner) -> list[str]:
    return [lease.experiment_id for lease in find_leases(runner.store)]


def files(runner: Runner) -> set[Path]:
    return {p for p in runner.settings.home.rglob("*") if p.is_file() and "workbench.db" not in p.name}


def test_what_an_experiment_needs_is_left_alone(chroma_runner: Runner, server: ProtocolServer) -> None:
    done = chroma_runner.run(both_kinds(server))
    before = files(chroma_runner)
    assert not any(counts(cleaned(chroma_runner)).values())
    assert files(chroma_runner) == before
    posts = len(server.posts)
    again = chroma_runner.run(both_kinds(server, name="again"))
    assert again.status["calls"]["made"] == 0 and len(server.posts) == posts
    assert len(find_answers(chroma_runner.store, done.id, limit=None)) == done.status["answers"]


def test_a_deleted_experiments_work_is_freed_and_its_money_stays(
    chroma_runner: Runner, server: ProtocolServer
) -> None:
    done = chroma_runner.run(both_kinds(server))
    spent, calls = get_spend(chroma_runner.store), rows(chroma_runner, "call")
    delete_experiment(chroma_runner.store, done.id)
    planned = cleaned(chroma_runner, dry_run=True)
    assert planned.dry_run and rows(chroma_runner, "ranking") > 0 and len(files(chroma_runner)) > 0
    freed = cleaned(chroma_runner)
    assert counts(freed) == counts(planned)
    kinds = ("generations", "rankings", "passages", "configs", "indexes", "keywords", "vector files")
    assert all(counts(freed)[kind] for kind in kinds)
    left = get_spend(chroma_runner.store)
    assert left.spent_usd == pytest.approx(spent.spent_usd)  # summed in another order
    assert replace(left, spent_usd=spent.spent_usd) == spent and rows(chroma_runner, "call") == calls
    assert [rows(chroma_runner, table) for table in ("ranking", "passage", "config", "answer")] == [
        0,
        0,
        0,
        0,
    ]
    assert not any(
        call.outcome == "ok" and call.kind == "generate" for _, call in list_calls(chroma_runner.store)
    )
    assert not any(counts(cleaned(chroma_runner)).values())


def test_a_cleared_reply_answers_nothing_any_more_and_is_bought_again(
    runner: Runner, server: ProtocolServer
) -> None:
    first = runner.run(both_kinds(server))
    keys = [call.key for _, call in list_calls(runner.store) if call.kind == "generate"]
    delete_experiment(runner.store, first.id)
    cleaned(runner)
    assert find_calls(runner.store, keys) == {}
    spent, posts = served_usd(runner), len(server.posts)
    second = runner.run(both_kinds(server))
    assert second.state == "done" and len(server.posts) == 2 * posts
    assert served_usd(runner) == pytest.approx(2 * spent)


def test_what_two_experiments_share_stays_while_one_is_left(runner: Runner, server: ProtocolServer) -> None:
    first, second = runner.run(both_kinds(server)), runner.run(both_kinds(server, name="again"))
    before = find_answers(runner.store, second.id, limit=None)
    delete_experiment(runner.store, first.id)
    found = counts(cleaned(runner))
    assert found["generations"] == found["rankings"] == found["passages"] == found["configs"] == 0
    assert find_answers(runner.store, second.id, limit=None) == before and all(a.text for a in before)


def test_a_rated_answers_thumb_and_passages_stay(runner: Runner, server: ProtocolServer) -> None:
    done = runner.run(both_kinds(server))
    answer = find_answers(runner.store, done.id, limit=1)[0]
    rate_answer(runner.store, answer.id, "up", rater="ann")
    delete_experiment(runner.store, done.id)
    cleaned(runner)
    (rating,) = list_ratings(runner.store)
    assert rating.passages and set(find_passages(runner.store, rating.passages)) == set(rating.passages)


def test_what_a_service_searches_stays_wherever_its_winner_lies(
    chroma_runner: Runner, server: ProtocolServer, tmp_path: Path
) -> None:
    dense = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["dense"], "top_k": [2]}
    done = chroma_runner.run(both_kinds(server, retrieval=dense))
    path = export_winner(chroma_runner.store, done.id, out=tmp_path / "elsewhere.yaml")
    winner, corpus = read_winner(path), chroma_runner.settings.corpora / "tiny"
    service = service_of(winner, path=path, corpus_path=corpus, corpus_version="v")
    put_service(chroma_runner.store, service)
    delete_experiment(chroma_runner.store, done.id)
    assert counts(cleaned(chroma_runner))["indexes"] == 0
    archive_service(chroma_runner.store, service.id)
    assert counts(cleaned(chroma_runner))["indexes"] == 1


def test_while_an_experiment_is_under_way_the_stores_rows_are_left_and_it_says_so(
    runner: Runner, server: ProtocolServer
) -> None:
    done = runner.run(both_kinds(server))
    delete_experiment(runner.store, done.id)
    running = runner.create(both_kinds(server, name="next", prompts=["cited"]))
    assert claim(runner.store, owner_name("w"), experiment_id=running) is not None
    before = rows(runner, "ranking"), rows(runner, "passage"), files(runner)
    found = cleaned(runner)
    assert counts(found)["rankings"] == counts(found)["generations"] == 0
    assert running in found.left[0]
    assert (rows(runner, "ranking"), rows(runner, "passage"), files(runner)) == before


def test_cleaning_over_and_over_while_an_experiment_runs_costs_it_nothing(runner: Runner) -> None:
    cleaned_often = threading.Event()

    def reply_late(number: int, path: str, body: object) -> None:
        assert cleaned_often.wait(60)  # so that what is asked for is under way while all is cleaned

    with ProtocolServer() as server:
        model = local_model(server, limits={"concurrency": 2})
        old = runner.run(experiment(models=[model]))
        posts = len(server.posts)
        delete_experiment(runner.store, old.id)  # the next one reuses what is now nobody's
        server.plan = reply_late
        prompts = ["concise", "cited"]
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(runner.run, experiment(name="next", models=[model], prompts=prompts))
            while len(server.posts) < posts + 2 and not running.done():
                time.sleep(0.005)
            for _ in range(3):
                cleaned(runner)
            cleaned_often.set()
            while not running.done():
                cleaned(runner)
            result = running.result()
        assert result.state == "done" and result.status["failed_answers"] == 0
        assert len(server.posts) == 2 * posts  # of the two prompts, the first's replies were there
    assert all(a.text for a in find_answers(runner.store, result.id, limit=None))


def test_an_unfinished_experiment_finds_its_rankings_and_vectors_when_it_goes_on(
    chroma_runner: Runner, server: ProtocolServer
) -> None:
    other = chroma_runner.run(both_kinds(server))  # has ranked what the unfinished one will look for
    waiting = chroma_runner.create(both_kinds(server, name="waiting", prompts=["cited"]))
    request_stop(chroma_runner.store, waiting)
    delete_experiment(chroma_runner.store, other.id)
    found = counts(cleaned(chroma_runner))
    assert found["rankings"] == found["vectors"] == found["indexes"] == found["chunks"] == 0
    stages = chroma_runner.run(waiting).status["stages"]
    assert all(stages[s]["done"] == stages[s]["reused"] for s in ("chunk", "embed", "retrieve"))


def test_a_document_that_left_its_corpus_takes_its_chunks_and_vectors_with_it(
    chroma_runner: Runner, server: ProtocolServer
) -> None:
    chroma_runner.run(both_kinds(server, name="done"))
    gone = chroma_runner.settings.corpora / "tiny" / "documents" / "water.md"
    words = gone.read_text().split()[-1]
    gone.unlink()
    questions = chroma_runner.settings.corpora / "tiny" / "questions.jsonl"
    questions.write_text("\n".join(x for x in questions.read_text().splitlines() if "water.md" not in x))
    found = counts(cleaned(chroma_runner))
    assert found["chunks"] == found["documents"] == found["indexes"] == 1 and found["vectors"] >= 1
    assert not any(words in p.read_text() for p in chroma_runner.settings.cache.rglob("*.json"))


def test_a_corpus_that_cannot_be_read_keeps_what_its_unfinished_experiment_needs(
    chroma_runner: Runner, server: ProtocolServer
) -> None:
    chroma_runner.run(both_kinds(server))
    waiting = chroma_runner.create(both_kinds(server, name="waiting", prompts=["cited"]))
    request_stop(chroma_runner.store, waiting)
    corpus = chroma_runner.settings.corpora / "tiny"
    away = corpus.rename(corpus.with_name("away-on-another-disk"))
    shutil.move(away, chroma_runner.settings.home.parent)
    found = cleaned(chroma_runner)
    assert counts(found)["indexes"] == counts(found)["vectors"] == counts(found)["chunks"] == 0
    assert "cannot be read" in found.left[0]


def test_what_a_builder_that_died_left_behind_is_freed_after_an_hour(runner: Runner) -> None:
    import os

    left = runner.settings.indexes / "building-abc"
    left.mkdir(parents=True)
    (left / "x").write_bytes(b"x" * 1000)
    assert counts(cleaned(runner))["indexes"] == 0
    os.utime(left, (1, 1))
    assert cleaned(runner).freed["indexes"].bytes == 1000 and not left.exists()


def test_cleaning_gives_the_space_back(runner: Runner, server: ProtocolServer) -> None:
    with runner.store.write() as session:
        session.execute(
            text(
                "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400) "
                'insert into passage (key, document, title, start, "end", tokens, text) '
                "select 'k' || i, 'd', 't', 0, 1, 1, hex(randomblob(2000)) from n"
            )
        )
    found = cleaned(runner)
    assert counts(found)["passages"] == 400 and found.file_bytes > 1_000_000


def test_status_list_run_page_and_ledger_show_one_sum(runner: Runner, server: ProtocolServer) -> None:
    embedding = {
        "name": "served-embed", "kind": "embedding", "base_url": server.base_url, "model": "test-embed",
        "price": {"input_per_million": 3.0, "output_per_million": 0.0},
    }  # fmt: skip
    helper = local_model(server, name="helper")
    done = runner.run(
        both_kinds(server, retrieval={
            "splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["dense"], "top_k": [2],
            "embedding": [embedding], "query": ["hyde"], "query_model": helper,
            "rerank": ["llm"], "rerank_model": helper,
        })
    )  # fmt: skip
    shown = ledger_to_json(runner.store, done.id, rows=True)
    spent = shown["spent_usd"]
    assert spent > 0 and spent == get_status(runner.store, done.id)["spent_usd"] == done.status["spent_usd"]
    services = Services(runner.settings)
    assert [card.spent_usd for card in services.experiments.list_cards()] == [spent]
    assert services.experiments.get_status(done.id)["spent_usd"] == spent
    assert sum(line["cost_usd"] for line in shown["sums"]) == pytest.approx(spent)
    assert sum(row["cost_usd"] for row in shown["rows"]) == pytest.approx(spent)
    assert {line["kind"] for line in shown["sums"]} == {"generate", "hyde", "rerank", "embed", "embed_query"}
    assert len(shown["rows"]) == shown["calls"] == len(server.posts)
    for row in shown["rows"]:
        assert row["key"] and row["outcome"] == "ok" and row["attempts"] == 1 and row["input_tokens"] > 0
        assert row["seconds"] > 0 and row["cost_usd"] > 0 and row["price"]["input_per_million"] > 0
