"""The orchestrator on a real Engine, against what really goes wrong there: one server, several apps beside each other.

The autoscaled app is loaded from the beginning and looked at in the end, so that its slow clock runs beside the rest.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.docker_engine import engine_request, remove_containers
from tests.e2e.behind import Behind
from tests.e2e.product import Product
from tests.polling import until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

MANIFESTS = Path(__file__).parent / "manifests"


@pytest.fixture(scope="module")
def product(docker_images: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started, with the autoscaled app under load."""
    home = tmp_path_factory.mktemp("orchestration") / "home"
    product = Product(home, {"DOCKER_HOST": docker_images})
    product.start()
    try:
        apply(product, "burner")
        yield product
    finally:
        product.end(signal.SIGKILL)
        remove_containers(docker_images, Behind(product).instance)
    assert "Traceback" not in product.log, product.log


@pytest.fixture
def behind(product: Product) -> Behind:
    return Behind(product)


def apply(product: Product, name: str, *changes: tuple[str, str]) -> dict[str, Any]:
    """Applies one of the manifests here, with parts of its text replaced."""
    text = (MANIFESTS / f"{name}.yaml").read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return product.tool("apply_manifest", yaml=text)


def events(product: Product, app: str) -> str:
    return str(product.tool("events", app=app)["summary"])


def condition(app: dict[str, Any], type_: str) -> dict[str, Any]:
    found: dict[str, Any] = next((one for one in app["conditions"] if one["type"] == type_), {})
    return found


# -- rollouts


def test_a_rollout_that_cannot_succeed_never_takes_the_working_revision_down(product: Product, behind: Behind) -> None:
    # Only what is put in its place has to be quick: the deadline is no part of the template, so of no revision.
    assert apply(product, "rollout", ("DeadlineSeconds: 4", "DeadlineSeconds: 100"))["ok"]
    before = {app: {one["Id"] for one in behind.of(app).values()} for app in ("noimage", "unready")}
    bad = (('"kubelite/tiny:1"} #image', '"127.0.0.1:9/none:1"}'), ("/pause]} #ready", "/nosuch]}"))
    least: dict[str, int] = {"noimage": 2, "unready": 2}

    def came_back() -> bool:
        apps = {name: product.app(name) for name in least}
        for name, app in apps.items():
            least[name] = min(least[name], app["replicas"]["ready"])
        late.extend(name for name, app in apps.items() if "ProgressDeadlineExceeded" in str(app["conditions"]))
        return apps["unready"]["revision"] == 3 and apps["unready"]["status"] == "Running" and "noimage" in late

    late: list[str] = []
    with ThreadPoolExecutor() as pool:
        applied = pool.submit(apply, product, "rollout", *bad)
        until(came_back)
        assert not applied.result()["ok"]

    assert least == {"noimage": 2, "unready": 2}, "both served all the time"
    assert {app: {one["Id"] for one in behind.of(app).values()} for app in before} == before
    # The one that did not ask for it waits for a person, who is told.
    noimage = product.app("noimage")
    assert noimage["revision"] == 2
    assert condition(noimage, "Progressing")["reason"] == "ProgressDeadlineExceeded"
    assert "ErrImagePull" in noimage["reason"]
    assert "ProgressDeadlineExceeded" in product.tool("describe", app="noimage")["summary"]
    # The other one went back by itself, and says why.
    assert condition(product.app("unready"), "Progressing")["status"]
    assert "revision 2 made no progress for 4 s" in events(product, "unready")
    assert "automatic rollback of revision 2 to revision 1" in product.tool("history", app="unready")["summary"]


# -- ends


def test_how_a_replica_ended_is_told_and_its_output_is_kept(product: Product, behind: Behind) -> None:
    apply(product, "endings")
    until(lambda: product.app("sick")["status"] == "Running")
    sick = behind.of("sick")[0]["Id"]
    [printed] = until(lambda: product.tool("logs", app="sick")["data"]["lines"])
    behind.execute(sick, "/bin/rm", "/tmp/alive")

    until(lambda: product.app("sick")["restarts"] == 1 and product.app("sick")["status"] == "Running")
    assert behind.of("sick")[0]["Id"] != sick
    told = product.tool("describe", app="sick")["summary"]
    assert "liveness probe failed: exit code 1" in told
    assert product.tool("logs", app="sick", previous=True)["data"]["lines"] == [printed]

    for app, code, reason, line in (
        ("exits", 3, "Error", "E cannot find the database"),
        ("hungry", 137, "OOMKilled", "eating all there is"),
    ):
        pod = until(lambda app=app: _with_exit(product, app))  # type: ignore[misc]
        assert (pod["exit_code"], pod["exit_reason"]) == (code, reason)
        assert f"exit code {code} ({reason})" in product.tool("describe", app=app)["summary"]
        assert line in product.tool("logs", app=app, previous=True)["summary"]


