"""The endpoints: chat, models, ask, retrieve, health, figures and documentation.
Knows nothing about how answers are made or who may ask: answering.py and guard.py do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from workbench.providers.request_headers import PURPOSE_HEADER, TEST
from workbench.service.answering import Answering, AnswerService
from workbench.service.chat_protocol import (
    ChatChunks,
    ChatQuestion,
    completion,
    model_entry,
    model_list,
    read_chat,
)
from workbench.service.event_stream import EventStream
from workbench.service.feedback import rate_request
from workbench.service.hang_ups import unless_hung_up
from workbench.service.metrics import Metrics
from workbench.service.openapi import openapi_document, openapi_page
from workbench.service.request_bodies import AskBody, ChatBody, FeedbackBody, read_body
from workbench.service.service_error import ServiceError
from workbench.ship.load import WinnerAnswer
from workbench.ship.serving import ground
from workbench.store.database import Store

USER_HEADER = "x-openwebui-user-id"
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Endpoints:
    """The endpoints of one service."""

    def __init__(
        self,
        service: AnswerService,
        store: Store,
        metrics: Metrics,
        problems: Callable[[], tuple[str, ...]],
        *,
        tells_tasks_apart: bool,
    ) -> None:
        """problems: what is wrong now, in words. tells_tasks_apart: see ServeSettings."""
        self._service = service
        self._store = store
        self._metrics = metrics
        self._problems = problems
        self._tells_tasks_apart = tells_tasks_apart

    def routes(self) -> list[Route]:
        return [
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{name:path}", self.model, methods=["GET"]),
            Route("/ask", self.ask, methods=["POST"]),
            Route("/retrieve", self.retrieve, methods=["POST"]),
            Route("/feedback", self.feedback, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
            Route("/", self.home, methods=["GET"]),
        ]

    # --- questions --------------------------------------------------------------------------------

    async def chat(self, request: Request) -> Response:
        asked = read_chat(read_body(await request.body(), ChatBody))
        user = asked.user or request.headers.get(USER_HEADER, "")
        if asked.stream:
            headers: dict[str, str] = {}
            return EventStream(self._stream(asked, user, request, headers), headers)

        async def answer() -> Response:
            async with self._service.ask(
                asked.text,
                model=asked.model,
                history=asked.history,
                user=user,
                prefix="chatcmpl",
                fresh=_wants_fresh(request),
                purpose=self._purpose(request, asked.is_task),
            ) as answering:
                found = await answering.result()
            return JSONResponse(completion(answering, found), headers=_headers(answering))

        return await unless_hung_up(request.receive, answer())

    async def _stream(
        self, asked: ChatQuestion, user: str, request: Request, headers: dict[str, str]
    ) -> AsyncGenerator[bytes, None]:
        """The pieces of a streamed reply. headers: filled before the first one."""
        async with self._service.ask(
            asked.text,
            model=asked.model,
            history=asked.history,
            user=user,
            prefix="chatcmpl",
            fresh=_wants_fresh(request),
            in_pieces=True,
            purpose=self._purpose(request, asked.is_task),
        ) as answering:
            chunks = ChatChunks(answering, include_usage=asked.include_usage)
            has_begun = False
            async for text in answering.texts():
                if not has_begun:
                    headers |= _headers(answering)
                    yield chunks.first()
                    has_begun = True
                yield chunks.more(text)
            found = await answering.result()
            if not has_begun:
                headers |= _headers(answering)
                yield chunks.first()
            yield chunks.last(found)

    def _purpose(self, request: Request, is_task: bool = False) -> Literal["test", "task"] | None:
        """What a request is for that is no question of a user. Whoever may ask may say that it measures the
        service; all that it does is that Watch counts it apart: it is logged, limited and paid for as any
        other."""
        if request.headers.get(PURPOSE_HEADER, "") == TEST:
            return "test"
        return "task" if is_task and self._tells_tasks_apart else None

    async def ask(self, request: Request) -> Response:
        body = read_body(await request.body(), AskBody)

        async def answer() -> Response:
            async with self._service.ask(
                body.question,
                model=body.model,
                history=[turn.model_dump() for turn in body.history],
                filter=body.filter,
                user=body.user or request.headers.get(USER_HEADER, ""),
                fresh=_wants_fresh(request),
                purpose=self._purpose(request),
            ) as answering:
                found = WinnerAnswer.of(await ground(answering.asked, await answering.result()))
            document = {
                "id": answering.id,
                **found.to_json(),
                "model": answering.model_id,
                "corpus_version": answering.running.corpus_version,
                "cached": answering.is_cached,
            }
            return JSONResponse(document, headers=_headers(answering))

        return await unless_hung_up(request.receive, answer())

    async def retrieve(self, request: Request) -> Response:
        body = read_body(await request.body(), AskBody)
        running, passages = await unless_hung_up(
            request.receive,
            self._service.retrieve(
                body.question,
                model=body.model,
                history=[turn.model_dump() for turn in body.history],
                filter=body.filter,
            ),
        )
        return JSONResponse(
            {"passages": [vars(passage) for passage in passages], "corpus_version": running.corpus_version}
        )

    async def feedback(self, request: Request) -> Response:
        body = read_body(await request.body(), FeedbackBody)
        await rate_request(
            self._store,
            body.request,
            body.value,
            comment=body.comment,
            better_answer=body.better_answer,
            tags=body.tags,
            user=self._service.hash_user(body.user or request.headers.get(USER_HEADER, "")),
        )
        return JSONResponse({"request": body.request, "value": body.value})

    # --- the service ------------------------------------------------------------------------------

    async def models(self, request: Request) -> Response:
        return JSONResponse(
            model_list([(w.model_id, w.running.service.created_at) for w in self._service.winners])
        )

    async def model(self, request: Request) -> Response:
        winner = self._service.find(request.path_params["name"])
        return JSONResponse(model_entry(winner.model_id, winner.running.service.created_at))

    async def health(self, request: Request) -> Response:
        winners = [
            {
                "model": winner.model_id,
                "service": winner.running.service.id,
                "ready": winner.is_ready,
                "corpus_version": winner.running.corpus_version,
                **({"problem": winner.problem} if winner.problem else {}),
            }
            for winner in self._service.winners
        ]
        is_ready = all(winner.is_ready for winner in self._service.winners)
        document: dict[str, Any] = {
            "status": "ready" if is_ready else "not ready",
            "winners": winners,
            "problems": list(self._problems()),
        }
        return JSONResponse(document, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        return PlainTextResponse(self._metrics.text(), media_type="text/plain; version=0.0.4")

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(openapi_document())

    async def docs(self, request: Request) -> Response:
        return HTMLResponse(await asyncio.to_thread(openapi_page), headers=PAGE_HEADERS)

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/docs")


def _wants_fresh(request: Request) -> bool:
    return "no-cache" in request.headers.get("cache-control", "").lower()


def _headers(answering: Answering) -> dict[str, str]:
    return {
        "X-Request-Id": answering.id,
        "X-Workbench-Cache": "hit" if answering.is_cached else "miss",
        "X-Workbench-Corpus-Version": answering.running.corpus_version,
    }


def not_found(request: Request, error: Exception) -> Response:
    """For what no route answers."""
    status = getattr(error, "status_code", 404)
    what = f"{request.method} {request.url.path[:100]}"
    missing = f"There is no {what}; GET /docs lists the endpoints."
    message = missing if status == 404 else f"{what} is not allowed."
    return ServiceError(status, message, code="not_found" if status == 404 else None).response()
