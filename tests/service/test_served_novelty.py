"""The score `novelty` of what is served: which question of the sweep a request is nearest to.
Knows nothing about how distances are measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer
from tests.service.running_service import QUESTION, RunningService, write_winner
from tests.service.test_serving_over_time import until
from tests.watch.test_novelty import PAYROLL, SWEEP, known
from workbench.run.open_home import open_workbench
from workbench.service.request_log import LogSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings
from workbench.ship.winner import read_winner
from workbench.store.serving.records import NOVELTY, ServedRequest, Service
from workbench.store.serving.request_list import RequestFilter, find_request_ids
from workbench.store.serving.services import put_service
from workbench.store.serving.traffic import Window, sum_traffic
from workbench.watch.faults import FAR
from workbench.watch.served_novelty import score_novelty


@pytest.mark.parametrize("texts", ["full", "redacted", "none"])
def test_each_request_says_which_question_of_the_sweep_is_nearest(
    tiny: Settings, server: ProtocolServer, tmp_path: Path, texts: str
) -> None:
    path = write_winner(tmp_path / "tiny.yaml", tiny, server)
    path.write_text(read_winner(path).model_copy(update={"questions": known()}).to_yaml())
    serving = ServeSettings(log=LogSettings(texts=texts))  # type: ignore[arg-type]
    with RunningService([path], tiny, serving) as running:
        service_id = running.client.get("/healthz").json()["winners"][0]["service"]
        near, far = (running.ask(question).json()["id"] for question in (SWEEP[10], PAYROLL[0]))
        until(lambda: [bool(request.scored_at) for request in running.logged()] == [True, True])
    logged = {request.id: request for request in running.logged()}
    scores = {id_: next(s for s in logged[id_].scores if s.name == NOVELTY) for id_ in (near, far)}
    assert scores[near].value == 0.0 and (scores[far].value or 0.0) > FAR
    detail = scores[near].detail
    assert (detail["nearest"], detail["tags"], detail["cluster"]) == ("q10", ["other"], "section 10")
    assert bool(logged[near].question) == (texts != "none")

    assert {request.service_id for request in logged.values()} == {service_id}
    store = running.store
    assert find_request_ids(store, RequestFilter(service_id, tag="other"), limit=9) == [near]
    assert find_request_ids(store, RequestFilter(service_id, cluster="section 10"), limit=9) == [near]
    assert find_request_ids(store, RequestFilter(service_id, above=(NOVELTY, FAR)), limit=9) == [far]
    tags = sum_traffic(store, Window(service_id, by="tag"), every=None, ungrounded_below=0.5)
    assert {row.part for row in tags} == {"returns", "other"}


def test_a_service_that_keeps_no_questions_has_no_such_score(running: RunningService, tiny: Settings) -> None:
    running.ask()
    until(lambda: running.logged() and running.logged()[0].scored_at)
    assert NOVELTY not in {score.name for score in running.logged()[0].scores}
    store = open_workbench(tiny)
    put_service(store, Service("own", "our own service", "imported", None))
    put_service(store, Service("old", "of another version", "winner", {"name": "no winner"}))
    for service_id in ("own", "old", "unknown"):
        assert score_novelty(store, ServedRequest("r", service_id, 0.0, QUESTION)) == ()
