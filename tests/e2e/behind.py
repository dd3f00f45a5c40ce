"""What is done behind the product's back, and what the Engine itself shows: by calls that share no code with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.docker_engine import engine_request
from tests.e2e.product import Product

LABEL = "kubelite.io"


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

    def listed(self, app: str, *status: str) -> list[dict[str, Any]]:
        """Every container of an app as the Engine lists it, those in any of these states; all without one."""
        filters = {"label": [f"{LABEL}/instance={self.instance}", f"{LABEL}/app=default/{app}"], "status": status}
        found: list[dict[str, Any]] = self.call(
            "GET", f"/containers/json?all=true&filters={quote(json.dumps(filters))}"
        )
        return found

    def of(self, app: str) -> dict[int, dict[str, Any]]:
        """By slot, the inspected live container of each replica."""
        entries = sorted(self.listed(app, "running", "paused"), key=_attempt)
        return {int(one["Labels"][f"{LABEL}/slot"]): self.inspect(one["Id"]) for one in entries}

    def inspect(self, identity: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/containers/{identity}/json")
        return found

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


def _attempt(entry: dict[str, Any]) -> int:
    return int(entry["Labels"][f"{LABEL}/attempt"])
