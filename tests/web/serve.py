"""Runs the page over the scripted backend: `python -m tests.web.serve DIRECTORY PORT TOKEN [ALLOWED_HOSTS]`.

Port 0 takes a free one. Prints `ready PORT` on standard output once it answers.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from app.web import serving
from app.web.server import create_app
from tests.web.fakes import make_backend


def main(directory: str, port: str, token: str, allowed: str = "") -> None:
    listener = serving.bind("127.0.0.1", int(port))
    port = str(listener.getsockname()[1])
    app = create_app(make_backend(Path(directory), token, int(port), allowed_hosts=allowed))

    def started() -> None:
        access = logging.getLogger("uvicorn.access")  # switched on, so that a token in it would be found
        access.setLevel(logging.INFO)
        access.handlers = [logging.StreamHandler()]  # standard output is a pipe that nobody drains
        print("ready", port, flush=True)  # noqa: T201

    asyncio.run(serving.run(app, listener, started))


if __name__ == "__main__":
    main(*sys.argv[1:])
