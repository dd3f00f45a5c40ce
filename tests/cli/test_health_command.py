"""`kubelite health`, without a server."""

from __future__ import annotations

import json

from tests.cli.conftest import Kubelite


def test_health_of_all_and_of_one(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy 2 nginx containers")
    result = json.loads(kubelite("health", "--json").out)
    assert result["data"]["verdict"] in ("HEALTHY", "UNHEALTHY")
    assert [one["app"] for one in result["data"]["apps"]] == ["nginx"]
    one = kubelite("health", "nginx").out
    assert "2 of 2 ready" in one
    assert "no forecast" in one


def test_health_of_an_unknown_app(kubelite: Kubelite) -> None:
    result = kubelite("health", "nope")
    assert result.code == 1
    assert "nope" in result.err
