"""Puts the service together as an ASGI application.
Knows nothing about where it listens."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from workbench.errors import WorkbenchError
from workbench.service.endpoints import Endpoints, not_found
from workbench.service.guard import Guard
from workbench.service.hang_ups import HungUp
from workbench.service.mcp_door import McpDoor
from workbench.service.metrics import Metrics
from workbench.service.serve_settings import ServeSettings
from workbench.service.service_error import ServiceError, as_service_error

CLIENT_CLOSED = 499
"""Nobody gets it: it is for the figures."""


def build_app(endpoints: Endpoints, mcp: McpDoor, settings: ServeSettings, metrics: Metrics) -> Starlette:
    middleware = [Middleware(Guard, settings=settings, metrics=metrics)]
    if settings.allowed_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=("*",),
        )
        middleware.insert(0, cors)
    return Starlette(
        routes=[*endpoints.routes(), Route("/mcp", endpoint=mcp, methods=["POST"])],
        middleware=middleware,
        exception_handlers={
            ServiceError: _service_error,
            WorkbenchError: _workbench_error,
            HungUp: _hung_up,
            HTTPException: not_found,
            Exception: _bug,
        },
    )


def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return error.response()


def _workbench_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, WorkbenchError)
    return as_service_error(error).response()


def _hung_up(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED)


def _bug(request: Request, error: Exception) -> Response:
    """Its traceback is in the log: Starlette raises it again."""
    return ServiceError(
        500, "Something went wrong. The service's log says what.", kind="server_error"
    ).response()
