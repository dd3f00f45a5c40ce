"""ConfigMaps and Secrets in a whole engine: what replicas get, what waits, who is rolled, and that nothing leaks."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from app.core.errors import Permanent, Transient
from app.core.objects import ConfigMap, KubeObject, ObjectKey, Secret, VolumeClaim
from app.core.pods import ObservedPod, PodId, PodRequest
from app.core.spec import CONFIG_HASH_ANNOTATION, ROLL_ON_CONFIG_ANNOTATION, AppSpec, JobSpec
from app.core.template import Claim, EnvFrom, EnvSource, EnvVar, Files, FileSource, Volume, VolumeMount
from app.engine.background.configuration import with_config_hash
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime

COLOR = EnvVar(name="COLOR", source=EnvSource(kind="configMapKeyRef", name="settings", key="color"))
PASSWORD = EnvVar(name="PASSWORD", source=EnvSource(kind="secretKeyRef", name="keys", key="password"))
VALUE = "hunter2-very-secret"


def settings(color: str = "blue") -> ConfigMap:
    return ConfigMap(name="settings", data={"color": color})


def keys(value: str = VALUE) -> Secret:
    return Secret(name="keys", data={"password": value.encode()})


def using(*env: EnvVar, replicas: int = 2, follows: bool = False, **update: Any) -> AppSpec:
    plain = spec(replicas)
    container = plain.container.model_copy(update={"env": env, **update})
    template = plain.template.model_copy(update={"containers": (container,)})
    annotations = {ROLL_ON_CONFIG_ANNOTATION: "true"} if follows else {}
    return plain.model_copy(update={"template": template, "annotations": annotations})


async def put(play: Stage, *objects: KubeObject) -> None:
    for one in objects:
        await play.engine.objects.put(one)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[PodRequest]:
    """What the simulator is asked to run."""
    real, asked = Simulator.start_pod, []

    async def start_pod(self: Simulator, request: PodRequest) -> ObservedPod:
        asked.append(request)
        return await real(self, request)

    monkeypatch.setattr(Simulator, "start_pod", start_pod)
    return asked


class TestStarts:
    async def test_a_replica_gets_values_and_files(self, requests: list[PodRequest]) -> None:
        mount = VolumeMount(name="conf", mount_path="/conf")
        wish = using(COLOR, PASSWORD, args=("--pass=$(PASSWORD)",), volume_mounts=(mount,))
        conf = Volume(name="conf", source=Files(sources=(FileSource(kind="secret", name="keys"),)))
        wish = wish.model_copy(update={"template": wish.template.model_copy(update={"volumes": (conf,)})})
        async with stage() as play:
            await put(play, settings(), keys())
            await play.orchestrator.apply(wish, cause="deploy")
            await play.settle()
        request = requests[0]
        assert dict(request.env["web"]) == {"COLOR": "blue", "PASSWORD": VALUE}
        assert request.template.containers[0].args == (f"--pass={VALUE}",)
        assert [(one.path, one.data) for one in request.files["conf"]] == [("password", VALUE.encode())]
        assert request.template_hash == (await play.live())[0].template_hash

    async def test_each_replica_is_told_of_itself(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            name = EnvVar(name="ME", source=EnvSource(kind="fieldRef", key="metadata.name"))
            uid = EnvVar(name="UID", source=EnvSource(kind="fieldRef", key="metadata.uid"))
            await play.orchestrator.apply(using(name, uid, replicas=3), cause="deploy")
            await play.settle()
        told = [dict(request.env["web"]) for request in requests]
        assert sorted(one["ME"] for one in told) == ["web-0", "web-1", "web-2"]
        assert len({one["UID"] for one in told}) == 3

    async def test_an_indexed_job_knows_its_index(self) -> None:
        async with stage() as play:
            command = ("sh", "-c", "exit $(JOB_COMPLETION_INDEX)")
            annotation = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
            index = EnvVar(name="I", source=EnvSource(kind="fieldRef", key=annotation))
            wish = using(index, command=command).model_copy(update={"job": JobSpec(indexed=True), "kind": "Job"})
            await play.engine.desired.wish(wish, "deploy")
            desired = play.engine.desired.get(WEB)
            assert desired is not None
            request = play.engine.configuration.request(desired, PodId(WEB, 4, 1), "h", wish.template)
            assert dict(request.env["web"]) == {"I": "4", "JOB_COMPLETION_INDEX": "4"}
            assert request.template.containers[0].command == ("sh", "-c", "exit 4")

    async def test_keys_that_are_no_names_are_said_once(self) -> None:
        async with stage() as play:
            await put(play, ConfigMap(name="settings", data={"1st": "x", "ok": "y"}))
            whole = EnvFrom(kind="configMapRef", name="settings")
            await play.orchestrator.apply(using(replicas=1, env_from=(whole,)), cause="deploy")
            await play.settle()
            found = [e for e in await play.orchestrator.events("web") if e.reason == "InvalidEnvironmentVariableNames"]
            assert len(found) == 1
            assert "Keys [1st] from the EnvFrom ConfigMap default/settings" in found[0].message


class TestWaiting:
    async def test_an_app_waits_for_what_is_missing_and_says_so(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            await play.orchestrator.apply(using(COLOR, PASSWORD), cause="deploy")
            await play.clock.sleep(30)
            assert requests == []
            reason = play.orchestrator.app("web").reason
            assert "CreateContainerConfigError: ConfigMap default/settings is missing" in reason
            await put(play, settings())
            await play.clock.sleep(1)
            assert "Secret default/keys is missing" in play.orchestrator.app("web").reason
            await put(play, keys())
            begun = play.clock.now()
            await play.settle()
            assert play.clock.now() - begun < 4, "it is woken, it need not wait for a resync"

    async def test_an_app_waits_for_a_claim_that_is_missing(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            data = (Volume(name="data", source=Claim(name="data")),)
            wish = using(volume_mounts=(VolumeMount(name="data", mount_path="/data"),))
            wish = wish.model_copy(update={"template": wish.template.model_copy(update={"volumes": data})})
            await play.orchestrator.apply(wish, cause="deploy")
            await play.clock.sleep(30)
            assert requests == []
            assert "PersistentVolumeClaim default/data is missing" in play.orchestrator.app("web").reason
            await put(play, VolumeClaim(name="data", runtime="simulator"))
            begun = play.clock.now()
            await play.settle()
            assert play.clock.now() - begun < 4, "it is woken, it need not wait for a resync"

    async def test_a_missing_key_is_named(self) -> None:
        async with stage() as play:
            await put(play, ConfigMap(name="settings", data={"size": "1"}))
            await play.orchestrator.apply(using(COLOR), cause="deploy")
            await play.clock.sleep(1)
            assert "ConfigMap default/settings has no key 'color'" in play.orchestrator.app("web").reason

    async def test_what_runs_goes_on_when_its_configuration_is_deleted(self) -> None:
        async with stage() as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR, follows=True), cause="deploy")
            await play.settle()
            before = {one.id for one in await play.live()}
            await play.engine.objects.forget(ObjectKey("ConfigMap", "default", "settings"))
            await play.clock.sleep(60)
            assert {one.id for one in await play.live()} == before
            assert play.orchestrator.app("web").ready == 2

    async def test_one_that_is_on_its_way_out_is_missing(self) -> None:
        async with stage() as play:
            await put(play, settings())
            await play.engine.objects.mark_deleting(ObjectKey("ConfigMap", "default", "settings"))
            await play.engine.desired.wish(using(COLOR), "deploy")
            desired = play.engine.desired.get(WEB)
            assert desired is not None
            assert play.engine.configuration.blocked(desired) != ""
            with pytest.raises(Permanent, match="ConfigMap default/settings is missing"):
                play.engine.configuration.request(desired, PodId(WEB, 0, 1), "h", desired.spec.template)


def colors(requests: list[PodRequest]) -> list[str]:
    return [dict(request.env["web"])["COLOR"] for request in requests]


class TestRolling:
    async def test_an_app_that_follows_is_rolled_once(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR, follows=True), cause="deploy")
            await play.settle()
            first = play.orchestrator.app("web").revision
            await put(play, settings("red"))
            await play.clock.sleep(2)
            await play.settle()
            assert colors(requests) == ["blue", "blue", "red", "red"]
            assert play.orchestrator.app("web").revision == first + 1
            said = [one.message for one in await play.orchestrator.events("web") if one.reason == "ConfigChanged"]
            assert said == ["ConfigMap default/settings changed: its replicas are replaced"]

    async def test_an_app_that_does_not_follow_is_left_alone(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR), cause="deploy")
            await play.settle()
            await put(play, settings("red"))
            await play.clock.sleep(60)
            assert colors(requests) == ["blue", "blue"]
            play.simulator.inject("kill", pod=(await play.live())[0].id)
            await play.until(lambda: len(requests) == 3)
            assert colors(requests)[-1] == "red", "a new replica has what is there now"

    async def test_several_changes_together_are_one_roll(self, requests: list[PodRequest]) -> None:
        async with stage() as play:
            await put(play, settings(), keys())
            await play.orchestrator.apply(using(COLOR, PASSWORD, follows=True), cause="deploy")
            await play.settle()
            first = play.orchestrator.app("web").revision
            await put(play, settings("red"), keys("other"))
            await play.orchestrator.apply(using(COLOR, PASSWORD, replicas=3, follows=True), cause="again")
            await play.clock.sleep(5)
            await play.settle()
            assert play.orchestrator.app("web").revision == first + 1
            assert colors(requests)[-3:] == ["red"] * 3

    async def test_a_change_while_we_were_away_is_followed(self, requests: list[PodRequest]) -> None:
        store = MemoryStore()
        async with stage(store) as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR, follows=True), cause="deploy")
            await play.settle()
            stored = play.engine.objects.get(ObjectKey("ConfigMap", "default", "settings"))
        assert stored is not None
        later = stored.model_copy(update={"object": settings("red"), "generation": stored.generation + 1})
        await store.put_object(later, expected_generation=stored.generation)
        async with stage(store) as play:
            await play.until(lambda: colors(requests)[-1] == "red")

    async def test_an_unchanged_configuration_rolls_nobody_at_a_start(self) -> None:
        store = MemoryStore()
        async with stage(store) as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR, follows=True), cause="deploy")
            await play.settle()
            first = play.orchestrator.app("web").generation
        async with stage(store) as play:
            await play.clock.sleep(30)
            assert play.orchestrator.app("web").generation == first

    async def test_it_is_tried_again_when_the_store_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with stage() as play:
            await put(play, settings())
            await play.orchestrator.apply(using(COLOR, follows=True), cause="deploy")
            await play.settle()
            first = play.orchestrator.app("web").revision

            async def put_app(*_: object, **__: object) -> None:
                raise Transient("the database is locked")

            with monkeypatch.context() as broken:
                broken.setattr(play.store, "put_app", put_app)
                await put(play, settings("red"))
                await play.clock.sleep(3)
            assert play.orchestrator.app("web").revision == first
            await play.clock.sleep(6)
            assert play.orchestrator.app("web").revision == first + 1


class TestTheHash:
    async def test_it_is_there_from_the_start_and_changes_with_any_value(self) -> None:
        async with stage() as play:
            await put(play, settings(), keys())
            wish = using(COLOR, PASSWORD, follows=True)

            def digest() -> str:
                return with_config_hash(wish, play.engine.objects).template.annotations[CONFIG_HASH_ANNOTATION]

            seen = [digest(), digest()]
            await put(play, settings("red"))
            seen.append(digest())
            await put(play, keys("x"))
            seen.append(digest())
            await put(play, settings(), keys())
            seen.append(digest())
            assert seen[0] == seen[1] == seen[4]
            assert len(set(seen)) == 3

    async def test_only_where_it_is_asked_for_and_of_use(self) -> None:
        async with stage() as play:
            await put(play, settings())
            for wish in (using(COLOR), using(follows=True), using(PASSWORD, follows=True)):
                assert with_config_hash(wish, play.engine.objects) == wish

    async def test_values_do_not_run_into_each_other(self) -> None:
        async with stage() as play:
            whole = using(follows=True, env_from=(EnvFrom(kind="configMapRef", name="settings"),))
            digests = set()
            for data in ({"a": "bc", "d": "e"}, {"ab": "c", "d": "e"}, {"a": "b", "cd": "e"}, {"a": "bcde"}):
                await put(play, ConfigMap(name="settings", data=data))
                digests.add(with_config_hash(whole, play.engine.objects).template.annotations[CONFIG_HASH_ANNOTATION])
            assert len(digests) == 4


async def test_no_secret_is_logged_or_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with stage() as play:
        await put(play, keys(VALUE), settings())
        await play.orchestrator.apply(using(COLOR, PASSWORD, follows=True, args=("$(PASSWORD)",)), cause="deploy")
        await play.settle()
        await put(play, keys(VALUE + "-2"))
        await play.clock.sleep(30)
        play.simulator.inject("start_error")
        await play.orchestrator.restart("web", cause="restart")
        await play.clock.sleep(30)
        said = [one.message for one in await play.orchestrator.events(limit=500)]
        seen = repr(play.orchestrator.app("web"))
    for text in (caplog.text, seen, *said):
        assert "hunter2" not in text
