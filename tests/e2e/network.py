"""The Nosana network for end-to-end tests: the stand-in as a process of its own, or a real manager where one is named.

`KUBELITE_NOSANA_TEST_URL` (with its `/api`) and `NOSANA_API_KEY` name a real one: its machines cost money, and what
only the stand-in can do (losing a host) is left out there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
REAL_URL = "KUBELITE_NOSANA_TEST_URL"


@dataclass
class Network:
    """`environment` is what the product is given. `patience` = seconds until what is rented must be there."""

    environment: dict[str, str]
    patience: float
    root: str = ""
    """Of the stand-in; empty for a real manager."""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def real(self) -> bool:
        return not self.root

    def do(self, deed: str, **arguments: Any) -> None:
        """Changes the stand-in's world."""
        reply = httpx.post(f"{self.root}/_control/{deed}", json=arguments, timeout=20)
        assert reply.status_code == 200, reply.text

    def state(self) -> dict[str, Any]:
        """All that the stand-in has seen and has."""
        found: dict[str, Any] = httpx.get(f"{self.root}/_control/state", timeout=20).json()
        return found

    def deployments(self, app: str) -> list[dict[str, Any]]:
        """Of one app, of whatever template, that are there."""
        return [one for one in self.state()["deployments"] if f"-{app}-" in one["name"]]

    def creates(self, app: str) -> list[dict[str, Any]]:
        """The bodies that asked for one."""
        asked = [one["body"] for one in self.state()["recorded"] if one["path"].endswith("/deployments/create")]
        return [body for body in asked if f"-{app}-" in body["name"]]

    def jobs(self, app: str, *states: str) -> list[dict[str, Any]]:
        ids = {one["id"] for one in self.deployments(app)}
        return [job for job in self.state()["jobs"] if job["deployment"] in ids and job["state"] in states]

    def check(self, *secrets: str) -> None:
        """Nothing that was asked is refused by the documents of the real server, and no secret was made public."""
        seen = self.state()
        assert (seen["refused"], seen["bugs"], seen["crashed"]) == ([], [], None)
        assert seen["recorded"]
        for record in seen["recorded"]:
            shown = json.dumps(record)
            assert self.environment["NOSANA_API_KEY"] not in shown
            confidential = isinstance(record["body"], dict) and record["body"].get("confidential") is True
            assert confidential or not any(secret in shown for secret in secrets), record["path"]

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            assert self.process.stdout is not None
            self.process.stdout.close()


def real_network() -> Network | None:
    """The one that the environment names."""
    url, key = os.environ.get(REAL_URL, ""), os.environ.get("NOSANA_API_KEY", "")
    return Network({"NOSANA_API_URL": url, "NOSANA_API_KEY": key}, patience=1800) if url and key else None


def stand_in() -> Network:
    """Returns once it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.nosana.serve", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = dict(line.strip().split("=", 1) for line in (process.stdout.readline() for _ in range(2)))
    root = said["NOSANA_API_URL"].removesuffix("/api")
    places = {
        "KUBELITE_NOSANA_NODE_URL": f"{root}/node/{{node}}",
        "KUBELITE_NOSANA_ENDPOINT_URL": f"{root}/endpoint/{{label}}",
        "KUBELITE_NOSANA_HOSTS_URL": f"{root}/host-manager",
    }
    return Network({**said, **places}, patience=30, root=root, process=process)
