"""What we say to the Engine, by equality: names, labels, references, create bodies, addresses, API versions."""

from __future__ import annotations

import errno
import json

import pytest

from app.core.errors import Permanent
from app.core.pods import PodId, PodRequest
from app.core.spec import Amounts, AppKey, Container, EnvVar, PodTemplate, Port, Protocol, Resources
from app.runtimes.docker.client import choose_version
from app.runtimes.docker.endpoint import Endpoint, endpoint, no_connection
from app.runtimes.docker.wire import (
    container_name,
    container_path,
    create_body,
    event_filters,
    full_reference,
    image_path,
    list_filters,
    pod_of,
    split_reference,
)

POD = PodId(AppKey("shop", "web"), 2, 5)
LABELS = {
    "kubelite.io/instance": "i1",
    "kubelite.io/app": "shop/web",
    "kubelite.io/slot": "2",
    "kubelite.io/attempt": "5",
    "kubelite.io/template-hash": "abc",
}


def request(*containers: Container, host_ports: dict[int, int] | None = None, **template: object) -> PodRequest:
    found = PodTemplate.model_validate({"containers": containers, **template})
    return PodRequest(POD, "abc", found, host_ports or {})


def test_the_name_says_who_it_is() -> None:
    assert container_name("i1", POD) == "kl.i1.shop.web.2.5"


def test_a_plain_container_is_created_with_safe_defaults() -> None:
    assert create_body("i1", request(Container(name="web", image="nginx:1.25"))) == {
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
        },
    }


def test_command_is_the_entrypoint_and_args_are_the_command() -> None:
    container = Container(
        name="web", image="a", command=("/bin/sh", "-c"), args=("exit 3",), env=(EnvVar(name="A", value="b=c"),)
    )
    body = create_body("i1", request(container, termination_grace_seconds=7))
    assert (body["Entrypoint"], body["Cmd"], body["Env"], body["StopTimeout"]) == (
        ["/bin/sh", "-c"],
        ["exit 3"],
        ["A=b=c"],
        7,
    )


def test_args_alone_leave_the_image_its_entrypoint() -> None:
    body = create_body("i1", request(Container(name="web", image="a", args=("serve",))))
    assert "Entrypoint" not in body
    assert body["Cmd"] == ["serve"]


def test_labels_of_the_template_are_kept_but_never_win() -> None:
    body = create_body("i1", request(Container(name="web", image="a"), labels={"tier": "x", "kubelite.io/slot": "99"}))
    assert body["Labels"] == {**LABELS, "tier": "x"}


def test_ports_are_published_on_a_free_port_or_the_wished_one_and_only_locally() -> None:
    ports = (
        Port(container_port=80),
        Port(container_port=53, protocol=Protocol.UDP),
        Port(container_port=443, host_port=443),
        Port(container_port=9, protocol=Protocol.SCTP),
    )
    body = create_body("i1", request(Container(name="web", image="a", ports=ports), host_ports={80: 8080, 81: 8081}))
    assert body["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
        "443/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
        "81/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}],
    }
    assert body["ExposedPorts"] == {"80/tcp": {}, "53/udp": {}, "443/tcp": {}, "81/tcp": {}}


def test_the_publish_address_can_be_chosen() -> None:
    container = Container(name="web", image="a", ports=(Port(container_port=80),))
    assert create_body("i1", request(container), "0.0.0.0")["HostConfig"]["PortBindings"] == {
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
        (Resources(gpus=2), {"DeviceRequests": [{"Driver": "", "Count": 2, "Capabilities": [["gpu"]]}]}),
    ],
)
def test_resources_are_handed_on(resources: Resources, expected: dict[str, object]) -> None:
    host = create_body("i1", request(Container(name="web", image="a", resources=resources)))["HostConfig"]
    plain = create_body("i1", request(Container(name="web", image="a")))["HostConfig"]
    assert {key: value for key, value in host.items() if key not in plain} == expected


def test_a_second_container_is_refused_by_name() -> None:
    with pytest.raises(Permanent, match=r"one container per replica.*2 \(web, side\)") as caught:
        create_body("i1", request(Container(name="web", image="a"), Container(name="side", image="b")))
    assert caught.value.reason == "InvalidConfig"


def test_a_container_is_ours_by_labels_and_name() -> None:
    assert pod_of("i1", LABELS, "/kl.i1.shop.web.2.5") == POD


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (LABELS, "/committed-copy"),
        ({**LABELS, "kubelite.io/instance": "i2"}, "/kl.i2.shop.web.2.5"),
        ({**LABELS, "kubelite.io/app": "web"}, "/kl.i1.shop.web.2.5"),
        ({**LABELS, "kubelite.io/slot": "-2"}, "/kl.i1.shop.web.-2.5"),
        ({**LABELS, "kubelite.io/attempt": "x"}, "/kl.i1.shop.web.2.x"),
        ({}, "/kl.i1.shop.web.2.5"),
    ],
)
def test_strangers_are_not_ours(labels: dict[str, str], name: str) -> None:
    assert pod_of("i1", labels, name) is None


