"""`/healthz`, `/readyz`, `/metrics`: for machines, without login, so nothing in them is secret."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.core.errors import KubeLiteError
from app.web.context import backend
from app.web.metrics import exposition

log = logging.getLogger(__name__)

READY_SECONDS = 5.0
"""A check that takes longer counts as failed."""

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def readyz() -> JSONResponse:
    """200 when store, loop and runtime work, else 503 with the reasons."""
    try:
        found = backend().ready()
        detail: dict[str, Any] = await asyncio.wait_for(found, READY_SECONDS) if inspect.isawaitable(found) else found
    except KubeLiteError as error:
        return JSONResponse({"ready": False, "reasons": [str(error)]}, 503)
    except TimeoutError:
        return JSONResponse({"ready": False, "reasons": [f"the check took longer than {READY_SECONDS:g} s"]}, 503)
    except Exception:  # a bug in a check is a reason too
        log.exception("the readiness check failed")
        return JSONResponse({"ready": False, "reasons": ["the check itself failed; the log says why"]}, 503)
    return JSONResponse({"ready": True, **(detail or {})})


@router.get("/metrics")
async def metrics() -> Response:
    return Response(await exposition(backend()), media_type=CONTENT_TYPE_LATEST)
