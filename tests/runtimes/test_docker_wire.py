"""What we call things at the Engine, by equality: names, labels, references, addresses, API versions."""

from __future__ import annotations

import errno
import json

import pytest

from app.core.errors import Permanent
from app.core.pods import PodId
from app.core.spec import AppKey
from app.runtimes.docker.client import choose_version
from app.runtimes.docker.endpoint import Endpoint, endpoint, no_connection
from app.runtimes.docker.wire import (
    Member,
    Role,
    container_name,
    container_path,
    event_filters,
    full_reference,
    image_path,
    list_filters,
    member_by_labels,
    member_name,
    pod_labels,
    split_reference,
)

POD = PodId(AppKey("shop", "web"), 2, 5)
LABELS = {
    "kubelite.io/instance": "i1",
    "kubelite.io/app": "shop/web",
    "kubelite.io/slot": "2",
    "kubelite.io/attempt": "5",
}


def test_the_name_says_who_it_is() -> None:
    assert container_name("i1", POD) == "kl.i1.shop.web.2.5"


def test_labels_say_whose_a_container_is() -> None:
    assert member_by_labels("i1", LABELS) == Member(POD, Role.MAIN, "")
    side = {**LABELS, "kubelite.io/role": "side", "kubelite.io/container": "proxy"}
    assert member_by_labels("i1", side) == Member(POD, Role.SIDE, "proxy")
    assert pod_labels("i1", POD) == LABELS


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (Role.MAIN, "kl.i1.shop.web.2.5"),
        (Role.SIDE, "kl.i1.shop.web.2.5.proxy"),
        (Role.INIT, "kl.i1.shop.web.2.5.proxy"),
        (Role.FILES, "kl.i1.shop.web.2.5._files"),
    ],
)
def test_the_containers_of_a_pod_have_its_name_in_theirs(role: Role, name: str) -> None:
    assert member_name("i1", Member(POD, role, "proxy")) == name


@pytest.mark.parametrize(
    "labels",
    [
        {**LABELS, "kubelite.io/instance": "i2"},
        {**LABELS, "kubelite.io/app": "web"},
        {**LABELS, "kubelite.io/slot": "-2"},
        {**LABELS, "kubelite.io/attempt": "x"},
        {**LABELS, "kubelite.io/role": "balancer"},
        {},
    ],
)
def test_strangers_are_not_ours(labels: dict[str, str]) -> None:
    assert member_by_labels("i1", labels) is None


def test_filters_name_the_instance() -> None:
    assert json.loads(list_filters("i1")) == {"label": ["kubelite.io/instance=i1"]}
    assert json.loads(list_filters("i1", POD)) == {"label": [f"{key}={value}" for key, value in LABELS.items()]}


def test_what_is_watched_is_never_a_probe() -> None:
    watched = json.loads(event_filters())
    assert watched["type"] == ["container", "network"]
    assert {"update", "rename", "pause", "unpause", "disconnect"} <= set(watched["event"])
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
