"""Experiments and game days, in every store."""

from __future__ import annotations

from typing import Any

from app.core.experiments import Ending, Experiment, ExperimentState, Requests, Token, Wish
from app.core.faults import FaultName
from app.core.gamedays import GameDay, Trial
from app.core.spec import AppKey
from app.ports.store import Store
from tests.stores.values import API, WEB, wish


def experiment(name: str, at: float, app: AppKey = WEB, **more: object) -> Experiment:
    given = {"id": name, "app": app, "runtime": "simulator", "fault": FaultName.KILL, "asked_at": at, **more}
    return Experiment.model_validate(given)


async def test_an_experiment_comes_back_whole_and_is_replaced_by_its_id(store: Store) -> None:
    spec = wish().spec
    begun = experiment(
        "a",
        1.0,
        state=ExperimentState.INJECTING,
        slots=(1, 2),
        token=Token(data={"containers": ["0f"], "port": 31000, "path": "/data/x\x00"}),
        wish=Wish(before=spec, spoiled=spec.model_copy(update={"replicas": 0})),
        well_others=(API,),
        dependency=API,
    )
    await store.put_experiment(begun)
    assert await store.list_experiments(over=False) == [begun]
    over = begun.to(ExperimentState.OVER, "done", ending=Ending.HELD, requests=Requests(sent=3))
    await store.put_experiment(over)
    assert await store.list_experiments(over=False) == []
    assert await store.list_experiments(over=True) == [over]


async def test_the_newest_come_first_and_only_what_is_over_is_forgotten(store: Store) -> None:
    over: dict[str, Any] = {"state": ExperimentState.OVER, "ending": Ending.HELD}
    for one in (
        experiment("a", 1.0, **over),
        experiment("b", 3.0, **over),
        experiment("c", 2.0, API, **over),
        experiment("d", 0.5),
    ):
        await store.put_experiment(one)
    assert [one.id for one in await store.list_experiments(over=True)] == ["b", "c", "a"]
    assert [one.id for one in await store.list_experiments(over=True, limit=1)] == ["b"]
    assert [one.id for one in await store.list_experiments(over=True, app=API)] == ["c"]
    await store.prune_experiments(keep=2)
    assert [one.id for one in await store.list_experiments(over=True)] == ["b", "c"]
    assert [one.id for one in await store.list_experiments(over=False)] == ["d"]


async def test_game_days_are_kept_by_app(store: Store) -> None:
    def day(name: str, at: float, app: AppKey = WEB) -> GameDay:
        return GameDay(id=name, app=app, spec=wish().spec, faults=(FaultName.KILL,), began_at=at)

    first, second, other = day("a", 1.0), day("b", 2.0), day("c", 3.0, API)
    for one in (first, second, other):
        await store.put_game_day(one)
    done = first.model_copy(update={"trials": (Trial(fault=FaultName.KILL, ending=Ending.HELD),)}).ended(9.0)
    await store.put_game_day(done)
    assert await store.list_game_days(app=WEB) == [second, done]
    assert [one.id for one in await store.list_game_days(limit=2)] == ["c", "b"]
    await store.prune_experiments(keep=1)
    assert [one.id for one in await store.list_game_days()] == ["c"]
