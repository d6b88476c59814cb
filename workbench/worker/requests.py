"""Handles the requests of pages: one handler per kind of request. A result is JSON, an error is a message.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust
from workbench.errors import WorkbenchError
from workbench.planning.plan import make_plan
from workbench.planning.preparation import Prepared, catalogue_of, prepare
from workbench.planning.setting_of_error import setting_of_error
from workbench.providers.connection_test import list_served, test_connection
from workbench.providers.local_servers import find_local_servers
from workbench.run.background_process import BackgroundRunner, run_in_thread
from workbench.run.creation import find_or_create
from workbench.settings import Settings
from workbench.space.experiment import Objective
from workbench.space.files import parse_experiment, validate
from workbench.space.model import Model
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.leases import queue
from workbench.store.places import place_of
from workbench.store.records import RESUMABLE
from workbench.store.requests import Request, add_event, is_to_stop
from workbench.user_code.permission import use_settings
from workbench.worker.corpus_requests import keep_question, preview_chunks, read_corpus, read_document
from workbench.worker.drafting_requests import draft_questions, plan_drafts
from workbench.worker.fetching_requests import add, fetch, read_status
from workbench.worker.gate_requests import compare_by_gate
from workbench.worker.rating_requests import check_judge
from workbench.worker.training_data_requests import make_training_data
from workbench.worker.training_requests import train_variant

WATCH_SECONDS = 0.5  # between two looks at whether a request is to be stopped

log = logging.getLogger(__name__)

Payload = dict[str, Any]
Handler = Callable[[Store, Settings, Payload], Awaitable[Payload]]
Tell = Callable[[str, Payload], Coroutine[Any, Any, None]]


def _prepare(store: Store, settings: Settings, text: str) -> Prepared:
    return prepare(
        parse_experiment(text), settings, catalogue_of(store, settings), strict_questions=False,
        named_folders=find_named_folders(store), trust=load_trust(store), store=store,
    )  # fmt: skip


async def _plan(store: Store, settings: Settings, payload: Payload) -> Payload:
    def work() -> Payload:
        prepared = _prepare(store, settings, payload["yaml"])
        plan = make_plan(prepared, settings, store)
        return {
            "plan": plan.to_json(),
            "configs": plan.configs,
            "warnings": list(plan.warnings),
            "advice": [a.to_json() for a in plan.advice],
            "space_notes": list(plan.notes),
            "tags": sorted({tag for q in prepared.corpus.questions for tag in q.tags}),
            "training_questions": prepared.training_questions,
        }

    return await asyncio.to_thread(work)


async def _create(store: Store, settings: Settings, payload: Payload) -> Payload:
    def work() -> Payload:
        experiment_id, is_new = find_or_create(
            store, _prepare(store, settings, payload["yaml"]), place=place_of(settings)
        )
        if not is_new and get_experiment(store, experiment_id).state in RESUMABLE:
            queue(store, experiment_id, place=place_of(settings))
        return {"experiment": experiment_id}

    return await asyncio.to_thread(work)


async def _test_connection(store: Store, _: Settings, payload: Payload) -> Payload:
    trust = await asyncio.to_thread(load_trust, store)
    report = await test_connection(validate(Model, payload["model"], "model"), trust)
    return asdict(report)


async def _served_models(store: Store, _: Settings, payload: Payload) -> Payload:
    """What a server says that it serves; of the model, only how to reach its server counts."""
    trust = await asyncio.to_thread(load_trust, store)
    return (await list_served(validate(Model, payload["model"], "model"), trust)).to_json()


async def _find_servers(_: Store, settings: Settings, __: Payload) -> Payload:
    servers = await find_local_servers(settings.local_server_ports)
    return {"servers": [server.to_json() for server in servers]}


async def _test_connections(store: Store, _: Settings, payload: Payload, tell: Tell) -> Payload:
    """Test all connections at once, and tell about each as soon as it is tested."""
    trust = await asyncio.to_thread(load_trust, store)

    async def test_one(data: Payload) -> tuple[str, Payload]:
        report = asdict(await test_connection(validate(Model, data, "model"), trust))
        await tell(data["name"], {"ok": report["ok"]})
        return data["name"], report

    return {"reports": dict(await asyncio.gather(*map(test_one, payload["models"])))}


async def _tune(store: Store, settings: Settings, payload: Payload) -> Payload:
    from workbench.tuning.fine_tuning import tune_variant

    return await asyncio.to_thread(
        tune_variant,
        store,
        settings,
        name=payload["name"],
        parent=payload.get("parent") or "embedded/extractive",
        corpus=payload.get("corpus"),
        from_ratings=bool(payload.get("from_ratings")),
    )


async def _export(store: Store, settings: Settings, payload: Payload) -> Payload:
    from workbench.ship.kept_questions import DEFAULT_CANARIES
    from workbench.ship.winner_files import export_to_folder

    def work() -> Payload:
        exported = export_to_folder(
            store,
            settings.winners,
            payload["experiment"],
            payload["trial"],
            is_winner=payload["is_winner"],
            canaries=payload.get("canaries", DEFAULT_CANARIES),
            cache=settings.cache / "documents",
        )
        return {
            "path": str(exported.path),
            "yaml": exported.yaml,
            "command": exported.command,
            "canaries": exported.canaries,
        }

    return await asyncio.to_thread(work)


async def _try_system(store: Store, settings: Settings, payload: Payload) -> Payload:
    """payload: `yaml`, an experiment file whose first system is asked, and `question`; "" for the corpus's
    first."""
    from workbench.ship.try_system import ask_system, find_system

    written = parse_experiment(payload["yaml"], "the system")
    asked = await ask_system(
        written, find_system(written, None), settings, store, payload["question"] or None
    )
    return asked.to_json()


async def _questions_from_requests(store: Store, settings: Settings, payload: Payload) -> Payload:
    from workbench.watch.questions_from_requests import take_over

    taken = await asyncio.to_thread(
        take_over, store, settings, payload["service"], payload["requests"], payload["corpus"]
    )
    return taken.to_json()


HANDLERS: dict[str, Handler] = {
    "plan": _plan,
    "create": _create,
    "corpus": read_corpus,
    "corpus_status": read_status,
    "document": read_document,
    "put_question": keep_question,
    "chunk_preview": preview_chunks,
    "plan_drafts": plan_drafts,
    "test_connection": _test_connection,
    "served_models": _served_models,
    "find_servers": _find_servers,
    "tune": _tune,
    "export": _export,
    "questions_from_requests": _questions_from_requests,
    "try_system": _try_system,
}


def _compare(store: Store, payload: Payload) -> Payload:
    from workbench.analysis.comparison_words import comparison_to_json
    from workbench.results.summarise import compare_with_one

    first, *remaining = payload["trials"]
    comparisons = compare_with_one(store, payload["experiment"], remaining, first, payload.get("score"))
    other = payload.get("called")
    return {
        "comparisons": [{"trial": c.trial_id, **(comparison_to_json(c, other) or {})} for c in comparisons]
    }


def _findings(store: Store, payload: Payload) -> Payload:
    from workbench.results.summarise import ensure_comparisons

    ensure_comparisons(store, payload["experiment"], Objective.model_validate(payload["objective"]))
    return {"experiment": payload["experiment"]}


def _effects(store: Store, payload: Payload) -> Payload:
    from workbench.results.summarise import get_effects

    return get_effects(store, payload["experiment"], payload["score"])


def _families(store: Store, payload: Payload) -> Payload:
    from workbench.results.family import families_to_json

    return families_to_json(store, payload["experiment"], payload.get("score"))


def _liked(store: Store, payload: Payload) -> Payload:
    from workbench.results.liked import refresh_liked

    refresh_liked(store, payload["experiment"])
    return {"experiment": payload["experiment"]}


def _by_source(store: Store, payload: Payload) -> Payload:
    from workbench.results.by_source import figures_to_json, read_figures_of

    objective = Objective.model_validate(payload["objective"])
    return figures_to_json(read_figures_of(store, payload["experiment"], payload["source"], objective))


def _source_rankings(store: Store, payload: Payload) -> Payload:
    from workbench.results.by_source import find_source_rankings

    objective = Objective.model_validate(payload["objective"])
    rankings = find_source_rankings(store, payload["experiment"], objective)
    return {"rankings": None if rankings is None else rankings.to_json()}


def _route(store: Store, payload: Payload) -> Payload:
    from workbench.routing.propose import propose_route
    from workbench.routing.words import proposal_to_json

    return proposal_to_json(propose_route(store, payload["experiment"]))


def _next_ratings(store: Store, payload: Payload) -> Payload:
    from workbench.feedback.next_rating import plan_ratings

    plan = plan_ratings(store, payload["experiment"], payload["rater"], payload["kind"])
    return {"plan": None if plan is None else plan.to_json()}


# Statistics need much memory and a core for seconds, so a worker runs them in a process of their own.
STATISTICS: dict[str, Callable[[Store, Payload], Payload]] = {
    "compare": _compare,
    "findings": _findings,
    "effects": _effects,
    "families": _families,
    "liked": _liked,
    "by_source": _by_source,
    "source_rankings": _source_rankings,
    "route": _route,
    "next_ratings": _next_ratings,
}


async def _playground(store: Store, settings: Settings, payload: Payload, tell: Tell) -> Payload:
    from workbench.worker.playground import try_question

    return await try_question(store, settings, payload, tell)


# These send parts of their result before they end, as events of the kind "piece".
STREAMING: dict[str, Callable[[Store, Settings, Payload, Tell], Awaitable[Payload]]] = {
    "playground": _playground,
    "test_connections": _test_connections,
}

# These take long: they send pieces, too, and end early when the page asks for it.
STOPPABLE: dict[str, Callable[[Store, Settings, Payload, Tell, StopSignal], Awaitable[Payload]]] = {
    "add_corpus": add,
    "draft_questions": draft_questions,
    "fetch_corpus": fetch,
    "gate": compare_by_gate,
    "judge_check": check_judge,
    "train": train_variant,
    "training_data": make_training_data,
}


@asynccontextmanager
async def _stopped_on_request(store: Store, request_id: int) -> AsyncIterator[StopSignal]:
    """A stop signal that is set when the page that sent a request has it stopped or cancelled."""
    stop_signal = StopSignal()

    async def watch() -> None:
        while not await asyncio.to_thread(is_to_stop, store, request_id):
            await asyncio.sleep(WATCH_SECONDS)
        stop_signal.set("stopped", "Stopped by you.")

    watching = asyncio.create_task(watch())
    try:
        yield stop_signal
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def answer_request(
    store: Store, settings: Settings, request: Request, run_statistics: BackgroundRunner = run_in_thread
) -> None:
    """Handle a request and append the event that ends it, which is its result or its error.

    run_statistics: runs the handlers of STATISTICS, in a thread or in another process.
    """
    use_settings(settings)
    handler, streaming = HANDLERS.get(request.kind), STREAMING.get(request.kind)
    statistics, stoppable = STATISTICS.get(request.kind), STOPPABLE.get(request.kind)
    in_turn = asyncio.Lock()  # first come, first served: threads may overtake each other
    is_over = False

    async def append(kind: str, payload: Payload) -> None:
        async with in_turn:
            if is_over:
                return
            writing = asyncio.create_task(asyncio.to_thread(add_event, store, request.id, kind, payload))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait({writing})  # a thread goes on
                raise

    async def tell(what: str, payload: Payload) -> None:
        await append("piece", {"what": what, **payload})

    try:
        if streaming is not None:
            kind, result = "result", await streaming(store, settings, request.payload, tell)
        elif stoppable is not None:
            async with _stopped_on_request(store, request.id) as stop_signal:
                result = await stoppable(store, settings, request.payload, tell, stop_signal)
            kind = "result"
        elif statistics is not None:
            kind, result = "result", await run_statistics(statistics, store, request.payload)
        elif handler is not None:
            kind, result = "result", await handler(store, settings, request.payload)
        else:
            raise WorkbenchError(f"The worker does not know the request {request.kind!r}.")
    except WorkbenchError as error:
        about = setting_of_error(error)
        kind, result = "error", {"message": error.message, "hint": error.hint, "about": about}
    except Exception as error:
        log.exception("Request %s failed", request.kind)
        hint = "Details are in the worker's log in the data folder."
        kind, result = "error", {"message": f"{type(error).__name__}: {error}", "hint": hint}
    await append(kind, result)
    is_over = True
