"""Runs the page over the scripted backend: `python -m tests.web.serve DIRECTORY PORT TOKEN`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from app.web.server import create_app
from tests.web.fakes import make_backend


def main(directory: str, port: str, token: str) -> None:
    app = create_app(make_backend(Path(directory), token, int(port)))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main(*sys.argv[1:])
