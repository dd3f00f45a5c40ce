"""State machines of the stand-in: what the strategies do when jobs end, people change things and time passes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.nosana.driving import Drive, definition, drive

MINUTE = 60.0
HOUR = 3600.0


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def test_running_says_only_that_listing_is_scheduled(d: Drive) -> None:
    name = await d.create(replicas=2)

    assert await d.status(name) == "STARTING"
    d.wait(0.2)
    assert (await d.status(name), await d.states(name)) == ("RUNNING", [])
    d.wait(2.2)
    assert await d.states(name) == ["QUEUED", "QUEUED"]
    d.wait(1.1)
    assert await d.states(name) == ["RUNNING", "RUNNING"]
    assert (await d.get(f"deployments/{name}"))["active_jobs"] == 2


async def test_stop_delete_and_archive(d: Drive) -> None:
    name, other = await d.create(), await d.create()
    d.wait(10)

    for one in (name, other):
        assert (await d.post(f"deployments/{one}/stop")).json()["status"] == "STOPPING"
    d.wait(0.7)
    assert await d.status(name) == "STOPPING"
    d.wait(1.8)
    assert (await d.status(name), await d.states(name)) == ("STOPPED", ["STOPPED"])
    gone = await d.api.delete(f"/api/deployments/{name}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await d.api.get(f"/api/deployments/{name}/jobs")).status_code == 404
    assert (await d.post(f"deployments/{other}/archive")).json()["status"] == "ARCHIVED"
    assert (await d.post(f"deployments/{other}/start")).status_code == 500
    assert (await d.api.delete(f"/api/deployments/{other}")).status_code == 500
    assert (await d.api.get(f"/api/deployments/{other}/tasks")).status_code == 500
    changed = await d.patch(f"{other}/update-replica-count", {"replicas": 2})
    assert changed.json() == {"error": "Cannot modify an archived deployment."}


async def test_infinite_replaces_one_stopped_job(d: Drive) -> None:
    name = await d.create(replicas=2)
    d.wait(60)
    job = d.world.jobs(name)[0]

    reply = await d.post(f"jobs/{job.id}/stop")

    assert reply.json()["delisted"] is False
    assert await d.states(name) == ["STOPPED", "RUNNING"]
    d.wait(1.4)
    assert len(await d.states(name)) == 2
    d.wait(0.9)
    assert len(await d.states(name)) == 3
    d.wait(5)
    assert await d.states(name) == ["STOPPED", "RUNNING", "RUNNING"]
    assert (await d.post(f"jobs/{job.id}/stop")).status_code == 400


@pytest.mark.parametrize("strategy", ["SIMPLE", "SIMPLE-EXTEND"])
async def test_simple_replaces_nothing_and_ends_with_its_last_job(d: Drive, strategy: str) -> None:
    name = await d.create(strategy=strategy, replicas=2, job_definition=definition("batch", port=None))
    d.wait(10)
    await d.post(f"jobs/{d.world.jobs(name)[0].id}/stop")
    d.wait(10)

    assert (await d.status(name), await d.states(name)) == ("RUNNING", ["STOPPED", "RUNNING"])
    d.wait(60)
    assert (await d.status(name), await d.states(name)) == ("STOPPED", ["STOPPED", "COMPLETED"])


async def test_simple_ends_with_its_timeout(d: Drive) -> None:
    name = await d.create(strategy="SIMPLE")
    d.wait(61 * MINUTE)

    assert (await d.status(name), await d.states(name)) == ("STOPPED", ["COMPLETED"])


async def test_simple_extend_prolongs_shortly_before_the_end(d: Drive) -> None:
    name = await d.create(strategy="SIMPLE-EXTEND")
    d.wait(54 * MINUTE)
    assert "JOB_EXTEND_SUCCESSFUL" not in await d.events(name)
    d.wait(2 * MINUTE)
    assert (await d.events(name)).count("JOB_EXTEND_SUCCESSFUL") == 1
    d.wait(60 * MINUTE)

    assert (await d.events(name)).count("JOB_EXTEND_SUCCESSFUL") == 2
    assert await d.states(name) == ["RUNNING"]
    assert d.world.account().reserved == pytest.approx(3 * 0.044)


async def test_scheduled_fires_by_its_cron_in_utc(d: Drive) -> None:
    name = await d.create(
        strategy="SCHEDULED", schedule="30 * * * *", job_definition=definition("batch", port=None), replicas=2
    )
    d.wait(1)
    task = (await d.get(f"deployments/{name}/tasks"))["tasks"][0]

    assert (task["task"], task["due_at"], task["job"], task["limit"]) == ("LIST", "2023-11-14T22:30:00.000Z", "", 0)
    d.wait(16 * MINUTE)
    assert len(await d.states(name)) == 0
    d.wait(2 * MINUTE)
    assert await d.states(name) == ["COMPLETED", "COMPLETED"]
    assert await d.status(name) == "RUNNING"
    d.wait(HOUR)
    assert len(await d.states(name)) == 4
    await d.patch(f"{name}/update-schedule", {"schedule": "0 0 1 1 *"})
    d.wait(24 * HOUR)
    assert len(await d.states(name)) == 4


async def test_a_schedule_that_is_no_cron_kills_the_server(d: Drive) -> None:
    await d.create(strategy="SCHEDULED", schedule="a b c d e")
    d.wait(1)

    assert d.world.crashed is not None
    assert len(d.world.refused) == 1


async def test_infinite_rotates_before_the_timeout_and_dips(d: Drive) -> None:
    name = await d.create(replicas=1)
    d.wait(39 * MINUTE)
    assert await d.states(name) == ["RUNNING"]
    tasks = (await d.get(f"deployments/{name}/tasks"))["tasks"]
    assert [(task["task"], task["limit"]) for task in tasks] == [("LIST", 1)]
    d.wait(1.2 * MINUTE)

    states = await d.states(name)
    assert states == ["STOPPED", "RUNNING"]
    fresh = d.world.jobs(name)[1]
    assert fresh.ops[0].stage.value in ("starting", "running")
    d.wait(12 * HOUR)
    assert (await d.states(name)).count("RUNNING") == 1
    assert "COMPLETED" not in await d.states(name)


async def test_scaling_stops_the_queued_first_then_the_oldest(d: Drive) -> None:
    d.world.set_hosts("nvidia-3060", 2)
    name = await d.create(replicas=2)
    d.wait(10)
    await d.patch(f"{name}/update-replica-count", {"replicas": 4})
    d.wait(10)
    assert await d.states(name) == ["RUNNING", "RUNNING", "QUEUED", "QUEUED"]

    await d.patch(f"{name}/update-replica-count", {"replicas": 1})
    d.wait(3)

    assert await d.states(name) == ["STOPPED", "RUNNING", "STOPPED", "STOPPED"]
    await d.patch(f"{name}/update-replica-count", {"replicas": 0})
    d.wait(60)
    assert (await d.status(name), (await d.get(f"deployments/{name}"))["active_jobs"]) == ("RUNNING", 0)
    assert d.world.jobs(name)[2].time_start == 0


async def test_a_new_revision_recreates_and_infinite_lists_twice_as_many(d: Drive) -> None:
    name = await d.create(replicas=3)
    d.wait(60)
    before = await d.get(f"deployments/{name}")

    reply = await d.post(f"deployments/{name}/create-revision", definition("docker.io/library/nginx:1.28"))

    told = reply.json()
    assert told["active_revision"] == 2
    assert [revision["revision"] for revision in told["revisions"]] == [1, 2]
    assert told["endpoints"] == before["endpoints"]
    d.wait(2.5)
    assert (await d.states(name)).count("RUNNING") == 0
    d.wait(2.5)
    assert len(d.world.manager.active(d.world.deployments[0])) == 6
    d.wait(60)
    live = [job for job in d.world.jobs(name) if job.state.active]
    assert [job.revision for job in live] == [2, 2, 2]


async def test_simple_is_stopped_after_a_new_revision_though_its_jobs_run(d: Drive) -> None:
    name = await d.create(strategy="SIMPLE")
    d.wait(30)
    await d.post(f"deployments/{name}/create-revision", definition("docker.io/library/nginx:1.28"))
    d.wait(30)

    assert (await d.status(name), await d.states(name)) == ("STOPPED", ["STOPPED", "RUNNING"])
    assert (await d.post(f"deployments/{name}/stop")).status_code == 500
    await d.post(f"deployments/{name}/start")
    d.wait(5)
    assert await d.states(name) == ["STOPPED", "RUNNING"]
    assert (await d.post(f"deployments/{name}/stop")).status_code == 200
    d.wait(5)
    assert (await d.status(name), await d.states(name)) == ("STOPPED", ["STOPPED", "STOPPED"])


async def test_rollback_and_the_revision_that_cannot_follow_it(d: Drive) -> None:
    name = await d.create()
    d.wait(30)
    await d.post(f"deployments/{name}/create-revision", definition("docker.io/library/nginx:1.28"))
    d.wait(30)

    back = await d.patch(f"{name}/update-active-revision", {"active_revision": 1})
    d.wait(30)

    assert back.json()["active_revision"] == 1
    assert [job.revision for job in d.world.jobs(name) if job.state.active] == [1]
    refused = await d.post(f"deployments/{name}/create-revision", definition("docker.io/library/nginx:1.29"))
    assert refused.status_code == 500
    assert refused.json()["error"].startswith("Ops something went wrong")
    unknown = await d.patch(f"{name}/update-active-revision", {"active_revision": 9})
    assert unknown.status_code == 400
    await d.patch(f"{name}/update-active-revision", {"active_revision": 2})
    third = await d.post(f"deployments/{name}/create-revision", definition("docker.io/library/nginx:1.29"))
    assert third.json()["active_revision"] == 3
    shown = await d.get(f"deployments/{name}/revisions")
    assert [revision["revision"] for revision in shown["revisions"]] == [3, 2, 1]


async def test_a_longer_timeout_reaches_running_jobs_and_a_shorter_does_not(d: Drive) -> None:
    name = await d.create(replicas=2)
    d.wait(30)
    await d.patch(f"{name}/update-timeout", {"timeout": 120})
    d.wait(5)

    assert [job.timeout for job in d.world.jobs(name)] == [120 * MINUTE] * 2
    assert (await d.events(name)).count("JOB_EXTEND_SUCCESSFUL") == 2
    await d.patch(f"{name}/update-timeout", {"timeout": 60})
    d.wait(5)
    assert [job.timeout for job in d.world.jobs(name)] == [120 * MINUTE] * 2


async def test_crash_loops_are_throttled_and_in_the_end_stopped(d: Drive) -> None:
    name = await d.create(job_definition=definition("crash"))
    d.wait(3 * 60)

    assert (await d.states(name)).count("COMPLETED") == 3
    assert (await d.events(name)).count("RAPID_COMPLETION_THROTTLE") == 1
    d.wait(3 * HOUR)
    assert await d.status(name) == "RUNNING"
    d.wait(2 * HOUR)

    events = await d.events(name)
    assert events.count("RAPID_COMPLETION_THROTTLE") == 8
    assert events.count("RAPID_COMPLETION_FAIL_SAFE") == 1
    assert await d.status(name) == "STOPPED"


async def test_stopped_jobs_do_not_count_as_rapid(d: Drive) -> None:
    name = await d.create()
    for _ in range(6):
        d.wait(30)
        await d.post(f"jobs/{d.world.jobs(name)[-1].id}/stop")
    d.wait(30)

    assert "RAPID_COMPLETION_THROTTLE" not in await d.events(name)
    assert (await d.states(name))[-1] == "RUNNING"
