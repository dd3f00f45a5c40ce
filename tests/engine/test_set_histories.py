"""Generated histories on rented machines in virtual time: wishes, hosts that die, full markets, money that runs out,
answers that are lost, and ends of our own process in the middle of a call. What must hold at every moment is watched;
once all trouble is over, the wish must come true and stay so with nothing more to do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

from app.core.errors import KubeLiteError, PortError, Transient, Unreachable
from app.core.planning.setrules import broken_in_set_world
from app.core.planning.setstate import burning
from app.core.replicasets import ObservedSet, SetId, SetPhase
from app.core.spec import AppKey, AppSpec, Strategy
from tests.engine.replica_stage import ReplicaStage, rented, replica_stage
from tests.engine.replica_world import Failing, Nature, Network

pytestmark = pytest.mark.looptime

APPS = ("web", "api")
IMAGES = ("model:1", "model:2", "model:3", "bad:1")
VERBS = ("create_set", "scale_set", "stop_set", "start_set", "remove_set", "replace_pod", "revise_set", "list_sets")
STRATEGIES = (Strategy(), Strategy(), Strategy(type="Recreate"), Strategy(min_ready_seconds=20))
PEACE_SECONDS = 1200.0


class Judge:
    """Told of every stop the network is asked for, before it happens."""

    def __init__(self, play: ReplicaStage) -> None:
        self.complaints: list[str] = []
        self._play = play
        self._stop = Network.stop

    def stop(self, one: SetId) -> None:
        network, wish = self._play.network, self._play.engine.desired.get(one.app)
        kept = network.find(one)
        if wish is not None and kept is not None and not wish.deleting and wish.spec.replicas and not wish.spec.paused:
            shown = {each.id: network.show(each) for each in network.of(one.app)}
            self._judge(shown, one, wish.template_hash, wish.spec)
        self._stop(network, one)

    def _judge(self, shown: dict[SetId, ObservedSet], one: SetId, newest: str, spec: AppSpec) -> None:
        wish = self._play.engine.desired.get(one.app)
        assert wish is not None
        if (
            spec.strategy.type == "Recreate"
            or burning(wish, shown[one], self._play.engine.records.of(one.app), self._play.clock.now()) is not None
        ):
            return
        ready = {each: sum(pod.ready for pod in of.pods) for each, of in shown.items()}
        after = sum(count for each, count in ready.items() if each != one)
        if after < min(spec.replicas, sum(ready.values())):
            self.complaints.append(
                f"{one} is stopped: {after} answer then, {ready} did, wished for are {spec.replicas}"
            )
        if one.template_hash == newest:
            self.complaints.append(f"{one} is stopped, and it is what is wished for")

    def twins(self) -> None:
        ids = [kept.id for kept in self._play.network.sets.values()]
        if len(ids) != len(set(ids)):
            self.complaints.append(f"two sets of one template: {ids}")


class History:
    """One seed is one history, always the same."""

    def __init__(self, play: ReplicaStage, seed: int) -> None:
        self.play = play
        self.dice = Random(seed)
        self.judge = Judge(play)
        play.network.stop = self.judge.stop  # type: ignore[method-assign]
        play.network.natures = {image: Nature(boots=self.dice.choice((5.0, 20.0, 60.0))) for image in IMAGES}
        play.network.natures["bad:1"] = Nature(ends=5, code=1)
        play.network.unrevisable = self.dice.random() < 0.5

    async def play_out(self) -> None:
        for _ in range(14):
            await self.step()
            await asyncio.sleep(self.dice.choice((0.2, 2.0, 15.0, 90.0)))
            if self.play.process.died.is_set():
                await self.play.restart()
            self.judge.twins()
        await self.peace()

    async def step(self) -> None:
        wishes = (self.apply, self.apply, self.apply, self.scale, self.delete)
        trouble = (self.lose_host, self.cut_tunnel, self.market, self.funds, self.stop_outside, self.give_up)
        ours = (self.flake, self.fuse, self.kill, self.silence)
        await self.dice.choice((*wishes, *trouble, *ours))()

    def spec(self) -> AppSpec:
        dice = self.dice
        image = dice.choice(IMAGES)
        strategy = STRATEGIES[dice.randrange(len(STRATEGIES))]
        paused = dice.random() < 0.1
        return rented(dice.randint(0, 4), image=image, name=dice.choice(APPS), strategy=strategy, paused=paused)

    async def ask(self, work: Coroutine[Any, Any, object]) -> None:
        """A refusal, or a process that dies of it, is part of life."""
        task = asyncio.create_task(work)
        death = asyncio.create_task(self.play.process.died.wait())
        await asyncio.wait((task, death), return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and task.exception() and not isinstance(task.exception(), KubeLiteError):
            raise AssertionError from task.exception()

    async def apply(self) -> None:
        await self.ask(self.play.orchestrator.apply(self.spec(), cause="history"))

    async def scale(self) -> None:
        await self.ask(self.play.orchestrator.scale(self.dice.choice(APPS), self.dice.randint(0, 4), cause="history"))

    async def delete(self) -> None:
        if self.dice.random() < 0.5:
            await self.ask(self.play.orchestrator.delete(self.dice.choice(APPS), cause="history"))

    async def lose_host(self) -> None:
        for job in self.play.network.running(AppKey("default", self.dice.choice(APPS)))[:2]:
            self.play.network.shut_down_host(job)

    async def cut_tunnel(self) -> None:
        for job in self.play.network.running(AppKey("default", self.dice.choice(APPS)))[:1]:
            self.play.network.cut_tunnel(job)

    async def market(self) -> None:
        self.play.network.hosts = self.dice.choice((0, 2, 100))

    async def funds(self) -> None:
        self.play.network.funds = self.dice.random() < 0.5

    async def flake(self) -> None:
        error: PortError = self.dice.choice((Transient("busy"), Unreachable("lost")))
        verb, after = self.dice.choice(VERBS[:-1]), self.dice.random() < 0.5
        self.play.nosana.failing[verb] = Failing(error, self.dice.randint(1, 3), after)

    async def fuse(self) -> None:
        self.play.process.fuse = (self.dice.choice(VERBS), self.dice.randint(1, 2), self.dice.random() < 0.5)

    async def kill(self) -> None:
        await self.play.restart()

    async def stop_outside(self) -> None:
        for kept in self.play.network.of(AppKey("default", self.dice.choice(APPS)))[:1]:
            if kept.phase is SetPhase.ACTIVE:
                self.play.network._stop(kept)

    async def silence(self) -> None:
        self.play.nosana.silent = Unreachable("no network")
        await asyncio.sleep(self.dice.choice((3.0, 40.0)))
        self.play.nosana.silent = None

    async def give_up(self) -> None:
        for kept in self.play.network.of(AppKey("default", self.dice.choice(APPS)))[:1]:
            if kept.phase is SetPhase.ACTIVE:
                self.play.network.give_up(kept)

    # -- peace

    async def peace(self) -> None:
        play = self.play
        play.process.fuse = None
        if play.process.died.is_set():
            await play.restart()
        play.nosana.failing.clear()
        play.network.hosts, play.network.funds = 100, True
        for image in IMAGES:
            play.network.natures[image] = Nature(boots=10)
        # What was given up for the money it burnt stays so until somebody asks for it once more.
        wishes = [wish for wish in play.engine.desired.all() if not wish.deleting]
        for wish in wishes:
            await play.orchestrator.apply(wish.spec.model_copy(update={"paused": False}), cause="peace")
        await play.until(lambda: not self.wrong(), PEACE_SECONDS, lambda: str(self.wrong()))
        calls = len(play.network.calls)
        await asyncio.sleep(120)
        assert self.wrong() == []
        assert len(play.network.calls) == calls, f"at rest it still acts: {play.network.calls[calls:]}"
        assert not self.judge.complaints, self.judge.complaints
        await self.the_end()

    async def the_end(self) -> None:
        """Everything is deleted: from then on nothing is spent."""
        play = self.play
        for wish in play.engine.desired.all():
            await play.orchestrator.delete(str(wish.key), cause="over")
        await play.until(lambda: not play.engine.desired.all())
        billed = play.network.billed_seconds()
        assert not play.network.sets
        await asyncio.sleep(300)
        assert play.network.billed_seconds() == billed

    def wrong(self) -> list[str]:
        play = self.play
        play.network.settle()
        self.judge.twins()
        shown = [play.network.show(kept) for kept in play.network.sets.values()]
        found = broken_in_set_world(play.engine.desired.all(), shown)
        return found + [
            f"{view.key} is {view.status}: {view.reason}" for view in play.orchestrator.apps() if not view.settled
        ]


@pytest.mark.parametrize("seed", range(16))
async def test_whatever_happens_the_wish_comes_true_and_nothing_is_spent_for_nothing(seed: int) -> None:
    async with replica_stage() as play:
        await History(play, seed).play_out()


async def test_twelve_hours_of_host_losses_are_lived_through() -> None:
    async with replica_stage() as play:
        key = AppKey("default", "web")
        await play.deploy(rented(3))
        dice, answering, looks = Random(12), 0, 0
        for hour in range(12):
            for _ in range(3):
                await asyncio.sleep(dice.uniform(60, 900))
                job = dice.choice(play.network.running(key))
                if dice.random() < 0.5:
                    play.network.shut_down_host(job)
                else:
                    play.network.cut_tunnel(job)
                looks += 1
                answering += play.app().ready
                assert len(play.network.sets) == 1
            if hour % 4 == 3:
                await play.restart()
        await play.settle(seconds=900)
        play.check_world()
        assert answering >= 2 * looks
        assert len(play.calls("create_set")) == 1
        asked = {verb for verb, _ in play.network.calls}
        assert asked == {"create_set", "replace_pod"}, "its manager's count is not touched"
