"""What is done behind the product's back, and what the Engine itself shows: by plain calls that share no code with it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any
from urllib.parse import quote

from tests.docker_engine import engine_request
from tests.e2e.product import Product

LABEL = "kubelite.io"
PAUSE_SECONDS = 0.2


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """Asks again until the answer is true, and returns it. An assertion that fails meanwhile is an answer too: the last
    one is raised when the time is over."""
    end, never = time.monotonic() + seconds, Event()
    while True:
        try:
            if answer := what():
                return answer
        except AssertionError:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, f"not true within {seconds} s"
        never.wait(PAUSE_SECONDS)


@dataclass(frozen=True)
class Behind:
    """The Engine under one product."""

    product: Product

    @property
    def instance(self) -> str:
        return (self.product.home / "instance").read_text(encoding="utf-8").strip()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = engine_request(self.product.environment["DOCKER_HOST"], method, path, body)
        assert status < 400, (path, answer)
        return answer

    def of(self, app: str, *, running: bool = True) -> dict[int, dict[str, Any]]:
        """By slot, the inspected newest main container of each replica."""
        labels = [f"{LABEL}/instance={self.instance}", f"{LABEL}/app=default/{app}"]
        filters: dict[str, list[str]] = {"label": labels, **({"status": ["running", "paused"]} if running else {})}
        listed = self.call("GET", f"/containers/json?all=true&filters={quote(json.dumps(filters))}")
        entries = sorted(listed, key=lambda entry: int(entry["Labels"][f"{LABEL}/attempt"]))
        return {
            int(entry["Labels"][f"{LABEL}/slot"]): self.call("GET", f"/containers/{entry['Id']}/json")
            for entry in entries
        }

    def count(self, app: str) -> int:
        """Running containers of an app, doubles included."""
        filters = {"label": [f"{LABEL}/instance={self.instance}", f"{LABEL}/app=default/{app}"], "status": ["running"]}
        return len(self.call("GET", f"/containers/json?filters={quote(json.dumps(filters))}"))

    def execute(self, identity: str, *argv: str) -> None:
        """Runs a command inside a container, and waits for it."""
        made = self.call("POST", f"/containers/{identity}/exec", {"Cmd": argv, "AttachStdout": True})
        self.call("POST", f"/exec/{made['Id']}/start", {"Detach": False})

    def make(self, name: str, labels: Mapping[str, str]) -> str:
        """Starts a container of somebody else's; its id."""
        body = {"Image": "kubelite/tiny:1", "Labels": dict(labels)}
        identity = str(self.call("POST", f"/containers/create?name={name}", body)["Id"])
        self.call("POST", f"/containers/{identity}/start")
        return identity
