"""A real Docker Engine for tests: fixtures, and a plain way to speak to it that shares no code with the product.

Without an Engine the tests that need one skip with a reason; with `docker` in KUBELITE_REQUIRE they fail, so that CI
cannot pass by not looking. Each test has an instance id of its own, and its containers are removed by that label.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import pytest

from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime

BUILD = Path(__file__).parent / "images" / "build.sh"
TINY, TINY_HEALTH = "kubelite/tiny:1", "kubelite/tiny:healthcheck"
BALANCER = "kubelite/haproxy:test"
IMAGES = {
    "tiny": (TINY, "kubelite/tiny:2", TINY_HEALTH),
    "nginx": ("nginx:latest", "nginx:1.25"),
    "redis": ("redis:latest", "redis:7"),
    "haproxy": (BALANCER,),
}
NOT_INSTALLED = 3
"""Exit code of the build script when a tool is missing."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, docker_host: str) -> None:
        parts = urlsplit(docker_host)
        super().__init__(parts.hostname or "docker", parts.port or 2375, timeout=30)
        self._socket = parts.path if parts.scheme == "unix" else None

    def connect(self) -> None:
        if self._socket is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._socket)


def engine_request(docker_host: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One call: status, and JSON or text."""
    connection = _Connection(docker_host)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, text


def remove_containers(docker_host: str, instance: str) -> None:
    """Removes every container of this instance, its networks and its volumes."""
    filters = quote(json.dumps({"label": [f"kubelite.io/instance={instance}"]}))
    _, found = engine_request(docker_host, "GET", f"/containers/json?all=true&filters={filters}")
    for entry in found:
        engine_request(docker_host, "DELETE", f"/containers/{entry['Id']}?force=true&v=true")
    for network in engine_request(docker_host, "GET", f"/networks?filters={filters}")[1]:
        engine_request(docker_host, "DELETE", f"/networks/{network['Id']}")
    for name in volumes_of(docker_host, instance):
        engine_request(docker_host, "DELETE", f"/volumes/{name}?force=true")


def volumes_of(docker_host: str, instance: str) -> list[str]:
    """Names of the volumes of this instance."""
    filters = quote(json.dumps({"label": [f"kubelite.io/instance={instance}"]}))
    _, found = engine_request(docker_host, "GET", f"/volumes?filters={filters}")
    return sorted(entry["Name"] for entry in found["Volumes"] or ())


def unavailable(reason: str) -> NoReturn:
    """Skips, or fails where Docker is required."""
    if "docker" in os.environ.get("KUBELITE_REQUIRE", "").split(","):
        pytest.fail(f"KUBELITE_REQUIRE demands Docker: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def docker_engine() -> str:
    """The DOCKER_HOST of an Engine that answers."""
    docker_host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    try:
        status, _ = engine_request(docker_host, "GET", "/_ping")
    except OSError as error:
        unavailable(f"no Docker Engine at {docker_host}: {error}")
    if status != 200:
        unavailable(f"the Docker Engine at {docker_host} answers {status}")
    return docker_host


@pytest.fixture(scope="session")
def docker_images(docker_engine: str) -> str:
    """The DOCKER_HOST of an Engine that has the test images; those that are missing are built offline."""
    missing = [
        name
        for name, references in IMAGES.items()
        if any(engine_request(docker_engine, "GET", f"/images/{each}/json")[0] != 200 for each in references)
    ]
    if missing:
        environment = {**os.environ, "DOCKER_HOST": docker_engine}
        built = subprocess.run([BUILD, *missing], env=environment, capture_output=True, text=True, timeout=600)
        if built.returncode == NOT_INSTALLED:
            unavailable(f"the test images {', '.join(missing)} cannot be built: {built.stderr.strip()}")
        assert built.returncode == 0, built.stderr
    return docker_engine


@pytest.fixture
def docker_instance(docker_engine: str) -> Iterator[str]:
    """An instance id of the test's own; its containers are removed afterwards."""
    instance = f"t{secrets.token_hex(4)}"
    yield instance
    remove_containers(docker_engine, instance)


@pytest.fixture
async def docker_runtime(docker_images: str, docker_instance: str) -> AsyncIterator[DockerRuntime]:
    """A Docker runtime with nothing in it, on an Engine with the test images."""
    runtime = DockerRuntime(docker_instance, docker_images, SystemClock())
    yield runtime
    await runtime.aclose()