def test_filters_name_the_instance() -> None:
    assert json.loads(list_filters("i1")) == {"label": ["kubelite.io/instance=i1"]}
    watched = json.loads(event_filters("i1"))
    assert watched["label"] == ["kubelite.io/instance=i1"]
    assert watched["type"] == ["container"]
    assert not [event for event in watched["event"] if event.startswith("exec")]


@pytest.mark.parametrize(
    ("image", "split", "full"),
    [
        ("nginx", ("nginx", "latest"), "nginx:latest"),
        ("nginx:1.25", ("nginx", "1.25"), "nginx:1.25"),
        ("127.0.0.1:5000/team/a", ("127.0.0.1:5000/team/a", "latest"), "127.0.0.1:5000/team/a:latest"),
        ("127.0.0.1:5000/team/a:2", ("127.0.0.1:5000/team/a", "2"), "127.0.0.1:5000/team/a:2"),
        ("a@sha256:0f", ("a", "sha256:0f"), "a@sha256:0f"),
        ("r:5000/a:1@sha256:0f", ("r:5000/a", "sha256:0f"), "r:5000/a@sha256:0f"),
    ],
)
def test_references_always_name_a_tag_or_digest(image: str, split: tuple[str, str], full: str) -> None:
    assert split_reference(image) == split
    assert full_reference(image) == full


@pytest.mark.parametrize("image", ["", "../containers/x", "a/../b", "a?x=1", "a b", "a#b", "/a", "a/", "a:", "a@b"])
def test_an_image_name_never_leads_to_another_path(image: str) -> None:
    with pytest.raises(Permanent) as caught:
        image_path(image)
    assert caught.value.reason == "InvalidImageName"


@pytest.mark.parametrize("image", ["nginx", "r.io:5000/team/a-b_c.d:v1.2@sha256:0f", "a__b"])
def test_an_image_is_found_by_its_full_reference(image: str) -> None:
    assert image_path(image) == f"/images/{full_reference(image)}"


def test_a_container_name_never_leads_to_another_path() -> None:
    assert container_path("kl.i1.a/../b?c") == "/containers/kl.i1.a%2F..%2Fb%3Fc"


@pytest.mark.parametrize(
    ("docker_host", "expected"),
    [
        (None, Endpoint("http://docker", "/var/run/docker.sock")),
        ("", Endpoint("http://docker", "/var/run/docker.sock")),
        ("unix:///run/user/1000/docker.sock", Endpoint("http://docker", "/run/user/1000/docker.sock")),
        ("tcp://10.0.0.5:4000", Endpoint("http://10.0.0.5:4000", host="10.0.0.5")),
        ("tcp://box", Endpoint("http://box:2375", host="box")),
        ("tcp://[::1]:2375", Endpoint("http://[::1]:2375", host="::1")),
    ],
)
def test_docker_host_is_read(docker_host: str | None, expected: Endpoint) -> None:
    assert endpoint(docker_host) == expected


@pytest.mark.parametrize(
    ("docker_host", "words"),
    [
        ("ssh://me@box", "ssh is not supported; run `ssh -NL"),
        ("tcp://box:2376", "TLS is not supported"),
        ("https://box:2375", "TLS is not supported"),
        ("npipe:////./pipe/docker_engine", "must look like unix://"),
        ("tcp://box:port", "must look like unix://"),
        ("/var/run/docker.sock", "must look like unix://"),
    ],
)
def test_other_docker_hosts_are_refused_with_a_way_out(docker_host: str, words: str) -> None:
    with pytest.raises(Permanent) as caught:
        endpoint(docker_host)
    assert words in str(caught.value)
    assert caught.value.reason == "InvalidDockerHost"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "there is no socket /s; start Docker"),
        (errno.EACCES, "usermod -aG docker"),
        (errno.ECONNREFUSED, "nobody listens on /s; start Docker"),
        (errno.EHOSTUNREACH, "/s cannot be reached (No route to host); check DOCKER_HOST"),
    ],
)
def test_no_connection_says_what_to_do(number: int, words: str) -> None:
    error = no_connection(Endpoint("http://docker", "/s"), OSError(number, "No route to host"))
    assert words in str(error)


@pytest.mark.parametrize(
    ("server", "expected"),
    [("1.41", (1, 41)), ("1.45", (1, 45)), ("1.52", (1, 45)), ("2.0", (1, 45)), (None, (1, 45)), ("new", (1, 45))],
)
def test_the_newest_common_api_version_is_spoken(server: str | None, expected: tuple[int, int]) -> None:
    assert choose_version(server) == expected
