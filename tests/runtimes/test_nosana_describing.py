"""Job definitions: what is sent passes the network's strict schema, says whose it is, and publishes no secret."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings

from app.core.errors import InvalidInput
from app.core.replicasets import SetRequest
from app.core.spec import AppKey, AppSpec, JobSpec
from app.core.template import EmptyDir, EnvVar, HttpGet, Probe, Resources, Volume, VolumeMount
from app.runtimes.nosana import definition
from app.runtimes.nosana.describing import define, digest_of, shape_of
from app.runtimes.nosana.fit import fit_of
from app.runtimes.nosana.secrecy import looks_secret
from tests.core.spec_strategies import specs
from tests.nosana import schema
from tests.runtimes.nosana_kit import container, request, template, worker


def defined(of: SetRequest) -> dict[str, Any]:
    content = define(of, "k1").content
    schema.checked(schema.JobDefinition, content)
    return content


def test_a_web_server() -> None:
    probed = container(
        command=("nginx",),
        args=("-g", "daemon off;"),
        env=(EnvVar(name="TZ", value="UTC"),),
        working_dir="/srv",
        readiness=Probe(handler=HttpGet(port=80, path="/health", headers=(("X-A", "b"),))),
        resources=Resources(gpus=1),
    )
    content = defined(request(template(probed)))
    check = {
        "type": "http",
        "path": "/health",
        "method": "GET",
        "expected_status": 200,
        "continuous": True,
        "headers": {"X-A": "b"},
    }
    assert content["ops"] == [
        {
            "type": "container/run",
            "id": "web",
            "args": {
                "image": "docker.io/library/nginx:1.27",
                "entrypoint": ["nginx"],
                "cmd": ["-g", "daemon off;"],
                "env": {"TZ": "UTC"},
                "work_dir": "/srv",
                "gpu": True,
                "expose": [{"port": 80, "type": "web", "health_checks": [check]}],
                "restart_policy": {"policy": "on-failure", "restart_tries": 3},
            },
        }
    ]


def test_several_containers_start_together_after_the_init_ones_and_share_a_volume() -> None:
    mount = (VolumeMount(name="scratch", mount_path="/scratch"),)
    of = template(
        container(volume_mounts=mount),
        worker("side", volume_mounts=mount),
        init_containers=(worker("fetch", volume_mounts=mount), worker("unpack")),
        volumes=(Volume(name="scratch", source=EmptyDir()),),
    )
    content = defined(request(of))
    order = [(op["id"], (op.get("execution") or {}).get("group")) for op in content["ops"]]
    assert order == [
        ("volume-scratch", None),
        ("fetch", "init-0"),
        ("unpack", "init-1"),
        ("web", "main"),
        ("side", "main"),
    ]
    shape = shape_of(content, "k1")
    assert shape is not None
    assert (shape.main.id, shape.main.index) == ("web", 3)
    assert shape.exposed is shape.main
    assert [op.init for op in shape.ops] == [True, True, False, False]


@pytest.mark.parametrize(
    ("policy", "job", "expected"),
    [
        ("Always", None, {"policy": "on-failure", "restart_tries": 3}),
        ("Never", JobSpec(), "no"),
        ("OnFailure", JobSpec(backoff_limit=2), {"policy": "on-failure", "restart_tries": 2}),
        ("OnFailure", JobSpec(backoff_limit=0), "no"),
    ],
)
def test_restarts_in_place_are_counted(policy: Any, job: JobSpec | None, expected: Any) -> None:
    content = defined(request(template(worker(), restart_policy=policy), job=job))
    assert content["ops"][0]["args"]["restart_policy"] == expected


def test_the_resolved_variables_count_not_those_of_the_template() -> None:
    of = request(template(container(env=(EnvVar(name="A", value="$(B)"),))), env={"web": (("A", "resolved"),)})
    assert defined(of)["ops"][0]["args"]["env"] == {"A": "resolved"}


def test_who_it_is_is_read_back() -> None:
    of = request(app=AppKey("a-b", "c-d"), gpu_memory_bytes=24 * 1024**3)
    content = defined(of)
    assert content["meta"]["system_requirements"] == {"required_vram": 24}
    shape = shape_of(content, "k1")
    assert shape is not None
    assert shape.id == of.id
    assert (shape.main.port, shape.main.path) == (80, "/")
    assert shape.digest == shape.marked == digest_of(content)
    assert shape_of(content, "another") is None
    assert shape_of({}, "k1") is None
    assert shape_of({"meta": {"kubelite": "x"}}, "k1") is None


def test_what_the_network_adds_does_not_change_the_digest() -> None:
    content = defined(request())
    grown = {**content, "deployment_id": "x", "meta": {**content["meta"], "trigger": "deployment-manager"}}
    assert digest_of(grown) == digest_of(content)
    ops = [{**content["ops"][0], "args": {**content["ops"][0]["args"], "image": "docker.io/evil/miner"}}]
    assert digest_of({**content, "ops": ops}) != digest_of(content)


@settings(max_examples=60)
@given(specs())
def test_what_fits_passes_the_networks_schema(spec: AppSpec) -> None:
    assume(fit_of(spec).ok)
    of = request(spec.template, app=spec.key, job=spec.job)
    shape = shape_of(defined(of), "k1")
    assert shape is not None
    assert shape.id == of.id


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda content: content["ops"][0]["args"].update(image=""), "ops.0.container/run.args.image"),
        (lambda content: content["ops"][0].update(id="two words"), "ops.0.container/run.id"),
        (lambda content: content["ops"][0]["args"].update(ports=[1]), "ops.0.container/run.args.ports"),
        (lambda content: content["ops"][0]["args"].update(env={"A": 1}), "ops.0.container/run.args.env.A"),
        (lambda content: content["ops"].append(content["ops"][0]), "the definition"),
        (lambda content: content.update(ops=[]), "ops"),
        (lambda content: content.update(version="0.2"), "version"),
    ],
)
def test_what_it_would_refuse_is_refused_here_with_the_place(change: Any, place: str) -> None:
    content = defined(request())
    change(content)
    with pytest.raises(InvalidInput, match="Nosana would refuse") as refused:
        definition.checked(content)
    assert refused.value.field == place


def test_a_definition_that_is_too_long() -> None:
    long = container(env=(EnvVar(name="TEXT", value="x" * 1_000_000),))
    with pytest.raises(InvalidInput, match="KiB"):
        define(request(template(long)), "k1")


def test_a_fault_never_quotes_a_value() -> None:
    content = defined(request())
    content["ops"][0]["args"]["env"] = {"PASSWORD": ["hunter2"]}
    with pytest.raises(InvalidInput) as refused:
        definition.checked(content)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("secret", "more"),
    [
        (True, {"env": (EnvVar(name="DB_PASSWORD", value="hunter2"),)}),
        (True, {"env": (EnvVar(name="URL", value="postgres://me:hunter2@db/x"),)}),
        (True, {"args": ("--token", "abcdef")}),
        (True, {"readiness": Probe(handler=HttpGet(port=80, headers=(("Authorization", "Bearer abcdefgh"),)))}),
        (False, {"env": (EnvVar(name="DB_HOST", value="db"), EnvVar(name="API_KEY", value=""))}),
        (False, {"args": ("--port", "80")}),
    ],
)
def test_plain_values_that_are_secrets(secret: bool, more: dict[str, Any]) -> None:
    assert looks_secret(request(template(container(**more)))) is secret
