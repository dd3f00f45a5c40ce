"""Errors as JSON: `{"error": "one sentence"}` and the status that fits. No traceback ever leaves the process."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import Conflict, InvalidInput, KubeLiteError, NotFound, PortError, Refused

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[KubeLiteError], int], ...] = (
    (InvalidInput, 400),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 403),
    (PortError, 503),
    (KubeLiteError, 400),
)


def install(app: FastAPI) -> None:
    app.add_exception_handler(KubeLiteError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)


def calm(chat: FastAPI) -> None:
    """Chainlit's routes raise on a request they did not expect (an empty file, a session that is gone): that is the
    request's fault and no traceback in our log."""
    for kind in (ValueError, TypeError, LookupError, AttributeError, AssertionError):
        chat.add_exception_handler(kind, _unexpected)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.info("the chat refused %s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse({"detail": "This cannot be used; nothing was done."}, 400)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    return JSONResponse({"error": str(error)}, status)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code, headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return JSONResponse({"error": f"{field}: {first['msg']}"}, 422)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("bug while answering %s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": "This is a bug in KubeLite; the log has the details."}, 500)
