"""Runs the page on uvicorn: one worker, one loop, and a socket bound first, so that a busy port is one sentence."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from app.core.errors import Permanent

GOODBYE_SECONDS = 5
"""How long open connections may take to end after Ctrl-C."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises `Permanent` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        listener.close()
        code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE:
            raise Permanent(
                f"port {port} on {host} is in use by another program; stop it, or choose another: "
                f"kubelite serve --port {port + 1} (or KUBELITE_PORT)"
            ) from error
        if code in (errno.EACCES, errno.EPERM):
            raise Permanent(f"port {port} needs root; choose one above 1023 with --port or KUBELITE_PORT") from error
        raise Permanent(f"cannot listen on {host}: {error}; check --host or KUBELITE_HOST") from error
    return listener


class _Server(uvicorn.Server):
    """Tells when it answers, and leaves signals to us: uvicorn raises them again afterwards, before we tidied up."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def ask_to_end(self) -> None:
        """First signal: end gracefully. Second: at once."""
        if self.should_exit:
            self.force_exit = True
        self.handle_exit(signal.SIGTERM, None)  # event streams end when they see this call


async def run(app: FastAPI, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM. `started` is called once requests are answered."""
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GOODBYE_SECONDS, ws="websockets-sansio")
    server = _Server(config, started)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.ask_to_end)
    try:
        await server.serve(sockets=[listener])
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
