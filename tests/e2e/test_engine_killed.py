"""The container engine itself is killed and comes back: nothing is concluded from its silence, nothing doubles."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.behind import Behind
from tests.e2e.product import Product
from tests.own_engine import OwnEngine
from tests.polling import until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

MANIFEST = Path(__file__).parent / "manifests" / "drift.yaml"


@pytest.fixture
def product(own_engine: OwnEngine, tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "home", {"DOCKER_HOST": own_engine.docker_host})
    product.start()
    yield product
    product.end(signal.SIGKILL)
    assert "Traceback" not in product.log, product.log


def test_apps_come_back_with_the_engine_and_nothing_doubles(own_engine: OwnEngine, product: Product) -> None:
    assert product.tool("apply_manifest", yaml=MANIFEST.read_text(encoding="utf-8"))["ok"]
    behind = Behind(product)

    own_engine.end(signal.SIGKILL)
    until(lambda: product.app("drift")["status"] == "Unknown", 20)
    # Said with the way out, once a new connection is tried; of the replicas only what was seen last.
    until(lambda: "does not answer: nobody listens on" in product.app("drift")["reason"], 20)
    assert "start Docker" in product.app("drift")["reason"]
    [runtime] = [one for one in product.state()["runtimes"] if one["name"] == "docker"]
    assert runtime["reachable"] is False
    assert "docker does not answer" in product.tool("describe", app="drift")["summary"]
    assert product.app("drift")["restarts"] == 0
    # A wish that is made meanwhile is kept, and said to be open.
    assert "Unknown" in product.tool("scale", app="drift", replicas=7)["summary"]

    own_engine.start()
    until(lambda: product.app("drift")["status"] == "Running")
    assert product.app("drift")["replicas"] == {"desired": 7, "ready": 7, "total": 7}
    assert product.app("drift")["revision"] == 1
    assert len(behind.listed("drift", "running")) == 7
    assert sorted(behind.of("drift")) == list(range(7)), "one of each slot"
    assert len(behind.listed("drift")) <= 14, "of what ended, the newest body of each slot at most"
