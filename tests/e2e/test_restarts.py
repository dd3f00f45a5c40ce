"""Ctrl-C and kill -9 of the server: what runs keeps running, the next start adopts it, nothing doubles."""

from __future__ import annotations

import signal

import pytest

from tests.docker_engine import engine_request
from tests.e2e.product import Product
from tests.e2e.test_main_job import containers

pytestmark = pytest.mark.timeout(180)


@pytest.mark.docker
def test_real_containers_outlive_the_server_and_are_adopted(on_docker: Product) -> None:
    on_docker.start()
    assert on_docker.ask("deploy 3 nginx containers")["ok"]
    before = {container["Id"] for container in containers(on_docker)}
    assert len(before) == 3
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        assert on_docker.end(number) == (0 if number is not signal.SIGKILL else -9), number
        assert {container["Id"] for container in containers(on_docker)} == before, number

        on_docker.start()
        app = on_docker.app("nginx")
        assert (app["status"], app["replicas"]["ready"], app["restarts"]) == ("Running", 3, 0), number
        assert {container["Id"] for container in containers(on_docker)} == before, number


@pytest.mark.docker
def test_what_died_while_the_server_was_away_is_replaced_at_the_next_start(on_docker: Product) -> None:
    on_docker.start()
    on_docker.ask("deploy 2 nginx containers")
    victim = containers(on_docker)[0]["Id"]
    on_docker.end(signal.SIGKILL)
    engine_request(on_docker.environment["DOCKER_HOST"], "POST", f"/containers/{victim}/kill")
    on_docker.start()
    answer = on_docker.ask("scale nginx to 3")
    assert "3 of 3 ready" in answer["reply"]
    assert len(containers(on_docker)) == 3
    assert on_docker.app("nginx")["restarts"] == 1


def test_conversation_and_pending_approval_outlive_the_server(on_simulator: Product) -> None:
    on_simulator.start()
    on_simulator.ask("deploy 2 nginx containers")
    asked = on_simulator.ask("delete it")
    assert [approval["title"] for approval in asked["approvals"]] == ["Delete nginx"]
    on_simulator.end(signal.SIGKILL)

    on_simulator.start()
    assert on_simulator.app("nginx")["replicas"]["ready"] == 2
    assert on_simulator.ask("yes")["actions"] == [{"action": "delete", "app": "nginx"}]
    assert "no apps" in on_simulator.ask("show me what's running")["reply"]


def test_a_second_server_on_the_directory_and_a_busy_port_are_one_sentence_each(on_simulator: Product) -> None:
    on_simulator.start()
    second = on_simulator.command("serve", "--port", "0")
    assert second.returncode == 1
    assert "another KubeLite" in second.stderr
    other = Product(on_simulator.home.parent / "other", on_simulator.environment)
    busy = other.command("serve", "--port", str(on_simulator.port))
    assert busy.returncode == 1
    assert f"port {on_simulator.port} on 127.0.0.1 is in use by another program" in busy.stderr
    assert on_simulator.ask("show me what's running")["ok"]
