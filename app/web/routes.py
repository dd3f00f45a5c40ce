"""Our routes, in the order that counts: Chainlit, mounted after them, answers whatever is left."""

from __future__ import annotations

from fastapi import FastAPI

from app.web import api, closed, login, pages, probes


def install(app: FastAPI) -> None:
    app.include_router(probes.router)
    app.include_router(login.router)
    app.include_router(pages.router)
    app.include_router(api.router)
    app.include_router(closed.router)
