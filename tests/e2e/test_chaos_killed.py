"""`kill -9` of the server in the middle of an experiment, and a game day by the shell: over the real parts."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Thread

import pytest

from tests.e2e.product import Product
from tests.polling import until

pytestmark = pytest.mark.timeout(180)


def _broken(product: Product, kind: str) -> None:
    asked = product.tool("simulate_failure", app="web", kind=kind, seconds=900, ready_below=0)
    assert asked["approval"], asked["summary"]
    # The yes would wait for the experiment's end; what counts here is that it runs.
    Thread(target=product.try_to_approve, args=(asked["approval"],), daemon=True).start()
    until(lambda: product.tool("experiments")["data"]["running"])


def test_what_was_broken_when_the_server_was_killed_is_whole_after_the_next_start(on_simulator: Product) -> None:
    on_simulator.start()
    assert on_simulator.ask("deploy 2 nginx containers named web")["ok"]
    _broken(on_simulator, "image_pull")
    until(lambda: "kubelite-no-such-tag" in str(on_simulator.state()))
    on_simulator.end(signal.SIGKILL)

    on_simulator.start()
    until(lambda: on_simulator.tool("experiments")["data"]["running"] == [])
    assert "cut short" in on_simulator.tool("experiments")["summary"]
    until(lambda: on_simulator.app("web")["status"] == "Running")
    app = on_simulator.app("web")
    assert (app["image"], app["replicas"]["ready"]) == ("nginx", 2)


def test_a_game_day_by_the_shell_ends_in_a_report(on_simulator: Product, tmp_path: Path) -> None:
    on_simulator.start()
    assert on_simulator.ask("deploy 2 nginx containers named web")["ok"]
    asked = on_simulator.command("gameday", "web", "--kind", "pause")
    assert asked.returncode == 1
    assert "Run a game day on web" in asked.stdout
    written = tmp_path / "report.md"
    done = on_simulator.command("gameday", "web", "--kind", "pause", "--yes", "--export", str(written))
    assert done.returncode == 0, done.stderr
    report = written.read_text(encoding="utf-8")
    assert "**Resilience score: 100 of 100.**" in report
    assert "| pause | recovered |" in report
