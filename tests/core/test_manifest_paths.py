"""Paths of the host as text, and the setting that says which of them may be mounted."""

from __future__ import annotations

import pytest

from app.core.manifest.paths import clean, climbs, is_below
from app.settings import Settings


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/a/b", "/a", True),
        ("/a", "/a", True),
        ("/a/", "/a/", True),
        ("//a//b/", "/a", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
        ("/anything", "/", True),
    ],
)
def test_a_path_below_a_root(path: str, root: str, below: bool) -> None:
    assert is_below(path, root) is below


@pytest.mark.parametrize(("path", "up"), [("/a/../b", True), ("..", True), ("/a/..b", False), ("/a/./b", False)])
def test_a_path_that_climbs(path: str, up: bool) -> None:
    assert climbs(path) is up


def test_the_shortest_spelling() -> None:
    assert clean("//a/./b//") == "/a/b"
    assert clean("/") == "/"


@pytest.mark.parametrize(
    ("written", "roots"),
    [("", ()), ("/srv, /etc/app", ("/srv", "/etc/app")), ("srv,/a/../b,,/c/", ("/c",))],
)
def test_only_absolute_directories_of_the_setting_count(written: str, roots: tuple[str, ...]) -> None:
    assert Settings(host_paths=written).host_path_roots == roots
