"""What the Engine is asked to make, by equality: the body of a create for each container of a pod."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.pods import PodId, PodRequest
from app.core.spec import Amounts, AppKey, Container, EnvVar, PodTemplate, Port, Protocol, Resources
from app.core.template import HttpGet, Probe, Security, TcpSocket
from app.runtimes.docker.bodies import Setting, create_body, workbench_body
from app.runtimes.docker.wire import Role

POD = PodId(AppKey("shop", "web"), 2, 5)
LABELS = {
    "kubelite.io/instance": "i1",
    "kubelite.io/app": "shop/web",
    "kubelite.io/slot": "2",
    "kubelite.io/attempt": "5",
    "kubelite.io/template-hash": "abc",
    "kubelite.io/container": "web",
    "kubelite.io/role": "main",
}


def request(*containers: Container, host_ports: dict[int, int] | None = None, **template: object) -> PodRequest:
    found = PodTemplate.model_validate({"containers": containers, **template})
    return PodRequest(POD, "abc", found, host_ports or {})


def main_body(asked: PodRequest, **setting: Any) -> dict[str, Any]:
    found = Setting("i1", asked, "kl.i1.shop", **setting)
    return create_body(found, Role.MAIN, asked.template.containers[0])


def test_a_plain_container_is_created_with_safe_defaults() -> None:
    body = main_body(request(Container(name="web", image="nginx:1.25")))
    body["Labels"].pop("kubelite.io/wanted")
    assert body == {
        "Image": "nginx:1.25",
        "Hostname": "web-2",
        "Env": [],
        "Labels": LABELS,
        "ExposedPorts": {},
        "StopTimeout": 30,
        "HostConfig": {
            "RestartPolicy": {"Name": "no"},
            "PortBindings": {},
            "Privileged": False,
            "SecurityOpt": ["no-new-privileges"],
            "PidsLimit": 4096,
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "NetworkMode": "kl.i1.shop",
            "ContainerIDFile": "kl.i1.shop.web.2.5",
        },
        "NetworkingConfig": {"EndpointsConfig": {"kl.i1.shop": {"Aliases": ["web-2"]}}},
    }


def test_command_is_the_entrypoint_and_args_are_the_command() -> None:
    container = Container(
        name="web", image="a", command=("/bin/sh", "-c"), args=("exit 3",), env=(EnvVar(name="A", value="b=c"),)
    )
    body = main_body(request(container, termination_grace_seconds=7))
    assert (body["Entrypoint"], body["Cmd"], body["Env"], body["StopTimeout"]) == (
        ["/bin/sh", "-c"],
        ["exit 3"],
        ["A=b=c"],
        7,
    )


def test_args_alone_leave_the_image_its_entrypoint() -> None:
    body = main_body(request(Container(name="web", image="a", args=("serve",))))
    assert "Entrypoint" not in body
    assert body["Cmd"] == ["serve"]


def test_labels_of_the_template_are_kept_but_never_win() -> None:
    body = main_body(request(Container(name="web", image="a"), labels={"tier": "x", "kubelite.io/slot": "99"}))
    body["Labels"].pop("kubelite.io/wanted")
    assert body["Labels"] == {**LABELS, "tier": "x"}


def test_ports_are_published_on_a_free_port_or_the_wished_one_and_only_locally() -> None:
    ports = (
        Port(container_port=80),
        Port(container_port=53, protocol=Protocol.UDP),
        Port(container_port=443, host_port=443),
        Port(container_port=9, protocol=Protocol.SCTP),
    )
    body = main_body(request(Container(name="web", image="a", ports=ports), host_ports={80: 8080, 81: 8081}))
    assert body["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
        "443/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
        "81/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}],
    }
    assert body["ExposedPorts"] == {"80/tcp": {}, "53/udp": {}, "443/tcp": {}, "81/tcp": {}}


def test_the_publish_address_can_be_chosen() -> None:
    container = Container(name="web", image="a", ports=(Port(container_port=80),))
    assert main_body(request(container), publish_host="0.0.0.0")["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": ""}]
    }


MIB = 2**20


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(limits=Amounts(cpu_millicores=250)), {"NanoCpus": 250_000_000, "CpuShares": 256}),
        (Resources(requests=Amounts(cpu_millicores=1)), {"CpuShares": 2}),
        (Resources(limits=Amounts(memory_bytes=64 * MIB)), {"Memory": 64 * MIB, "MemorySwap": 64 * MIB}),
        (Resources(requests=Amounts(memory_bytes=32 * MIB)), {"MemoryReservation": 32 * MIB}),
        (Resources(requests=Amounts(memory_bytes=4 * MIB)), {}),
    ],
)
def test_resources_are_handed_on(resources: Resources, expected: dict[str, object]) -> None:
    host = main_body(request(Container(name="web", image="a", resources=resources)))["HostConfig"]
    plain = main_body(request(Container(name="web", image="a")))["HostConfig"]
    assert {key: value for key, value in host.items() if key not in plain} == expected


WEB, SIDE = Container(name="web", image="a"), Container(name="side", image="b")


def side_body(asked: PodRequest, **setting: Any) -> dict[str, Any]:
    return create_body(Setting("i1", asked, "kl.i1.shop", **setting), Role.SIDE, asked.template.containers[1])


def test_the_others_join_network_and_memory_of_the_first() -> None:
    asked = request(WEB, SIDE.model_copy(update={"ports": (Port(container_port=81),)}))
    main, side = main_body(asked), side_body(asked)
    assert main["HostConfig"]["IpcMode"] == "shareable"
    assert main["ExposedPorts"] == {"81/tcp": {}}
    host = side["HostConfig"]
    assert (host["NetworkMode"], host["IpcMode"]) == ("container:kl.i1.shop.web.2.5",) * 2
    assert host["PortBindings"] == side["ExposedPorts"] == {}
    assert "Hostname" not in side
    assert "NetworkingConfig" not in side


def test_a_side_container_alone_has_a_network_of_its_own() -> None:
    side = side_body(request(WEB, SIDE, restart_policy="Never"), alone=True)
    assert side["HostConfig"]["NetworkMode"] == "kl.i1.shop"
    assert "IpcMode" not in side["HostConfig"]


def test_every_container_tells_what_the_pod_consists_of() -> None:
    first = Container(name="first", image="c")
    asked = request(WEB, SIDE, init_containers=(first,), restart_policy="Never")
    init = create_body(Setting("i1", asked, "kl.i1.shop"), Role.INIT, first)
    shape = {"containers": ["web", "side"], "init": ["first"], "restartPolicy": "Never"}
    for body in (main_body(asked), side_body(asked), init):
        assert json.loads(body["Labels"]["kubelite.io/pod"]) == shape
    assert init["HostConfig"]["NetworkMode"] == "kl.i1.shop"
    assert init["NetworkingConfig"] == {"EndpointsConfig": {"kl.i1.shop": {}}}
    assert init["ExposedPorts"] == {}


def test_the_variables_are_those_of_the_request_and_no_label_has_their_values() -> None:
    literal = Container(name="web", image="a", env=(EnvVar(name="A", value="literal"),))
    asked = PodRequest(POD, "abc", PodTemplate(containers=(literal,)), env={"web": (("A", "s3cret-value"),)})
    body = main_body(asked)
    assert body["Env"] == ["A=s3cret-value"]
    assert "s3cret-value" not in json.dumps(body["Labels"])


@pytest.mark.parametrize(
    ("security", "config", "host"),
    [
        (Security(run_as_user=1000), {"User": "1000"}, {}),
        (Security(run_as_user=0, run_as_group=50), {"User": "0:50"}, {}),
        (Security(run_as_group=50), {}, {"GroupAdd": ["50"]}),
        (Security(read_only_root_filesystem=True), {}, {"ReadonlyRootfs": True}),
        (
            Security(add_capabilities=("NET_ADMIN",), drop_capabilities=("ALL",)),
            {},
            {"CapAdd": ["NET_ADMIN"], "CapDrop": ["ALL"]},
        ),
        (Security(privileged=True), {}, {"Privileged": True}),
    ],
)
def test_what_a_container_may_do(security: Security, config: dict[str, Any], host: dict[str, Any]) -> None:
    plain = main_body(request(WEB))
    body = main_body(request(WEB.model_copy(update={"security": security})))
    new = {key: value for key, value in body["HostConfig"].items() if plain["HostConfig"].get(key) != value}
    assert new == host
    assert {key: value for key, value in body.items() if key not in plain} == config
    assert ("SecurityOpt" in body["HostConfig"]) is not security.privileged


def test_the_namespaces_of_the_host() -> None:
    body = main_body(
        request(
            WEB.model_copy(update={"ports": (Port(container_port=80),)}),
            host_network=True,
            host_pid=True,
            host_ipc=True,
        )
    )
    host = body["HostConfig"]
    assert (host["NetworkMode"], host["PidMode"], host["IpcMode"]) == ("host", "host", "host")
    assert host["PortBindings"] == {}
    assert "Hostname" not in body
    assert "NetworkingConfig" not in body


def test_ports_of_probes_are_published_where_containers_are_out_of_reach() -> None:
    probed = Container(
        name="web",
        image="a",
        liveness=Probe(handler=HttpGet(port=8081)),
        readiness=Probe(handler=TcpSocket(port=8082)),
    )
    assert main_body(request(probed))["ExposedPorts"] == {}
    assert main_body(request(probed), publish_probes=True)["ExposedPorts"] == {"8081/tcp": {}, "8082/tcp": {}}


def test_gpus_are_asked_for_and_remembered() -> None:
    devices = [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=0", "nvidia.com/gpu=1"]}]
    body = main_body(request(WEB), devices={"web": devices})
    assert body["HostConfig"]["DeviceRequests"] == devices
    assert body["Labels"]["kubelite.io/gpus"] == "nvidia.com/gpu=0,nvidia.com/gpu=1"


def test_the_workbench_never_runs_and_is_never_taken_for_a_container_of_the_pod() -> None:
    body = workbench_body(Setting("i1", request(WEB)), [])
    assert body["Labels"]["kubelite.io/role"] == "files"
    assert body["HostConfig"]["NetworkMode"] == "none"
