"""The HTTP side of the real server: who gets in, what is refused, and the shapes of the answers."""

from __future__ import annotations

import asyncio
import json
import re
import select
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.web.conftest import Site


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=20) as client:
        yield client


def ask(client: httpx.Client, site: Site, text: str) -> dict[str, Any]:
    answer = client.post("/api/ask", headers=site.bearer, json={"text": text})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def cookie_of(role: str) -> dict[str, str]:
    """A login cookie as this server signs it, for another role."""
    claims = {"identifier": "eve", "display_name": None, "metadata": {"role": role}, "exp": 4_000_000_000}
    token = jwt.encode(claims, "a-secret-of-the-tests-0123456789abcdef", algorithm="HS256")
    return {"Cookie": f"access_token={token}"}


@pytest.mark.parametrize("path", ["/api/state", "/api/events", "/api/approvals/x"])
def test_everything_under_api_needs_a_login(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert "login link" in answer.json()["error"]


def test_a_wrong_bearer_is_refused_even_beside_a_good_cookie(client: httpx.Client) -> None:
    answer = client.get("/api/state", headers={"Authorization": "Bearer wrong", **cookie_of("admin")})
    assert answer.status_code == 401


def test_a_forged_cookie_is_refused(client: httpx.Client) -> None:
    forged = jwt.encode({"identifier": "admin", "metadata": {"role": "admin"}, "exp": 4_000_000_000}, "x" * 32)
    assert client.get("/api/state", headers={"Cookie": f"access_token={forged}"}).status_code == 401


def test_the_login_link_sets_a_cookie_that_opens_the_api(client: httpx.Client, site: Site) -> None:
    entered = client.get(site.link)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/api/state").status_code == 200


def test_a_wrong_link_says_where_the_right_one_is(client: httpx.Client) -> None:
    answer = client.get("/enter?token=wrong")
    assert answer.status_code == 403
    assert "kubelite doctor" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_link_does_not_work_as_an_image(client: httpx.Client, site: Site) -> None:
    answer = client.get(site.link, headers={"Sec-Fetch-Dest": "image"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_no_token_and_no_secret_is_in_the_log(client: httpx.Client, site: Site) -> None:
    client.get(site.link)
    client.get("/api/state", headers=site.bearer)
    assert '"GET /enter' in site.log
    assert site.token not in site.log
    assert "a-secret-of-the-tests" not in site.log


def test_state_is_the_board_with_what_waits_the_mode_and_the_model(client: httpx.Client, site: Site) -> None:
    ask(client, site, "deploy 2 statey")
    state = client.get("/api/state", headers=site.bearer).json()
    assert state["runtimes"][0]["name"] == "simulator"
    app = next(app for app in state["apps"] if app["name"] == "statey")
    assert app["replicas"] == {"desired": 2, "ready": 2, "total": 2}
    assert (state["mode"], state["model"]) == ("ask", "rules")
    assert isinstance(state["pending"], list)


def test_ask_answers_the_outer_contract(client: httpx.Client, site: Site) -> None:
    body = ask(client, site, "deploy 1 contract")
    assert body["reply"].startswith("Done: **contract** runs with 1 of 1 replicas ready")
    assert body["actions"] == [{"action": "deploy", "app": "contract", "replicas": 1}]
    assert body["approvals"] == []
    assert body["model"] == "rules"


def test_an_approval_is_read_and_decided_once(client: httpx.Client, site: Site) -> None:
    ask(client, site, "deploy 1 once")
    asked = ask(client, site, "delete once")
    [approval] = asked["approvals"]
    path = f"/api/approvals/{approval['id']}"
    read = client.get(path, headers=site.bearer).json()
    assert (read["state"], read["verb"], read["sentence"]) == ("pending", "Delete once", "delete once")
    waiting = client.get("/api/state", headers=site.bearer).json()["pending"]
    assert approval["id"] in [row["id"] for row in waiting]

    assert client.post(path, headers=site.bearer, json={"decision": "maybe"}).status_code == 422
    viewer = client.post(path, headers=cookie_of("viewer"), json={"decision": "approve"})
    assert (viewer.status_code, "viewer" in viewer.json()["error"]) == (403, True)
    done = client.post(path, headers=site.bearer, json={"decision": "approve"}).json()
    assert (done["state"], done["decided_by"]) == ("done", "admin")
    assert done["answer"]["reply"] == "Done: **once** is gone."
    again = client.post(path, headers=site.bearer, json={"decision": "reject"})
    assert again.status_code == 409


async def test_decisions_at_once_run_the_call_once(client: httpx.Client, site: Site) -> None:
    ask(client, site, "deploy 1 race")
    [approval] = ask(client, site, "delete race")["approvals"]
    path = f"/api/approvals/{approval['id']}"
    answers = await asyncio.gather(*(site.post(path, decision="approve") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


def test_an_unknown_approval_is_404_with_a_sentence(client: httpx.Client, site: Site) -> None:
    answer = client.get("/api/approvals/nope", headers=site.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no approval 'nope'."})


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_api_path_is_a_404_and_not_the_page(client: httpx.Client, site: Site, method: str) -> None:
    answer = client.request(method, "/api/stat", headers=site.bearer)
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is no /api/stat."}


def test_a_foreign_host_is_misdirected(client: httpx.Client, site: Site) -> None:
    for path in ("/", "/api/state", "/enter?token=x", "/public/theme.json", "/healthz"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 421, path
    assert client.get("/healthz", headers={"Host": f"localhost:{site.port}"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "box.example"}).status_code == 200


@pytest.mark.parametrize("path", ["/api/ask", "/login", "/logout", "/project/action", "/project/file"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:1"])
def test_a_foreign_origin_changes_nothing(client: httpx.Client, site: Site, path: str, origin: str) -> None:
    answer = client.post(path, headers={**site.bearer, "Origin": origin}, json={"text": "deploy 1 foreign"})
    assert answer.status_code == 403
    assert "foreign" not in (site.home / "apps.json").read_text(encoding="utf-8")


def test_a_cross_site_request_without_origin_changes_nothing(client: httpx.Client, site: Site) -> None:
    headers = {**site.bearer, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/ask", headers=headers, json={"text": "hi"}).status_code == 403


def test_the_own_origin_and_a_configured_one_may(client: httpx.Client, site: Site) -> None:
    for headers in ({"Origin": site.url}, {"Origin": "https://box.example", "Host": "box.example"}):
        answer = client.post("/api/ask", headers={**site.bearer, **headers}, json={"text": "hi"})
        assert answer.status_code == 200, headers


async def handshake(site: Site, **headers: str) -> int:
    """The status of a websocket handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    lines = {
        "Host": f"127.0.0.1:{site.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    request = "GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    writer.write((request + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode())
    status = (await reader.readline()).split()[1]
    writer.close()
    await writer.wait_closed()
    return int(status)


async def test_the_websocket_takes_the_own_origin_only(site: Site) -> None:
    assert await handshake(site, Origin=site.url) == 101
    assert await handshake(site, Origin="https://evil.example") == 403
    assert await handshake(site, Origin="http://127.0.0.1:1") == 403
    assert await handshake(site, Host="evil.example", Origin="http://evil.example") == 421


def test_a_large_body_is_refused_with_and_without_a_length(client: httpx.Client, site: Site) -> None:
    body = json.dumps({"text": "x" * (2 * 1024 * 1024)}).encode()
    headers = {**site.bearer, "Content-Type": "application/json"}
    assert client.post("/api/ask", headers=headers, content=body).status_code == 413
    chunks = (body[start : start + 65536] for start in range(0, len(body), 65536))
    assert client.post("/api/ask", headers=headers, content=chunks).status_code == 413


def test_a_chunked_body_within_the_limit_is_read(client: httpx.Client, site: Site) -> None:
    headers = {**site.bearer, "Content-Type": "application/json"}
    answer = client.post("/api/ask", headers=headers, content=iter([b'{"text":', b' "hello"}']))
    assert answer.json()["reply"].startswith("You said: hello.")


def test_a_bad_body_names_the_field(client: httpx.Client, site: Site) -> None:
    answer = client.post("/api/ask", headers=site.bearer, json={"txt": "hi"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("text: ")


def test_the_page_names_no_public_host_and_allows_none(client: httpx.Client) -> None:
    answer = client.get("/")
    assert re.findall(r"https?://[^\s\"']+", answer.text) == []
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'unsafe-eval' 'sha256-" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in client.get("/", headers={"Origin": "https://evil.example"}).headers


def test_ready_names_the_reason_when_it_is_not(client: httpx.Client, site: Site) -> None:
    assert client.get("/readyz").json() == {"ready": True, "store": "ok", "runtime": "ok"}
    (site.home / "broken").touch()
    answer = client.get("/readyz")
    alive = client.get("/healthz")
    (site.home / "broken").unlink()
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": ["the runtime docker does not answer"]}
    assert alive.text == "ok"


def test_who_guesses_tokens_has_to_wait(own_site: Site) -> None:
    with httpx.Client(base_url=own_site.url) as client:
        for _ in range(10):
            assert client.get("/api/state", headers={"Authorization": "Bearer no"}).status_code == 401
        slowed = client.get("/api/state", headers=own_site.bearer)
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200


def test_a_reader_who_leaves_while_the_page_loads_is_no_bug_of_ours(own_site: Site) -> None:
    path = "/public/kubelite/main.js"
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{own_site.port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    for tenths in range(50):
        with socket.create_connection(("127.0.0.1", own_site.port)) as reader:
            reader.sendall(request)
            select.select([reader], [], [], tenths / 10_000)  # leaves at every moment of the answer
    assert httpx.get(own_site.url + path).status_code == 200  # comes after them
    assert "Traceback" not in own_site.log


def test_metrics_count_apps_replicas_and_events(client: httpx.Client, site: Site) -> None:
    ask(client, site, "deploy 2 metered")
    text = client.get("/metrics").text
    assert re.search(r'^kubelite_apps\{status="Running"\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^kubelite_replicas\{state="ready"\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^kubelite_events\{reason="Scaled",type="Normal"\} [1-9]', text, re.MULTILINE)
    assert "kubelite_up 1.0" in text


async def test_events_are_streamed_and_the_server_stops_while_somebody_listens(own_site: Site) -> None:
    client = httpx.AsyncClient(base_url=own_site.url, headers=own_site.bearer, timeout=20)
    async with client, client.stream("GET", "/api/events") as stream:
        lines = stream.aiter_lines()
        await own_site.post("/api/ask", text="deploy 1 streamed")
        data = json.loads((await first(lines, "data: ")).removeprefix("data: "))
        assert (data["app"], data["reason"], data["id"]) == ("streamed", "Scaled", 1)
        assert await asyncio.to_thread(own_site.stop) in (0, -15)


async def first(lines: AsyncIterator[str], start: str) -> str:
    async for line in lines:
        if line.startswith(start):
            return line
    raise AssertionError(f"the stream ended without a line that starts with {start!r}")
