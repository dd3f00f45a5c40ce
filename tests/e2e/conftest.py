"""The product on a real Docker Engine, and on the simulator; each with a data directory of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker_engine import remove_containers
from tests.e2e.product import Product


@pytest.fixture
def on_docker(docker_images: str, tmp_path: Path) -> Iterator[Product]:
    """Not started yet. `auto` must choose Docker by itself."""
    product = Product(tmp_path / "home", {"DOCKER_HOST": docker_images})
    yield from _cleaned(product)
    instance = tmp_path / "home" / "instance"
    if instance.exists():
        remove_containers(docker_images, instance.read_text().strip())


@pytest.fixture
def on_simulator(tmp_path: Path) -> Iterator[Product]:
    """Not started yet."""
    yield from _cleaned(Product(tmp_path / "home", {"KUBELITE_RUNTIME": "simulator"}))


def _cleaned(product: Product) -> Iterator[Product]:
    yield product
    if product.process is not None:
        product.end(signal.SIGKILL)
    if product.home.parent.joinpath("serve.log").exists():
        assert "Traceback" not in product.log
