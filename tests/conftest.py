"""What every test gets: no call leaves the machine, settings of the developer do not leak in, shared fixtures."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from app.settings import Settings

pytest_plugins = ["tests.docker_engine", "tests.own_engine", "tests.browser", "tests.sharing", "tests.quick"]

os.environ.setdefault("TRACELOOP_TELEMETRY", "false")
os.environ.setdefault("LANGSMITH_TRACING", "false")

# The same examples in every run, so that a red suite is red for everyone; a soak looks for new ones.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("soak", deadline=None)
settings.load_profile("soak" if os.environ.get("KUBELITE_SOAK") else "suite")

KEPT = {"KUBELITE_REQUIRE", "KUBELITE_SHOTS", "KUBELITE_SOAK"}
CONTAINERS = (ip_network("172.16.0.0/12"), ip_network("192.168.0.0/16"))
"""Where Docker makes its bridges by default."""

_connect = socket.socket.connect


def _local_only(self: socket.socket, address: Any) -> None:
    """A test may talk to this machine and its containers, never to a model or a registry."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = ip_address(address[0])
        if not (host.is_loopback or any(host in network for network in CONTAINERS)):
            raise AssertionError(f"a test tried to reach {address[0]}:{address[1]}")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _local_only)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of data directories, none of which is there: a directory for each test would be looked through by each."""
    below = tmp_path_factory.mktemp("homes")
    return (below / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> None:
    """No KUBELITE_* or OPENAI_* of the developer's shell reaches a test, and no .env of the working directory."""
    for name in list(os.environ):
        if name.startswith(("KUBELITE_", "OPENAI_", "NOSANA_")) and name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("KUBELITE_HOME", str(next(homes)))
