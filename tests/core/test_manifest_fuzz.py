"""Whatever is put in the place of any value of any kind of document, there is an answer and no exception."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.manifest import export_manifest, parse_manifests
from tests.core.wish_strategies import objects, workloads

EVERY = {**objects, **workloads}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\0",
    "a: b",
    [],
    [None],
    [[]],
    ["x"],
    {},
    {"": 1},
    {"x": {}},
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value below the root."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, below in inner for place in ((*path, key), *places(below, (*path, key)))]


def replaced(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    copied = copy.deepcopy(document)
    target = copied
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return copied


@pytest.mark.parametrize("kind", EVERY)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_value_in_any_place_breaks_the_reader(kind: str, data: st.DataObject) -> None:
    document = yaml.safe_load(export_manifest(data.draw(EVERY[kind]), secrets=True))
    for path in data.draw(st.lists(st.sampled_from(places(document)), min_size=5, max_size=5)):
        odd = replaced(document, path, data.draw(st.sampled_from(ODD)))
        report = parse_manifests(json.dumps(odd), runtime="simulator")
        assert report.ok or report.errors
        assert all(str(found).isprintable() for found in (*report.errors, *report.warnings))