def _with_exit(product: Product, app: str) -> dict[str, Any] | None:
    """Its only replica, in a look that shows how it ended."""
    [pod] = product.app(app)["pods"]
    return pod if pod["exit_code"] is not None else None


# -- drift


def test_what_hands_change_is_put_right_in_words_and_a_stranger_is_left_alone(product: Product, behind: Behind) -> None:
    assert apply(product, "drift")["ok"]
    before = behind.of("drift")
    stopped, removed, renamed, updated, paused, cut = (before[slot]["Id"] for slot in range(6))
    network = next(iter(before[5]["NetworkSettings"]["Networks"]))
    name = f"stranger-{uuid4().hex[:8]}"
    stranger = behind.make(name, {"app": "drift"})
    try:
        behind.call("POST", f"/containers/{stopped}/stop?t=5")
        behind.call("DELETE", f"/containers/{removed}?force=true")
        behind.call("POST", f"/containers/{renamed}/rename?name={name}-not")
        behind.call("POST", f"/containers/{updated}/update", {"Memory": 64 << 20, "MemorySwap": 64 << 20})
        behind.call("POST", f"/containers/{paused}/pause")
        behind.call("POST", f"/networks/{network}/disconnect", {"Container": cut})

        after = until(lambda: _mended(behind, before, network))
        assert after[0]["Id"] != stopped
        assert after[1]["Id"] != removed
        assert [after[slot]["Id"] for slot in range(2, 6)] == [renamed, updated, paused, cut], "mended, not replaced"
        until(lambda: product.app("drift")["status"] == "Running")
        assert product.app("drift")["replicas"] == {"desired": 6, "ready": 6, "total": 6}
        told = until(lambda: _all_told(events(product, "drift"), name, network))
        assert "drift-0 ended with exit code 0 (Completed)" in told

        seen = behind.inspect(stranger)
        assert (seen["Name"], seen["State"]["Running"], seen["RestartCount"]) == (f"/{name}", True, 0)
    finally:
        engine_request(product.environment["DOCKER_HOST"], "DELETE", f"/containers/{stranger}?force=true")


def _mended(behind: Behind, before: dict[int, dict[str, Any]], network: str) -> dict[int, dict[str, Any]]:
    after = behind.of("drift")
    assert sorted(after) == list(range(6))
    assert {one["State"]["Status"] for one in after.values()} == {"running"}
    assert {one["HostConfig"]["Memory"] for one in after.values()} == {32 << 20}
    assert {tuple(one["NetworkSettings"]["Networks"]) for one in after.values()} == {(network,)}
    assert after[2]["Name"] == before[2]["Name"]
    return after


def _all_told(told: str, stranger: str, network: str) -> str:
    # `rm -f` kills first: which of the two is seen is a matter of a moment.
    assert "drift-1 was removed from outside" in told or "drift-1 ended with exit code 137 (Killed)" in told
    for words in (
        f"drift-2: name was {stranger}-not, should be ",
        "drift-3: memory limit was 64Mi, should be 32Mi; mended in place",
        "drift-4: state was paused, should be running; mended in place",
        f"drift-5: network was none, should be {network}; mended in place",
    ):
        assert words in told
    return told


# -- pods of several containers, and runs to completion


def test_a_job_completes_and_init_containers_and_neighbours_work_together(product: Product, behind: Behind) -> None:
    assert apply(product, "together")["ok"]
    job = product.app("sums")
    assert (job["status"], job["job"]["succeeded"], job["job"]["failed"]) == ("Completed", 3, 0)
    assert product.tool("logs", app="sums")["summary"].count("the sum is 42") == 3
    assert behind.listed("sums", "running") == []

    # The reader asks its neighbour on localhost, who serves what the init containers wrote, in their order.
    until(lambda: "over localhost: first second" in product.tool("logs", app="pair")["summary"])
    pair = product.app("pair")
    assert (pair["status"], pair["replicas"]["ready"], pair["restarts"]) == ("Running", 1, 0)


# -- load, last: see above


def test_real_load_scales_up_and_its_end_scales_down(product: Product, behind: Behind) -> None:
    until(lambda: len(behind.listed("burner", "running")) == 3, seconds=120)
    assert "New size: 3; reason: cpu above target" in events(product, "burner")
    for one in behind.of("burner").values():
        behind.execute(one["Id"], "/bin/touch", "/tmp/calm")
    until(lambda: len(behind.listed("burner", "running")) == 1, seconds=120)
    assert "New size: 1; reason: All metrics below target" in events(product, "burner")
    until(lambda: product.app("burner")["status"] == "Running")
