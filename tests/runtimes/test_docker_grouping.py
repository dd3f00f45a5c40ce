"""Several containers as one pod: phases, who decides, and what a missing container means."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase
from app.core.spec import AppKey
from app.runtimes.docker.grouping import group, groups, observed
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.shape import Shape, shape_by_labels
from app.runtimes.docker.wire import Member, Role

POD = PodId(AppKey("shop", "web"), 0, 1)
DONE, FAILED, KILLED = ExitInfo(0, "Completed"), ExitInfo(3, "Error"), ExitInfo(137, "Killed")


def one(name: str, status: str = "running", *, at: float = 0.0, how: ExitInfo | None = None, **more: Any) -> Seen:
    """A container called after its role: main, side, side2, init, init2. `at` is when it ended."""
    role = Role(name.rstrip("2")) if name.startswith(("side", "init")) else Role.MAIN
    ended = status == "exited"
    return Seen(
        **{
            "member": Member(POD, role, name),
            "identity": f"id-{name}",
            "shape": Shape(("main", "side"), ("init", "init2"), "Always"),
            "template_hash": "abc",
            "image": f"image-{name}",
            "status": status,
            "created_at": 100.0,
            "started_at": None if status == "created" else 101.0,
            "finished_at": at if ended else None,
            "exit": how or (DONE if ended else None),
            "healthy": status == "running",
            "networks": {"kl.i1.shop": "172.20.0.2"} if role is Role.MAIN and status == "running" else {},
            **more,
        }
    )


def pod(*members: Seen, restart: str = "Always", init: bool = False) -> ObservedPod:
    shape = Shape(("main", "side"), ("init", "init2") if init else (), restart)
    found = group(Seen(**{**_fields(member), "shape": shape}) for member in members)
    assert found is not None
    return observed(found)


def _fields(member: Seen) -> dict[str, Any]:
    return {name: getattr(member, name) for name in Seen.__slots__}


def test_a_pod_runs_once_all_its_containers_do() -> None:
    found = pod(one("side"), one("main"))
    assert (found.phase, found.ready, found.runtime_id, found.image) == (
        PodPhase.RUNNING,
        True,
        "id-main",
        "image-main",
    )
    assert [(each.name, each.running) for each in found.containers] == [("main", True), ("side", True)]
    assert found.address == "172.20.0.2"
    assert pod(one("main"), one("side", "created")).phase is PodPhase.PENDING
    assert pod(one("main", "created")).phase is PodPhase.PENDING
    assert not pod(one("main"), one("side", healthy=False)).ready


@pytest.mark.parametrize("who", ["main", "side"])
def test_with_always_any_end_is_the_end_and_the_first_decides(who: str) -> None:
    other = "side" if who == "main" else "main"
    found = pod(one(who, "exited", at=105.0), one(other))
    assert (found.phase, found.exit, found.finished_at, found.ready) == (PodPhase.SUCCEEDED, DONE, 105.0, False)
    assert (found.address, found.ports) == ("", ())
    later = pod(one(who, "exited", at=105.0), one(other, "exited", at=106.0, how=KILLED))
    assert (later.phase, later.exit) == (PodPhase.SUCCEEDED, DONE)


@pytest.mark.parametrize("restart", ["OnFailure", "Never"])
def test_else_it_succeeds_with_the_last_and_fails_with_the_first_failure(restart: str) -> None:
    running = pod(one("main", "exited", at=105.0), one("side"), restart=restart)
    assert (running.phase, running.exit) == (PodPhase.RUNNING, None)
    last = ExitInfo(0, "Completed", "the last")
    over = pod(one("main", "exited", at=105.0), one("side", "exited", at=109.0, how=last), restart=restart)
    assert (over.phase, over.exit, over.finished_at) == (PodPhase.SUCCEEDED, last, 109.0)
    failed = pod(one("main", "exited", at=106.0, how=FAILED), one("side", "exited", at=105.0), restart=restart)
    assert (failed.phase, failed.exit) == (PodPhase.FAILED, FAILED)
    assert pod(one("main"), one("side", "exited", at=105.0, how=FAILED), restart=restart).phase is PodPhase.FAILED


def test_init_containers_come_before() -> None:
    first = pod(one("main", "created"), one("side", "created"), one("init"), init=True)
    assert (first.phase, first.initializing, first.ready) == (PodPhase.PENDING, "init (1 of 2)", False)
    between = pod(one("main", "created"), one("side", "created"), one("init", "exited", at=102.0), init=True)
    assert (between.phase, between.initializing) == (PodPhase.PENDING, "")
    assert [each.name for each in between.containers] == ["init", "main", "side"]


@pytest.mark.parametrize(
    ("how", "reason"),
    [(FAILED, "Init:Error"), (ExitInfo(137, "OOMKilled", oom_killed=True), "Init:OOMKilled")],
)
def test_an_init_container_that_fails_ends_the_attempt(how: ExitInfo, reason: str) -> None:
    found = pod(one("main", "created"), one("init", "exited", at=103.0, how=how), init=True)
    assert found.phase is PodPhase.FAILED
    assert found.exit is not None
    assert (found.exit.code, found.exit.reason, found.exit.oom_killed) == (how.code, reason, how.oom_killed)
    assert (found.started_at, found.finished_at) == (101.0, 103.0)


@pytest.mark.parametrize("there", [("main",), ("side",)])
def test_a_container_removed_by_hand_ends_what_had_run(there: tuple[str, ...]) -> None:
    found = pod(*(one(name) for name in there))
    missing = ({"main", "side"} - set(there)).pop()
    assert found.phase is PodPhase.FAILED
    assert found.exit == ExitInfo(None, "ContainerRemoved", f"The container {missing} was removed from outside.")


def test_a_container_that_could_not_be_started_fails_the_pod() -> None:
    words = ExitInfo(None, "ContainerCannotRun", "no such file")
    found = pod(one("main"), one("side", "created", how=words))
    assert (found.phase, found.exit) == (PodPhase.FAILED, words)


def test_the_main_container_is_removed_last() -> None:
    found = group([one("main"), one("init", "exited"), one("side")])
    assert found is not None
    assert [each.member.container for each in found.members] == ["init", "side", "main"]


def test_a_workbench_alone_is_no_pod() -> None:
    bench = one("main", "created", member=Member(POD, Role.FILES, ""))
    assert groups([bench]) == []


def test_a_label_that_cannot_be_read_is_a_pod_of_one() -> None:
    assert shape_by_labels({"kubelite.io/pod": "{", "kubelite.io/container": "web"}) == Shape(("web",))
    assert shape_by_labels({}).plain
