"""When a rollout came further, and what replicas take of their host: the engine's small memories."""

from __future__ import annotations

from typing import Any

from app.core.pods import Capacity, ObservedPod
from app.core.spec import Amounts, AppKey, Desired, Resources
from app.engine.observing.capacity import Accounts
from app.engine.observing.progress import Progress
from tests.worlds import NOW, WEB, pod, spec, wish

OLD = wish(spec(3))


def new(**update: Any) -> Desired:
    of = wish(spec(3, image="nginx:1.27"), revision=2)
    return of.model_copy(update={"revised_at": NOW - 100, **update})


def pods(ready: int, old: int) -> list[ObservedPod]:
    fresh = [pod(slot, of=new(), started_at=NOW - 50) for slot in range(ready)]
    return fresh + [pod(slot, of=OLD) for slot in range(5, 5 + old)]


class TestProgress:
    def test_more_ready_ones_than_ever_and_fewer_old_ones_are_progress(self) -> None:
        progress = Progress()
        assert progress.look(new(), pods(0, 3), NOW) == 0.0
        assert progress.look(new(), pods(1, 3), NOW + 5) == NOW + 5
        assert progress.look(new(), pods(1, 3), NOW + 9) == NOW + 5
        assert progress.look(new(), pods(1, 2), NOW + 12) == NOW + 12

    def test_one_that_crashes_and_comes_back_is_none(self) -> None:
        progress = Progress()
        progress.look(new(), pods(1, 2), NOW)
        assert progress.look(new(), pods(0, 2), NOW + 5) == NOW - 50
        assert progress.look(new(), pods(1, 2), NOW + 9) == NOW - 50

    def test_another_number_of_replicas_is_measured_from_there(self) -> None:
        progress = Progress()
        progress.look(new(), pods(2, 1), NOW)
        scaled = new(generation=2)
        assert progress.look(scaled, pods(2, 3), NOW + 5) == NOW - 50
        assert progress.look(scaled, pods(2, 2), NOW + 9) == NOW + 9

    def test_a_revision_that_was_there_once_makes_none(self) -> None:
        assert Progress().look(new(rolled_out_at=NOW), pods(3, 0), NOW) == 0.0


def asking(cores: int, name: str = "web") -> Desired:
    of = spec(1, name=name)
    container = of.template.containers[0].model_copy(
        update={"resources": Resources(requests=Amounts(cpu_millicores=cores * 1000))}
    )
    return wish(of.model_copy(update={"template": of.template.model_copy(update={"containers": (container,)})}))


class TestAccounts:
    def test_what_lives_and_what_is_on_its_way_counts_once(self) -> None:
        accounts, one = Accounts(lambda _key: None), asking(2)
        live, ended = pod(0, of=one), pod(1, of=one)
        accounts.count(one, [live, ended], [(live.id, one.template_hash)])
        assert accounts.total == Capacity(4000, 0)
        accounts.count(one, [live], [])
        assert accounts.total == Capacity(2000, 0)

    def test_who_waits_for_room_is_woken_once_something_leaves(self) -> None:
        woken: list[AppKey] = []
        accounts, one, other = Accounts(woken.append), asking(2), asking(1, "api")
        accounts.count(one, [pod(0, of=one)], [])
        accounts.wait(other.key)
        accounts.count(other, [], [(pod(0, of=other).id, other.template_hash)])
        assert woken == []
        accounts.count(one, [], [])
        assert woken == [other.key]
        accounts.forget(WEB)
        assert woken == [other.key]

    def test_each_revision_counts_what_it_asks_for(self) -> None:
        accounts, old, later = Accounts(lambda _key: None), asking(1), asking(3)
        accounts.count(old, [pod(0, of=old)], [])
        accounts.count(later, [pod(0, of=old), pod(1, of=later)], [])
        assert accounts.total == Capacity(4000, 0)
