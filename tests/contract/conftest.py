"""Each test of the contract runs once on Docker and once on the simulator, there in virtual time."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.runtime_kits import Kit, docker_kit, simulator_kit


@pytest.fixture(
    params=[pytest.param("docker", marks=pytest.mark.docker), pytest.param("simulator", marks=pytest.mark.looptime)]
)
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    if request.param == "docker":
        docker_host = request.getfixturevalue("docker_images")
        async with docker_kit(docker_host, f"t{secrets.token_hex(4)}") as found:
            yield found
    else:
        async with simulator_kit(tmp_path) as found:
            yield found
