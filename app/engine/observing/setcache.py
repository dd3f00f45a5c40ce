"""The sets a replica runtime showed last: written by its watcher, read by everybody, from memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.replicasets import ObservedSet
from app.core.spec import AppKey
from app.core.spending import Charge


class SetCache:
    """By app. Whether the runtime answers is kept beside it, in the `PodCache` of the site."""

    def __init__(self) -> None:
        self._sets: dict[AppKey, tuple[ObservedSet, ...]] = {}

    def of(self, key: AppKey) -> tuple[ObservedSet, ...]:
        """Those of one app, the oldest first."""
        return self._sets.get(key, ())

    def apps(self) -> set[AppKey]:
        return set(self._sets)

    def all(self) -> Sequence[ObservedSet]:
        return [one for sets in self._sets.values() for one in sets]

    def charges(self) -> Sequence[Charge]:
        """What every replica that is known of costs or cost, those of apps nobody wished for too."""
        return [charge for one in self.all() for charge in one.charges]

    def replace(self, listed: Iterable[ObservedSet]) -> list[AppKey]:
        """Takes a full list; returns the apps that changed."""
        found: dict[AppKey, list[ObservedSet]] = {}
        for one in listed:
            found.setdefault(one.id.app, []).append(one)
        sets = {key: tuple(sorted(of, key=_age)) for key, of in found.items()}
        changed = [key for key in {**self._sets, **sets} if self._sets.get(key) != sets.get(key)]
        self._sets = sets
        return changed


def _age(one: ObservedSet) -> tuple[float, str]:
    return one.created_at, one.runtime_id
