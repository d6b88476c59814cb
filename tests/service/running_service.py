"""Winners over the tiny corpus, and a service of them that listens at a free port, in this process.
Knows nothing about what is tested."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import experiment, local_model
from workbench.corpus.corpus import load_corpus
from workbench.planning.preparation import catalogue_of
from workbench.run.background_process import run_in_thread
from workbench.run.open_home import open_workbench
from workbench.service.indexing import index_all
from workbench.service.loading import load_again, load_served
from workbench.service.open_service import OpenService, open_service
from workbench.service.serve_settings import ServeSettings
from workbench.service.served_winner import ServedWinner
from workbench.service.server import address_of, take_port, uvicorn_config
from workbench.settings import Settings
from workbench.ship.winner import Evidence, Winner, WinnerConfig, WinnerCorpus
from workbench.space.resolving import resolve
from workbench.space.search_space import expand
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest
from workbench.store.serving.requests import find_requests
from workbench.store.serving.tables import ServedRequestRow

QUESTION = "How many litres does the tank hold?"
ANSWER = "The tank holds two litres. [1]"


def write_winner(path: Path, settings: Settings, server: ProtocolServer, **fields: Any) -> Path:
    """A winner whose model is the server's. fields: of its experiment; `model` has fields of the model."""
    model = local_model(server, **fields.pop("model", {}))
    retrieval = {
        "splitter": ["markdown"],
        "chunk_tokens": [64],
        "retriever": ["keyword"],
        "top_k": [2],
        **fields.pop("retrieval", {}),
    }
    written = experiment(**{"prompts": ["cited"], "models": [model], "retrieval": retrieval} | fields)
    config = expand(resolve(written, catalogue_of(open_workbench(settings), settings))).configs[0]
    corpus = load_corpus("tiny", settings.corpora)
    evidence = Evidence(
        experiment="e", experiment_name="tiny", trial="t", rank=1, configs=1, objective={}, search={}, holdout=None,
        cost_per_1k_questions=None, tokens_per_answer=None, seconds_p50=None, seconds_p95=None, ratings={},
    )  # fmt: skip
    winner = Winner(
        name=f"tiny: {path.stem}",
        exported_at="2026-11-01T00:00:00+00:00",
        config=WinnerConfig.of(config),
        corpus=WinnerCorpus(name="tiny", hash=corpus.version),
        evidence=evidence,
        libraries={},
    )
    path.write_text(winner.to_yaml())
    return path


@dataclass
class RunningService:
    """A context manager.

    indexes: whether its corpora are made searchable; else it never gets ready.
    """

    paths: list[Path]
    settings: Settings
    serving: ServeSettings = field(default_factory=ServeSettings)
    indexes: bool = True
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> RunningService:
        self.store: Store = open_workbench(self.settings)
        self.winners: list[ServedWinner] = load_served(
            self.paths, None, self.store, self.settings, self.said.append
        )
        self._listening = take_port(replace(self.serving, port=0))
        self.base_url = address_of(self._listening)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20), self.said
        self.client = httpx.Client(base_url=self.base_url, timeout=20, headers=self._headers(), verify=False)
        return self

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.serving.key}"} if self.serving.key else {}

    async def _run(self) -> None:
        said = self.said.append
        load = partial(load_again, corpus=None, store=self.store, settings=self.settings, say=said)
        opening = open_service(
            self.winners, self.store, self.settings, self.serving, said, address=self.base_url, load=load,
            process=run_in_thread,
        )  # fmt: skip
        async with opening as self.service:
            self.loop = asyncio.get_running_loop()
            self.server = uvicorn.Server(uvicorn_config(self.service.app, self.serving))
            serving = asyncio.create_task(self.server.serve([self._listening]))
            if self.indexes:
                await index_all(self.winners, self.service.prepare, self.said.append)
            self._ready.set()
            await serving

    service: OpenService = field(init=False)

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.stop()

    def stop(self) -> None:
        """Finish what is under way; afterwards all is stored."""
        self.server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    def chat(self, question: str = QUESTION, **fields: Any) -> httpx.Response:
        body = {
            "model": self.winners[0].model_id,
            "messages": [{"role": "user", "content": question}],
        } | fields
        return self.client.post("/v1/chat/completions", json=body)

    def ask(self, question: str = QUESTION, **fields: Any) -> httpx.Response:
        return self.client.post("/ask", json={"question": question} | fields)

    def logged(self) -> list[ServedRequest]:
        """What was written down, oldest first. Call it once the service has stopped."""
        return logged(self.store)


def logged(store: Store) -> list[ServedRequest]:
    from sqlmodel import col, select

    with store.read() as session:
        ids = list(session.exec(select(ServedRequestRow.id).order_by(col(ServedRequestRow.asked_at))))
    found = find_requests(store, ids)
    return [found[one] for one in ids]
