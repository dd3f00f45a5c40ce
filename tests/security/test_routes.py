"""What the server answers to paths and requests that nobody sends by mistake."""

from __future__ import annotations

import httpx
import pytest

from app.web.closed import PATHS
from tests.e2e.product import Product
from tests.security.conftest import bearer, role


@pytest.mark.parametrize("path", PATHS)
def test_what_chainlit_could_do_and_nothing_uses_is_closed(client: httpx.Client, product: Product, path: str) -> None:
    body = {"sessionId": "x", "clientType": "stdio", "name": "x", "fullCommand": "touch pwned"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.request(method, path.replace("{rest:path}", "x"), headers=role(product, "admin"), json=body)
        assert (answer.status_code, answer.json()) == (404, {"error": "KubeLite does not have this."}), method


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/user"),
        ("POST", "/project/threads"),
        ("GET", "/project/thread/x"),
        ("PUT", "/project/thread"),
        ("DELETE", "/project/thread"),
        ("GET", "/project/thread/x/element/y"),
        ("GET", "/project/file/x?session_id=x"),
        ("POST", "/project/file?session_id=x"),
        ("GET", "/project/settings"),
    ],
)
def test_what_is_open_of_chainlit_needs_the_login(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path, json={"threadId": "x"}).status_code == 401


def test_a_chat_that_is_not_there_is_not_found(client: httpx.Client, product: Product) -> None:
    admin = role(product, "admin", "admin")
    for method, path in (("GET", "/project/thread/x"), ("GET", "/project/thread/x/element/y")):
        assert client.request(method, path, headers=admin).status_code == 404, path
    assert client.request("DELETE", "/project/thread", headers=admin, json={"threadId": "x"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/public/../../token",
        "/public/%2e%2e/%2e%2e/token",
        "/public/..%2f..%2ftoken",
        "/public/....//token",
        "/public//etc/passwd",
        "/public/elements/..%5c..%5ctoken",
        "/public/%2e%2e%2f.chainlit/config.toml",
        "/assets/..%2f..%2f..%2fserver.py",
        "/avatars/..%2f..%2ftoken",
        "/logo?theme=../../token",
        "/project/translations?language=../../../token",
        "/project/file/..%2f..%2ftoken?session_id=..%2f",
        "/%00",
    ],
)
def test_no_path_leads_out_of_the_public_directory(client: httpx.Client, product: Product, path: str) -> None:
    request = httpx.Request("GET", client.base_url.copy_with(raw_path=path.encode()), headers=role(product, "admin"))
    answer = client.send(request)
    secrets = [(product.home / name).read_text().strip() for name in ("token", "auth_secret")]
    for word in (*secrets, "root:x:", "[features]", "import "):
        assert word not in answer.text
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ["/", "/api/state", "/public/kubelite/main.js", "/dashboard", "/login", "/healthz"])
def test_every_answer_carries_the_headers(client: httpx.Client, product: Product, path: str) -> None:
    headers = client.get(path, headers=role(product, "viewer")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


FORGED = ("/api/ask", "/api/tools/scale", "/api/approvals/x")
TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")


@pytest.mark.parametrize("path", FORGED)
@pytest.mark.parametrize("kind", TYPES)
def test_a_form_of_another_site_is_no_json(client: httpx.Client, product: Product, path: str, kind: str) -> None:
    """What a foreign page can send without asking first, even if a browser forgot to say where it is from."""
    body = b'{"text": "scale vault to 7", "arguments": {"app": "vault", "replicas": 7}, "decision": "approve"}'
    headers = {**role(product, "admin"), "Content-Type": kind}
    assert client.post(path, headers=headers, content=body).status_code == 422


@pytest.mark.parametrize("path", FORGED[1:])
def test_a_foreign_origin_reaches_no_tool_and_no_approval(client: httpx.Client, product: Product, path: str) -> None:
    for headers in ({"Origin": "http://127.0.0.1:32768"}, {"Sec-Fetch-Site": "same-site"}):
        answer = client.post(path, headers={**bearer(product), **headers}, json={"decision": "approve"})
        assert answer.status_code == 403
