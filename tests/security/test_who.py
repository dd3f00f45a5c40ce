"""Who may do what: cookies that are no login, and a person who may only look."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import jwt
import pytest

from tests.e2e.product import Product
from tests.security.conftest import SECRET, bearer, cookie, role, server

LATE = 4_000_000_000
GOOD: dict[str, Any] = {"identifier": "eve", "display_name": None, "metadata": {"role": "admin"}, "exp": LATE}


@pytest.mark.parametrize(
    "claims",
    [
        {**GOOD, "exp": 1},
        {key: value for key, value in GOOD.items() if key != "exp"},
        {**GOOD, "identifier": None},
        {**GOOD, "identifier": {"a": 1}},
        {**GOOD, "metadata": "admin"},
        {"exp": LATE},
    ],
)
def test_a_signed_cookie_that_is_old_or_odd_is_no_login(
    client: httpx.Client, product: Product, claims: dict[str, Any]
) -> None:
    answer = client.get("/api/state", headers=cookie(product, claims))
    assert (answer.status_code, "Not logged in" in answer.json()["error"]) == (401, True)


@pytest.mark.parametrize("role", [None, "ADMIN", "root", {"a": 1}, ["admin"]])
def test_a_role_that_does_not_exist_may_only_look(client: httpx.Client, product: Product, role: object) -> None:
    headers = cookie(product, {**GOOD, "metadata": {"role": role}})
    assert client.get("/api/state", headers=headers).status_code == 200
    answer = client.post("/api/tools/scale", headers=headers, json={"arguments": {"app": "vault", "replicas": 3}})
    assert "may only look" in answer.json()["summary"]


def test_an_unsigned_cookie_is_no_login(client: httpx.Client) -> None:
    unsigned = jwt.encode(GOOD, "", algorithm="none")
    assert client.get("/api/state", headers={"Cookie": f"access_token={unsigned}"}).status_code == 401


@pytest.mark.parametrize("header", [b"Bearer \xff\xfe", b"Bearer", b"Basic YWRtaW46", b"\xe9"])
def test_odd_authorization_is_no_login(client: httpx.Client, header: bytes) -> None:
    assert client.get("/api/state", headers={b"Authorization": header}).status_code == 401


CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("deploy", {"image": "nginx", "name": "smuggled"}),
    ("scale", {"app": "vault", "replicas": 0}),
    ("restart", {"app": "vault"}),
    ("delete", {"apps": ["vault"]}),
    ("apply_manifest", {"yaml": "apiVersion: v1\nkind: Deployment\n"}),
)


@pytest.mark.parametrize(("tool", "arguments"), CHANGES)
def test_a_viewer_changes_nothing_by_a_tool(
    client: httpx.Client, product: Product, tool: str, arguments: dict[str, Any]
) -> None:
    answer = client.post(f"/api/tools/{tool}", headers=role(product, "viewer"), json={"arguments": arguments})
    assert answer.json()["ok"] is False
    assert answer.json()["approval"] is None
    assert (product.app("vault")["replicas"]["desired"], product.app("vault")["revision"]) == (1, 1)


@pytest.mark.parametrize("sentence", ["scale vault to 5", "delete vault", "stop everything", "yes"])
def test_a_viewer_changes_nothing_by_a_sentence(client: httpx.Client, product: Product, sentence: str) -> None:
    body = {"text": sentence, "conversation": "of-eve"}
    answer = client.post("/api/ask", headers=role(product, "viewer"), json=body).json()
    assert answer["approvals"] == []
    assert product.app("vault")["replicas"]["desired"] == 1


def parked(product: Product, app: str) -> str:
    """The id of an approval that the admin asked for, in a conversation called like the app."""
    with server(product) as client:
        body = {"text": f"delete {app}", "conversation": app}
        [approval] = client.post("/api/ask", headers=bearer(product), json=body).json()["approvals"]
        return str(approval["id"])


def test_a_viewer_neither_grants_nor_rejects_nor_types_yes(client: httpx.Client, product: Product) -> None:
    path = f"/api/approvals/{parked(product, 'vault')}"
    viewer = role(product, "viewer")
    for decision in ("approve", "reject"):
        assert client.post(path, headers=viewer, json={"decision": decision}).status_code == 403
    for word in ("yes", "no"):
        client.post("/api/ask", headers=viewer, json={"text": word, "conversation": "vault"})
    assert client.get(path, headers=viewer).json()["state"] == "pending"
    assert (
        client.post(path, headers=role(product, "operator"), json={"decision": "reject"}).json()["state"] == "rejected"
    )


def test_a_viewer_gets_the_text_of_an_export_and_not_its_secrets(client: httpx.Client, product: Product) -> None:
    body = {"arguments": {"app": "vault"}}
    whole = client.post("/api/tools/export_manifest", headers=bearer(product), json=body)
    assert SECRET in whole.json()["data"]["yaml"]
    seen = client.post("/api/tools/export_manifest", headers=role(product, "viewer"), json=body)
    assert "(hidden)" in seen.json()["summary"]
    assert SECRET not in seen.text


async def test_of_six_decisions_at_once_exactly_one_counts(product: Product) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{product.port}", headers=bearer(product)) as client:
        arguments = {"image": "redis", "name": "raced"}
        await client.post("/api/tools/deploy", json={"arguments": arguments}, timeout=30)
        path = f"/api/approvals/{await asyncio.to_thread(parked, product, 'raced')}"
        said = ["approve", "reject"] * 3  # which one arrives first is not known; that only one counts is
        answers = await asyncio.gather(*(client.post(path, json={"decision": word}) for word in said))
        state = (await client.get(path)).json()["state"]
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}
    assert state in ("done", "rejected")
