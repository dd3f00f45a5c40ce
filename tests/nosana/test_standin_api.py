"""The stand-in answers as the real manager was seen to: routes, shapes, errors, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.nosana.driving import Drive, definition, drive
from tests.nosana.names import address, service_label
from tests.nosana.world import KEY


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def test_create_answers_with_a_whole_deployment(d: Drive) -> None:
    reply = await d.api.post("/api/deployments/create", json=d.body(replicas=2))

    made = reply.json()
    assert reply.status_code == 200
    assert made["status"] == "STARTING"
    assert (made["replicas"], made["timeout"], made["strategy"], made["rotation_time"]) == (2, 60, "INFINITE", 20)
    assert made["vault"] == made["owner"] == d.world.owner()
    assert made["created_at"].endswith("Z")
    assert made["active_jobs"] == 0
    label = service_label("web", made["id"], made["vault"])
    assert made["endpoints"] == [{"opId": "web", "port": 80, "url": f"https://{label}.node.k8s.prd.nos.ci"}]
    assert len(label) == 44
    assert not d.world.refused


async def test_without_autostart_it_stays_a_draft_that_only_start_leaves(d: Drive) -> None:
    name = await d.create(autostart=None)

    for verb in ("stop", "archive"):
        reply = await d.post(f"deployments/{name}/{verb}")
        assert (reply.status_code, reply.json()) == (500, {"error": "Deployment is in the incorrect state."})
    assert (await d.api.delete(f"/api/deployments/{name}")).status_code == 500
    assert (await d.post(f"deployments/{name}/start")).json()["status"] == "STARTING"


@pytest.mark.parametrize(
    "over",
    [
        {"replicas": 0},
        {"replicas": "3"},
        {"timeout": 59},
        {"strategy": "SCHEDULED"},
        {"strategy": "FOREVER"},
        {"strategy": "SCHEDULED", "schedule": "* * * *"},
        {"name": None},
        {"market": None},
        {"vault": "x" * 43, "new_vault": True},
        {"job_definition": {**definition(), "surprise": 1}},
        {"job_definition": definition(env={"PORT": 80})},
    ],
)
async def test_a_bad_create_gets_a_bare_400_and_is_counted(d: Drive, over: dict[str, Any]) -> None:
    reply = await d.api.post("/api/deployments/create", json=d.body(**over))

    assert (reply.status_code, reply.json()) == (400, {"error": "Bad Request"})
    assert len(d.world.refused) == 1
    assert not d.world.deployments


async def test_what_the_real_create_lets_pass(d: Drive) -> None:
    junk = await d.create(market="  not-a-market ")
    await d.create(replicas=1.5)
    await d.create(name="web", startup_timeout=10)

    assert (await d.get(f"deployments/{junk}"))["market"] == "not-a-market"
    assert [field for _, field in d.world.ignored] == ["startup_timeout"]
    assert len(d.world.deployments) == 3


async def test_rotation_needs_room_before_the_timeout(d: Drive) -> None:
    reply = await d.api.post("/api/deployments/create", json=d.body(rotation_time=50))

    assert reply.status_code == 400
    assert reply.json() == {"error": "Rotation time must be at least 10 minutes less than timeout."}
    await d.create(rotation_time=49)


async def test_other_bodies_get_the_validators_400(d: Drive) -> None:
    name = await d.create()

    for route, body in {
        "update-replica-count": {"replicas": -1},
        "update-timeout": {"timeout": 59},
        "update-name": {"name": ""},
        "update-active-revision": {"active_revision": 0},
    }.items():
        reply = await d.patch(f"{name}/{route}", body)
        told = reply.json()
        assert reply.status_code == told["statusCode"] == 400, route
        assert told["code"] == "FST_ERR_VALIDATION"
        assert told["error"] == "Bad Request"
        assert told["message"].startswith("body/")
    assert len(d.world.refused) == 4


async def test_changes_answer_with_their_field_and_a_date(d: Drive) -> None:
    name = await d.create()

    assert (await d.patch(f"{name}/update-name", {"name": "other"})).json().keys() == {"name", "updated_at"}
    assert (await d.patch(f"{name}/update-replica-count", {"replicas": 3})).json()["replicas"] == 3
    assert (await d.patch(f"{name}/update-timeout", {"timeout": 120})).json()["timeout"] == 120
    assert (await d.patch(f"{name}/update-schedule", {"schedule": "0 * * * *"})).status_code == 400
    shown = await d.get(f"deployments/{name}")
    assert (shown["name"], shown["replicas"], shown["timeout"]) == ("other", 3, 120)


async def test_routes_that_only_the_docs_know_do_not_exist(d: Drive) -> None:
    name = await d.create()

    for reply in (
        await d.patch(f"{name}/update-replicas", {"replicas": 2}),
        await d.post(f"deployments/{name}/revisions", {"job_definition": definition()}),
    ):
        assert reply.status_code == 404
        assert reply.json()["error"] == "Not Found"
        assert reply.json()["statusCode"] == 404


async def test_who_may_ask(d: Drive) -> None:
    name = await d.create()
    d.world.new_key("nos_somebody_else")

    async def ask(headers: dict[str, str]) -> tuple[int, str]:
        async with d.api.stream("GET", f"/api/deployments/{name}", headers=headers) as reply:
            return reply.status_code, (await reply.aread()).decode()

    assert await ask({"authorization": ""}) == (401, "Unauthorized, missing or invalid headers")
    assert await ask({"authorization": "Bearer nos_wrong"}) == (401, "Unauthorized")
    assert await ask({"authorization": "Bearer nos_somebody_else"}) == (404, '{"error":"Deployment not found."}')
    assert (await ask({"authorization": f"Bearer {KEY}"}))[0] == 200
    d.world.revoke()
    assert (await ask({"authorization": f"Bearer {KEY}"}))[0] == 401


async def test_bodies_that_the_real_server_stumbles_over(d: Drive) -> None:
    name = await d.create(autostart=None)
    json_type = {"content-type": "application/json"}
    start = f"/api/deployments/{name}/start"

    assert (await d.api.post(start, headers=json_type)).status_code == 500
    broken = await d.api.post("/api/deployments/create", content="{", headers=json_type)
    assert (broken.status_code, broken.json()) == (500, {"error": "Internal Server Error"})
    assert (await d.api.post(start, json={})).status_code == 200
    big = await d.api.post("/api/deployments/create", json=d.body(name="x" * 1_100_000))
    assert (big.status_code, big.json()["code"]) == (413, "FST_ERR_CTP_BODY_TOO_LARGE")
    assert len(d.world.refused) == 3


async def test_pages_go_forth_and_back_and_come_in_four_sizes(d: Drive) -> None:
    for number in range(23):
        await d.create(name=f"app-{number}", autostart=None)
        d.wait(1)

    first = await d.get("deployments")
    second = await d.get("deployments", cursor=first["pagination"]["cursor_next"])
    third = await d.get("deployments", cursor=second["pagination"]["cursor_next"])

    assert first["pagination"]["total_items"] == 23
    assert first["pagination"]["cursor_prev"] is None
    names = [one["name"] for page in (first, second, third) for one in page["deployments"]]
    assert names == [f"app-{number}" for number in range(22, -1, -1)]
    assert third["pagination"]["cursor_next"] is None
    again = await d.get("deployments", cursor=third["pagination"]["cursor_prev"])
    assert again["deployments"] == second["deployments"]
    oldest = await d.get("deployments", sort_order="asc", limit=20)
    assert oldest["deployments"][0]["name"] == "app-0"
    assert len(oldest["deployments"]) == 20
    bad = await d.api.get("/api/deployments", params={"limit": 5})
    assert (bad.status_code, bad.json()["code"]) == (400, "FST_ERR_VALIDATION")
    bad = await d.api.get("/api/deployments", params={"cursor": "bm90IG91cnM="})
    assert bad.status_code == 500


async def test_filters(d: Drive) -> None:
    one = await d.create(name="one", autostart=None)
    two = await d.create(name="two")
    d.wait(40)

    async def named(**query: str) -> list[str]:
        return sorted(item["name"] for item in (await d.get("deployments", **query))["deployments"])

    assert await named(name="one") == ["one"]
    assert await named(status="RUNNING,STOPPED") == ["two"]
    assert await named(id=f"{one},{two}") == ["one", "two"]
    assert await named(search="TW") == ["two"]
    assert await named(strategy="SIMPLE") == []
    assert await named(created_after="2020-01-01T00:00:00Z", created_before="2020-01-02T00:00:00Z") == []
    running = await d.get(f"deployments/{two}/jobs", state="RUNNING")
    assert running["pagination"]["total_items"] == 1
    for route in ("jobs", "revisions"):
        reply = await d.api.get(f"/api/deployments/{two}/{route}", params={"revision": 1})
        assert reply.status_code == 400
    listed = await d.get(f"deployments/{two}/events", type="JOB_LIST_CONFIRMED", category="Deployment")
    assert listed["pagination"]["total_items"] == 1


async def test_a_job_is_shown_twice_in_two_ways(d: Drive) -> None:
    d.world.set_hosts("nvidia-3060", 0)
    name = await d.create()
    d.wait(5)

    job = (await d.get(f"deployments/{name}/jobs"))["jobs"][0]
    detail = await d.get(f"deployments/{name}/jobs/{job['job']}")

    assert (job["state"], job["node"], job["time_start"], job["revision"]) == ("QUEUED", None, 0, 1)
    assert detail["state"] == 0
    assert detail["node"] == "1" * 32
    assert detail["jobResult"] is None
    assert detail["jobStatus"] is None
    assert detail["jobDefinition"]["meta"]["trigger"] == "deployment-manager"
    assert detail["jobDefinition"]["meta"]["app"] == "web"
    assert detail["jobDefinition"]["deployment_id"] == name
    missing = await d.api.get(f"/api/deployments/{name}/jobs/{address('no job')}")
    assert (missing.status_code, missing.json()) == (404, {"error": "Job not found"})


async def test_what_is_open_to_all_and_what_is_the_accounts(d: Drive) -> None:
    await d.create(replicas=2)
    d.wait(30)
    d.api.headers.pop("authorization")

    markets = await d.get("markets/")
    one = await d.get(f"markets/{markets[0]['address']}/")
    nodes = (await d.api.get("/nodes/queued-nodes")).json()
    running = (await d.api.get("/jobs/running")).json()

    assert one == markets[0]
    assert any(market["client"] for market in markets)
    assert (await d.api.get("/api/credits/balance")).status_code == 401
    assert sum(node["marketAddress"] == one["address"] for node in nodes) == len(one["nodes"]) - 2
    assert running == {one["address"]: {"running": 2}}
    unknown = await d.api.get(f"/api/markets/{address('none')}/")
    assert (unknown.status_code, set(unknown.json())) == (500, {"name", "message"})


async def test_vaults_of_an_api_key(d: Drive) -> None:
    vaults = await d.get("deployments/vaults")
    made = (await d.post("deployments/vaults/create")).json()

    assert vaults == [made]
    assert made["vault"] == made["owner"]
    refused = await d.post(f"deployments/vaults/{made['vault']}/withdraw", {"SOL": 1})
    assert refused.status_code == 400
