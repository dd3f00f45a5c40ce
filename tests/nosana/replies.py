"""Errors in the exact forms of the real server."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import PlainTextResponse, Response

LIMIT = 1024 * 1024
"""Bytes of a request's body."""


class Json(Response):
    """JSON as Fastify sends it."""

    media_type = "application/json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


class Reply(Exception):
    """Ends a request with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status_code))
        self.response = response


def error(status: int, text: str) -> Json:
    """The manager's own form."""
    return Json({"error": text}, status)


def bare() -> Json:
    """Any fault of a create body."""
    return error(400, "Bad Request")


def invalid(why: str) -> Json:
    return Json(
        {"statusCode": 400, "code": "FST_ERR_VALIDATION", "error": "Bad Request", "message": why}, status_code=400
    )


def internal() -> Json:
    return error(500, "Internal Server Error")


def too_large() -> Json:
    return Json(
        {
            "statusCode": 413,
            "code": "FST_ERR_CTP_BODY_TOO_LARGE",
            "error": "Payload Too Large",
            "message": "Request body is too large",
        },
        status_code=413,
    )


def media_type(got: str) -> Json:
    return Json(
        {
            "statusCode": 415,
            "code": "FST_ERR_CTP_INVALID_MEDIA_TYPE",
            "error": "Unsupported Media Type",
            "message": f"Unsupported Media Type: {got}",
        },
        status_code=415,
    )


def no_route(method: str, path: str) -> Json:
    message = f"Route {method}:{path} not found"
    return Json({"message": message, "error": "Not Found", "statusCode": 404}, status_code=404)


def unauthorized(text: str, form: str) -> Response:
    """`form`: "text" as the manager, "message" or "error" as an edge may."""
    return PlainTextResponse(text, 401) if form == "text" else Json({form: text}, 401)


def with_news(body: Any) -> Any:
    """The same reply of a newer server: fields nobody knows, at every level but inside job definitions."""
    if isinstance(body, list):
        return [with_news(item) for item in body]
    if not isinstance(body, dict):
        return body
    kept = {
        name: value if name in ("job_definition", "jobDefinition") else with_news(value) for name, value in body.items()
    }
    return {**kept, "x_novelty": {"since": 3, "tags": ["new"]}, "x_flag": None}
