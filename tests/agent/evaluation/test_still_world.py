"""The world that holds still: recorded states as views, writes that are true at once."""

from __future__ import annotations

from typing import Any

import pytest

from app.agent.evaluation.states import still_app
from app.agent.evaluation.world import StillClock, StillWorld
from app.core.errors import InvalidInput, NotFound
from app.core.spec import Amounts
from app.core.stopping import before_stop
from app.core.views import AppStatus
from tests.agent.evaluation.records import ASLEEP, SHOP, STATE


def quiet(_text: str) -> None:
    """Nobody listens."""


def row(**fields: Any) -> dict[str, Any]:
    return {**SHOP, "ready": 0, **fields}


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("running", AppStatus.RUNNING, ""),
        ("degraded", AppStatus.DEGRADED, "not every replica is ready"),
        ("unhealthy", AppStatus.DEGRADED, "not ready"),
        ("crashloop", AppStatus.CRASH_LOOPING, "Error"),
        ("oomkilled", AppStatus.CRASH_LOOPING, "OOMKilled"),
        ("imagepullbackoff", AppStatus.FAILED, "ErrImagePull"),
        ("pending", AppStatus.STARTING, ""),
    ],
)
def test_every_status_word(word: str, status: AppStatus, reason: str) -> None:
    view = still_app(row(status=word)).view
    assert (view.status, view.reason) == (status, reason)
    assert (view.desired, view.ready, len(view.replicas)) == (3, 0, 3)
    assert not view.settled


def test_an_unknown_status_is_named() -> None:
    with pytest.raises(InvalidInput, match='shop has the status "happy"; known are running'):
        still_app(row(status="happy"))


def test_a_row_in_full() -> None:
    app = still_app(
        row(
            status="imagepullbackoff",
            error="no such tag",
            env={"LEVEL": "info", "PORT": 8080},
            ports=[80, "8080:81", {"port": 9000, "target_port": 82}],
            memory="4Mi",
            cpu="half a core",
            gpu=1,
            command=["serve"],
            autoscale={"min": 2, "max": 5},
            history=[{"revision": 1, "image": "caddy:1"}, {"revision": 4, "image": "caddy:1.9"}],
            events=["pull failed", {"type": "Normal", "reason": "Pulling", "message": "pulling"}],
        )
    )
    container = app.spec.container
    assert app.reason == "ErrImagePull: no such tag"
    assert [(var.name, var.value) for var in container.env] == [("LEVEL", "info"), ("PORT", "8080")]
    assert [port.container_port for port in container.ports] == [80, 81, 82]
    assert container.resources.limits == Amounts(cpu_millicores=500, memory_bytes=4 * 1024**2)
    assert (container.resources.gpus, container.command) == (1, ("serve",))
    assert app.spec.autoscaling is not None
    assert (app.spec.autoscaling.enabled, app.spec.autoscaling.min_replicas) == (True, 2)
    assert [(old.number, old.template.containers[0].image) for old in app.revisions] == [
        (1, "caddy:1"),
        (4, "caddy:1.9"),
        (5, "caddy:2"),
    ]
    assert [(event.type, event.reason) for event in app.events] == [("Warning", "Recorded"), ("Normal", "Pulling")]


async def test_a_write_is_true_at_once() -> None:
    world = StillWorld(STATE)
    applied = await world.scale("shop", 5, cause="test")
    assert (applied.before and applied.before.replicas, applied.changed) == (3, True)
    seen = await world.wait("shop", seconds=60, progress=quiet)
    assert seen is not None
    assert (seen.ready, seen.settled) == (5, True)
    assert not (await world.scale("shop", 5, cause="test")).changed
    await world.delete("shop", cause="test")
    assert await world.wait("shop", seconds=60, progress=quiet, gone=True) is None
    world.reset(STATE)
    assert world.app("shop").desired == 3


async def test_trouble_stays_until_the_template_changes() -> None:
    world = StillWorld([row(status="crashloop")])
    await world.scale("shop", 1, cause="test")
    await world.restart("shop", cause="test")
    assert world.app("shop").status is AppStatus.CRASH_LOOPING
    spec = world.app("shop").spec
    container = spec.container.model_copy(update={"image": "caddy:3"})
    better = spec.model_copy(update={"template": spec.template.model_copy(update={"containers": (container,)})})
    await world.apply(better, cause="test")
    assert world.app("shop").status is AppStatus.RUNNING
    assert [old.number for old in await world.revisions("shop")] == [1, 2]


async def test_stopping_and_starting() -> None:
    world = StillWorld([ASLEEP])
    assert (before_stop(world.app("shop").spec), world.app("shop").status) == (4, AppStatus.STOPPED)
    await world.scale("shop", 2, cause="test")
    assert (world.app("shop").status, world.app("shop").ready) == (AppStatus.RUNNING, 2)
    await world.scale("shop", 0, cause="test")
    assert (world.app("shop").status, world.app("shop").settled) == (AppStatus.STOPPED, True)
    assert before_stop(world.app("shop").spec) == 2


async def test_a_record_that_says_less_than_the_product_did_changes_nothing_else() -> None:
    world = StillWorld([{"name": "shop", "image": "caddy:2", "replicas": 3}])
    with_port = still_app(SHOP).spec
    await world.apply(with_port.model_copy(update={"replicas": 5}), cause="test")
    world.reset([{"name": "shop", "image": "docker.io/library/caddy:2", "replicas": 5, "ready": 1, "logs": ["x"]}])
    assert world.app("shop").spec == with_port.model_copy(update={"replicas": 5})
    assert world.app("shop").ready == 1
    for other in ({"replicas": 4}, {"image": "caddy:3"}, {"ports": [81]}, {"env": {"A": "b"}}):
        row = {"name": "shop", "image": "caddy:2", "replicas": 5, **other}
        world.reset([row])
        assert world.app("shop").spec == still_app(row).spec
        await world.apply(with_port.model_copy(update={"replicas": 5}), cause="test")


async def test_nothing_is_used_where_nothing_happens() -> None:
    world = StillWorld(STATE)
    assert [view.memory_bytes for view in await world.measure()] == [None] * len(STATE)
    assert [view.name for view in await world.measure("shop")] == ["shop"]


async def test_what_is_not_there() -> None:
    world = StillWorld(STATE)
    with pytest.raises(NotFound) as missing:
        world.app("shopp")
    assert missing.value.suggestions == ("shop",)
    with pytest.raises(InvalidInput, match="between 0 and 1000, not -1"):
        await world.scale("shop", -1, cause="test")
    with pytest.raises(NotFound):
        await world.delete("gone", cause="test")


async def test_logs_are_the_recorded_lines() -> None:
    world = StillWorld([row(logs=["one", "Two", "three two"])])
    found = await world.logs("shop", tail=1, grep="two")
    assert ([line.text for line in found.lines], found.truncated) == (["three two"], True)
    assert [event.message for event in await world.events()] == []


async def test_worst_first_and_one_moment() -> None:
    world, clock = StillWorld([SHOP, {**SHOP, "name": "zoo", "status": "crashloop"}]), StillClock()
    assert [view.name for view in world.apps()] == ["zoo", "shop"]
    before = clock.now()
    await clock.sleep(3600)
    assert clock.now() == before
