"""How the workers of pytest-xdist share the tests.

A file is one piece of work, so that what it starts is started once, and the controller has hundreds of pieces to hand
out, not thousands. What waits comes first: tests of real containers, then those with servers and a browser; the rest
fills the processors to the end. More than two workers at the container engine, or two at servers, would only wait for
each other, and time limits would be about the machine instead of the product.

`--dist loadgroup` cannot do it: with pytest 9.2 it takes no notice of groups (issue 1386 of pytest-xdist).
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
SERVERS = ("tests/web/", "tests/security/", "tests/cli/")
AT_MOST = {"engine": 2, "servers": 1}
"""Workers at once, by kind, as long as there is something else to do."""
KINDS = (*AT_MOST, "")
"""In the order of the run."""
IN_ONE = 100
"""Tests that are handed out together, of a file with many."""

Piece = tuple[str, str, int]
"""Kind, file, and a number."""


@cache
def _source(file: str) -> str:
    path = ROOT / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def kind_of(nodeid: str) -> str:
    """What a test waits for: `engine`, `servers`, or nothing in particular."""
    file = nodeid.split("::", 1)[0]
    if "mark.docker" in _source(file) or (file.startswith("tests/contract/") and "[docker" in nodeid):
        return "engine"
    return "servers" if "mark.browser" in _source(file) or file.startswith(SERVERS) else ""


def pieces(nodeids: Sequence[str]) -> dict[str, Piece]:
    """The piece of work each test belongs to."""
    found: dict[str, Piece] = {}
    seen: dict[tuple[str, str], int] = {}
    for nodeid in nodeids:
        place = (kind_of(nodeid), nodeid.split("::", 1)[0])
        seen[place] = seen.get(place, -1) + 1
        found[nodeid] = (*place, seen[place] // IN_ONE)
    return found


class Sharing(LoadScopeScheduling):
    """Hands out pieces in the order of collection, which `pytest_collection_modifyitems` made that of `KINDS`."""

    workqueue: OrderedDict[Piece, dict[str, bool]]
    assigned_work: dict[Any, dict[Piece, dict[str, bool]]]
    registered_collections: dict[Any, list[str]]
    _pieces: dict[str, Piece] | None = None

    def _split_scope(self, nodeid: str) -> Piece:
        if self._pieces is None:
            self._pieces = pieces(next(iter(self.registered_collections.values())))
        return self._pieces[nodeid]

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(self._next_for(node), last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: Any) -> None:
        if node in self.registered_collections:  # one in the place of a worker that crashed is still collecting
            super()._reschedule(node)

    def _next_for(self, node: Any) -> Piece:
        busy = [self._at(other) for other in self.assigned_work if other is not node]
        for piece in self.workqueue:
            if busy.count(piece[0]) < AT_MOST.get(piece[0], len(busy) + 1):
                return piece
        return next(iter(self.workqueue))

    def _at(self, node: Any) -> str | None:
        """The kind of what this worker does now."""
        unfinished = (piece for piece, tests in self.assigned_work[node].items() if not all(tests.values()))
        return next(unfinished, (None,))[0]


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # the order of collection is the right one


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: KINDS.index(kind_of(item.nodeid)))


@pytest.hookimpl(optionalhook=True)  # -p no:xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


@pytest.hookimpl(optionalhook=True)  # -p no:xdist
def pytest_xdist_auto_num_workers() -> int | None:
    """One more than processors, for half of the tests wait most of the time; unless the variable says how many."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 1
