"""Chainlit's routes that nothing here uses, closed: what is not there cannot be attacked, nor fail with a traceback.

Left open are the login, the threads of one's own, uploads, translations and settings, which the page needs.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException

PATHS = (
    "/mcp",  # would start programs
    "/project/action",
    "/project/element",  # writes elements into a chat
    "/project/share/{rest:path}",
    "/project/thread/share",
    "/feedback",
    "/auth/jwt",
    "/auth/header",
    "/auth/oauth/{rest:path}",
    "/copilot/{rest:path}",  # the chat inside a foreign page
)

router = APIRouter(include_in_schema=False)


async def closed() -> None:
    raise HTTPException(404, "KubeLite does not have this.")


for path in PATHS:
    router.add_api_route(path, closed, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
