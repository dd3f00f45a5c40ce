"""The cache: an old list never undoes what an effect showed, and what vanished is named."""

from __future__ import annotations

import logging

import pytest

from app.core.pods import PodPhase
from app.engine.observing.cache import PodCache
from tests.worlds import WEB, pod


def test_a_list_begun_before_an_effect_does_not_undo_it() -> None:
    cache = PodCache()
    cache.upsert(pod(0))
    with cache.looking() as begun:
        cache.upsert(pod(1))
        cache.remove(pod(0).id)
        changed, vanished = cache.replace([pod(0)], begun)
    assert (changed, vanished) == ([], [])
    assert [one.id.slot for one in cache.pods(WEB)] == [1]


def test_a_list_begun_after_it_counts() -> None:
    cache = PodCache()
    cache.upsert(pod(0))
    cache.upsert(pod(1))
    with cache.looking() as begun:
        changed, vanished = cache.replace([pod(0), pod(2)], begun)
    assert changed == [WEB]
    assert [one.id.slot for one in vanished] == [1]
    assert sorted(one.id.slot for one in cache.pods(WEB)) == [0, 2]


def test_absence_means_nothing_before_the_first_list() -> None:
    cache = PodCache()
    assert not cache.reachable
    cache.replace([], 0)
    cache.silent = ""
    assert cache.reachable


def test_reality_wins_over_the_table_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    cache = PodCache()
    cache.upsert(pod(0, phase=PodPhase.FAILED))
    with caplog.at_level(logging.WARNING):
        assert cache.upsert(pod(0))
    assert "went from Failed to Running" in caplog.text
    assert cache.pods(WEB)[0].phase is PodPhase.RUNNING


def test_the_same_sighting_is_no_news() -> None:
    cache = PodCache()
    assert cache.upsert(pod(0))
    assert not cache.upsert(pod(0))
