"""Pages have corpora fetched by a worker process over real HTTP: progress, stop, and what goes on afterwards.
Knows nothing about pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sources.site import Site
from tests.worker.test_worker import wait_for
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.store.requests import Event, add_request, get_events, stop_request
from workbench.worker.launcher import ensure_worker, read_log_tail

TEXT = "Goods can be returned within 30 days of delivery."


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        for number in range(6):
            running.add(f"/{number}", f"Page {number}", TEXT, etag=f'"{number}"')
        running.list_in_sitemap(*(f"/{number}" for number in range(6)))
        yield running


def test_a_corpus_is_added_with_progress_stopped_and_fetched_to_its_end(
    settings: Settings, tmp_path: Path, site: Site
) -> None:
    (tmp_path / "corpora").mkdir()
    settings = replace(settings, corpora=tmp_path / "corpora")
    store = open_workbench(settings)

    def ask(kind: str, **payload: Any) -> int:
        request = add_request(store, kind, {"corpus": "site"} | payload)
        ensure_worker(store, settings)
        return request

    def events(request: int) -> list[Event]:
        return get_events(store, request)

    def result(request: int) -> dict[str, Any]:
        wait_for(lambda: any(event.kind != "piece" for event in events(request)))
        last = events(request)[-1]
        assert last.kind == "result", (last.payload, read_log_tail(settings))
        return last.payload

    site.pages["/5"].seconds = 60
    adding = ask("add_corpus", source={"sitemap": site.url("/sitemap.xml")})
    wait_for(lambda: any(e.payload.get("done") == 5 for e in events(adding) if e.kind == "piece"))
    assert events(adding)[-1].payload["count"] == 6
    stop_request(store, adding)
    assert result(adding)["state"] == "stopped"
    assert not (settings.corpora / "site" / "documents" / "0.md").exists()

    site.pages["/5"].seconds = 0
    assert result(ask("corpus_status"))["unfinished"]
    fetched = result(ask("fetch_corpus"))
    assert len(fetched["new"]) == 6 and fetched["in_words"] == "6 new, 0 changed, 0 gone, 0 unchanged."
    assert sum("If-None-Match" in one.headers for one in site.asked) == 5
    status = result(ask("corpus_status"))
    assert status["snapshot"]["documents"] == 6 and not status["unfinished"]
