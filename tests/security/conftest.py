"""One real server (simulator) for all tests that attack over HTTP. What they do must leave no traceback in its log."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.e2e.product import Product

SECRET = "hunter2-very-secret"
VAULT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: vault}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: vault}}}}
  template:
    metadata: {{labels: {{app: vault}}}}
    spec:
      containers:
      - name: vault
        image: nginx
        env:
        - {{name: DB_PASSWORD, value: "{SECRET}"}}
        - {{name: DATABASE, value: "postgres://me:{SECRET}@db/shop"}}
"""


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Serves, with the app `vault` that has secrets in its environment."""
    served = Product(tmp_path_factory.mktemp("attacked") / "home", {"KUBELITE_RUNTIME": "simulator"})
    served.start()
    with server(served) as client:
        applied = client.post("/api/tools/apply_manifest", headers=bearer(served), json={"arguments": {"yaml": VAULT}})
        assert applied.json()["ok"], applied.text
    yield served
    served.end(signal.SIGTERM)
    assert "Traceback" not in served.log


@pytest.fixture
def client(product: Product) -> Iterator[httpx.Client]:
    """Not logged in."""
    with server(product) as client:
        yield client


def server(product: Product) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{product.port}", timeout=30, trust_env=False)


def bearer(product: Product) -> dict[str, str]:
    return {"Authorization": f"Bearer {(product.home / 'token').read_text().strip()}"}


def cookie(product: Product, claims: dict[str, Any]) -> dict[str, str]:
    """A login cookie as this server signs it."""
    secret = (product.home / "auth_secret").read_text().strip()
    return {"Cookie": f"access_token={jwt.encode(claims, secret, algorithm='HS256')}"}


def role(product: Product, role: str, user: str = "eve") -> dict[str, str]:
    metadata = {"role": role}
    claims = {"identifier": user, "display_name": None, "metadata": metadata, "exp": 4_000_000_000}
    return cookie(product, claims)
