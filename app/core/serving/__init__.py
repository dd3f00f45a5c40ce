"""Language models served on a GPU: which servers there are, which models they know, and the app that comes of both."""

from __future__ import annotations

from app.core.serving.recipe import Asked, Served, serve
from app.core.serving.servers import SERVERS, Server, server_called

__all__ = ["SERVERS", "Asked", "Served", "Server", "serve", "server_called"]
