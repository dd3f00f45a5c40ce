"""The API's client: what refusals mean, what is tried again, what never is, and that nobody sees the key."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.runtimes.nosana.client import ManagerClient, read
from app.runtimes.nosana.wire import Deployment
from tests.clock import LoopClock
from tests.nosana.server import transport
from tests.nosana.world import KEY, NosanaWorld
from tests.runtimes.nosana_kit import ROOT, opened, request

pytestmark = pytest.mark.looptime

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler) -> ManagerClient:
    return ManagerClient("http://manager.test/api/", KEY, LoopClock(), httpx.MockTransport(handler))


def answering(status: int, body: Any = None, **headers: str) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers=named)
        return httpx.Response(status, json=body, headers=named)

    return handler


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (401, "Unauthorized, missing or invalid headers", Permanent, "Unauthorized"),
        (401, {"message": "Unauthorized"}, Permanent, "Unauthorized"),
        (401, {"error": "Unauthorized"}, Permanent, "Unauthorized"),
        (403, {"error": "Forbidden"}, Permanent, "Unauthorized"),
        (400, {"error": "Bad Request"}, Permanent, "InvalidConfig"),
        (400, {"statusCode": 400, "code": "FST_ERR_VALIDATION", "message": "body/x"}, Permanent, "InvalidConfig"),
        (402, {"error": "Insufficient credits"}, Permanent, "InsufficientFunds"),
        (500, {"error": "Deployment is in the incorrect state."}, Permanent, "WrongState"),
        (500, {"error": "Cannot modify an archived deployment."}, Permanent, "Archived"),
        (404, {"error": "Deployment not found."}, Permanent, "NotFound"),
        (404, {"message": "Route GET:/x not found", "error": "Not Found", "statusCode": 404}, Permanent, "NotFound"),
        (413, {"code": "FST_ERR_CTP_BODY_TOO_LARGE"}, Permanent, "InvalidConfig"),
        (301, "", Permanent, "WrongAddress"),
        (500, {"error": "Internal Server Error"}, Transient, "ServerError"),
        (502, "<html>Bad Gateway</html>", Transient, "ServerError"),
        (429, {"error": "slow down"}, Transient, "TooManyRequests"),
        (200, "<html>a login page</html>", Unreachable, "WrongAddress"),
    ],
)
async def test_what_a_refusal_means(status: int, body: Any, kind: type[PortError], reason: str) -> None:
    client = client_of(answering(status, body))
    with pytest.raises(PortError) as raised:
        await client.send("POST", "/deployments/x/stop")
    assert (type(raised.value), raised.value.reason) == (kind, reason)
    assert "<html>" not in str(raised.value)


async def test_the_address_to_make_a_new_key_is_told() -> None:
    with pytest.raises(Permanent, match=r"https://deploy\.nosana\.com .*NOSANA_API_KEY"):
        await client_of(answering(401, "Unauthorized")).get("/deployments")


@pytest.mark.parametrize(("status", "body"), [(500, {"error": "oops"}), (503, ""), (429, {"error": "later"})])
async def test_a_read_is_tried_three_times_and_a_write_once(status: int, body: Any) -> None:
    asked: list[str] = []

    def handler(sent: httpx.Request) -> httpx.Response:
        asked.append(sent.method)
        return answering(status, body)(sent)

    client = client_of(handler)
    with pytest.raises(Transient):
        await client.get("/deployments")
    with pytest.raises(Transient):
        await client.send("POST", "/deployments/create", {})
    assert asked == ["GET", "GET", "GET", "POST"]


@pytest.mark.parametrize("body", [{"error": "Deployment is in the incorrect state."}, {"error": "Not found"}])
async def test_what_is_final_is_not_tried_again(body: Any) -> None:
    asked = 0

    def handler(sent: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return answering(500 if "state" in body["error"] else 404, body)(sent)

    with pytest.raises(Permanent):
        await client_of(handler).get("/deployments/x")
    assert asked == 1


async def test_a_short_wait_is_kept_and_a_long_one_is_handed_on() -> None:
    clock, waits = LoopClock(), iter(["3", "3600"])

    def handler(_: httpx.Request) -> httpx.Response:
        wait = next(waits, None)
        return httpx.Response(429, headers={"Retry-After": wait}) if wait else httpx.Response(200, json={})

    client, begun = client_of(handler), clock.now()
    with pytest.raises(Transient) as raised:
        await client.get("/deployments")
    assert clock.now() - begun == pytest.approx(3.0)
    assert raised.value.retry_after == 3600


@pytest.mark.parametrize(
    ("error", "of_a_read", "of_a_write"),
    [
        (httpx.ConnectError("no"), Unreachable, Unreachable),
        (httpx.ConnectTimeout("no"), Unreachable, Unreachable),
        (httpx.ReadTimeout("no"), Unreachable, Transient),
        (httpx.RemoteProtocolError("no"), Unreachable, Transient),
        (httpx.ReadError("no"), Unreachable, Transient),
    ],
)
async def test_silence(error: Exception, of_a_read: type[PortError], of_a_write: type[PortError]) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    client = client_of(handler)
    with pytest.raises(PortError) as read_error:
        await client.get("/deployments")
    with pytest.raises(PortError) as write_error:
        await client.send("POST", "/deployments/create", {})
    assert (type(read_error.value), type(write_error.value)) == (of_a_read, of_a_write)


async def test_a_post_without_a_body_has_no_content_type() -> None:
    seen: list[httpx.Request] = []

    def handler(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        return httpx.Response(200, json={"status": "STOPPING"})

    client = client_of(handler)
    await client.send("POST", "/deployments/x/stop")
    await client.send("PATCH", "/deployments/x/update-replica-count", {"replicas": 2})
    bare, full = seen
    assert "content-type" not in bare.headers
    assert bare.content == b""
    assert full.headers["content-type"] == "application/json"
    assert str(bare.url) == "http://manager.test/api/deployments/x/stop"
    assert bare.headers["authorization"] == f"Bearer {KEY}"


async def test_pages_follow_the_cursor_to_the_end() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        await runtime.create_set(request(replicas=23))
        await LoopClock().sleep(5)
        client = ManagerClient(f"{ROOT}/api", KEY, LoopClock(), transport(world))
        deployment = world.deployments[0].id
        pages = [page async for page in client.pages(f"/deployments/{deployment}/jobs", "jobs", {"limit": "10"})]
        assert [len(page) for page in pages] == [10, 10, 3]
        assert len({job["job"] for page in pages for job in page}) == 23


async def test_a_cursor_that_is_refused_begins_the_list_again() -> None:
    calls: list[str | None] = []

    def handler(sent: httpx.Request) -> httpx.Response:
        cursor = sent.url.params.get("cursor")
        calls.append(cursor)
        if cursor == "bad":
            return httpx.Response(500, json={"error": "Internal Server Error"})
        following = {None: "bad" if len(calls) == 1 else "good", "good": None}[cursor]
        return httpx.Response(200, json={"jobs": [cursor], "pagination": {"cursor_next": following}})

    assert await client_of(handler).everything("/x", "jobs") == [None, "good"]
    assert calls == [None, "bad", None, "good"]


async def test_a_list_that_never_ends_is_left() -> None:
    def handler(sent: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"jobs": [1], "pagination": {"cursor_next": "same"}})

    assert await client_of(handler).everything("/x", "jobs") == [1, 1]


def test_a_reply_that_cannot_be_read_names_the_field_and_no_value() -> None:
    value = "2retnuh"[::-1]  # not as it stands in this line, which a traceback quotes
    with pytest.raises(Transient, match="created_at") as raised:
        read(Deployment, {"id": "x", "created_at": value}, "a deployment")
    assert value not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("key", ["", "two words", "line\nend", "nös_x"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(Permanent, match="NOSANA_API_KEY") as raised:
        ManagerClient(ROOT, key, LoopClock())
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize("refusal", ["text", "message", "error"])
async def test_nobody_sees_the_key(refusal: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not in what is raised, logged or printed, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    world = NosanaWorld(LoopClock().now)
    world.quirks.refusal = refusal
    async with opened(world) as runtime:
        await runtime.create_set(request())
        world.revoke()
        said = [
            repr(runtime),
            str(vars(runtime)),
            str([vars(part) for part in vars(runtime).values() if hasattr(part, "__dict__")]),
        ]
        for call in (runtime.check, runtime.list_sets, runtime.balance, lambda: runtime.create_set(request())):
            with pytest.raises(PortError) as raised:
                await call()
            said += traceback.format_exception(raised.value)
            assert raised.value.reason == "Unauthorized"
        world.faults.drop_before("* /api/*", times=None)
        with pytest.raises(PortError) as raised:
            await runtime.balance()
        said += traceback.format_exception(raised.value)
    assert KEY not in "".join(said)
    assert KEY not in caplog.text


async def test_a_revoked_key_means_that_nothing_is_known_not_that_nothing_is_there() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        await runtime.create_set(request())
        world.revoke()
        with pytest.raises(Unreachable, match="does not accept the API key"):
            await runtime.list_sets()
        with pytest.raises(Permanent):
            await runtime.balance()


async def test_the_key_goes_to_the_manager_only() -> None:
    """Not to hosts, not to the replicas, not to whom a redirect points."""
    world, seen = NosanaWorld(LoopClock().now), set[tuple[str, bool]]()
    inner = transport(world)

    class Spy(httpx.AsyncBaseTransport):
        async def handle_async_request(self, sent: httpx.Request) -> httpx.Response:
            seen.add((sent.url.path.split("/")[1], KEY in str(sent.headers.raw)))
            return await inner.handle_async_request(sent)

    async with opened(world, through=Spy()) as runtime:
        wish = request(replicas=1)
        await runtime.create_set(wish)
        for _ in range(20):
            await LoopClock().sleep(3)
            (one,) = await runtime.list_sets()
        await runtime.stats([pod.id for pod in one.pods])
        await runtime.markets()
    assert seen == {("api", True), ("node", False), ("endpoint", False), ("host-manager", False)}
