"""Errors as programs get them: in the shape of OpenAI's API, with a status and, where it helps, Retry-After.
Knows nothing about endpoints. Clients are told what they can act on; the rest is logged."""

from __future__ import annotations

import math
from typing import Any

from starlette.responses import JSONResponse

from workbench.errors import InputError, ProviderError, WorkbenchError

RETRY_AFTER_SECONDS = 5.0
"""Where nothing says how long it will take."""


class ServiceError(Exception):
    """A request that is not answered, and why.

    status: of HTTP.
    kind, param, code: `type`, `param` and `code` of OpenAI's errors.
    retry_after: seconds after which asking again may help; None when it will not.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.retry_after = retry_after

    def to_json(self) -> dict[str, Any]:
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error}

    def response(self) -> JSONResponse:
        headers = (
            {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}
        )
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.to_json(), self.status, headers)


def unavailable(message: str, retry_after: float | None = None, *, code: str = "unavailable") -> ServiceError:
    seconds = RETRY_AFTER_SECONDS if retry_after is None else retry_after
    return ServiceError(503, message, kind="server_error", code=code, retry_after=seconds)


def as_service_error(error: ServiceError | WorkbenchError) -> ServiceError:
    """What a client hears of an error of ours. Addresses, variables and paths stay here."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, ProviderError):
        if error.kind == "context":
            return ServiceError(
                400,
                "The question with its earlier turns is too long for the model.",
                param="messages",
                code="context_length_exceeded",
            )
        return unavailable(
            f"The model that answers cannot be asked now ({error.kind}).",
            error.retry_after,
            code="model_unavailable",
        )
    if isinstance(error, InputError):
        return ServiceError(400, str(error))
    return unavailable("The service cannot answer now; its log says why.")
