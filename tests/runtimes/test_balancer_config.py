"""What HAProxy and the Engine are told of a balancer, as text and values."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.errors import Permanent
from app.core.objects import ObjectKey
from app.core.pods import PodId
from app.core.services import BalancedPort, BalancerRequest, Endpoint
from app.core.spec import AppKey
from app.core.template import Protocol
from app.runtimes.docker.balancers.config import render
from app.runtimes.docker.balancers.wire import (
    balancer_filters,
    balancer_name,
    create_body,
    found,
    made_as,
    pack,
    unpack,
)
from app.runtimes.docker.wire import pod_by_labels

WEB = ObjectKey("Service", "shop", "web")


def endpoint(slot: int, address: str = "", port: int = 80, attempt: int = 1) -> Endpoint:
    return Endpoint(PodId(AppKey("shop", "web"), slot, attempt), address or f"10.0.0.{slot + 1}", port)


def balanced(*endpoints: Endpoint, port: int = 80, http: bool = True, host_port: int | None = 0) -> BalancedPort:
    return BalancedPort(port, Protocol.TCP, http, host_port, endpoints)


def section(text: str, port: int) -> str:
    return re.split(r"\n(?=listen |peers )", text.split(f"listen port-{port}\n")[1])[0]


def test_each_port_has_its_own_replicas() -> None:
    text = render(BalancerRequest(WEB, (balanced(endpoint(1)), balanced(endpoint(0, port=81), port=8081, http=False))))
    web, raw = section(text, 80), section(text, 8081)
    assert re.findall(r"^  server .*", web, re.MULTILINE) == ["  server web-1.1 10.0.0.2:80"]
    assert re.findall(r"^  server .*", raw, re.MULTILINE) == ["  server web-0.1 10.0.0.1:81"]
    assert "mode http" in web
    assert "mode tcp" in raw
    assert "bind :8081" in raw
    assert "check" not in raw, "a check would be a client that breaks off"


def test_only_what_may_be_sent_twice_is_sent_twice() -> None:
    text = section(render(BalancerRequest(WEB, (balanced(endpoint(0)),))), 80)
    assert "retry-on conn-failure empty-response response-timeout" in text
    assert "disable-l7-retry unless { method GET HEAD OPTIONS }" in text


def test_the_same_wish_is_the_same_text_in_whatever_order() -> None:
    one = render(BalancerRequest(WEB, (balanced(endpoint(0), endpoint(1)), balanced(port=81))))
    other = render(BalancerRequest(WEB, (balanced(port=81), balanced(endpoint(1), endpoint(0)))))
    assert one == other
    assert one != render(BalancerRequest(WEB, (balanced(endpoint(0)), balanced(port=81))))


def numbers(*endpoints: Endpoint) -> dict[str, str]:
    text = render(BalancerRequest(WEB, (balanced(*endpoints),), session_affinity=True))
    assert "balance source" in text
    assert "hash-type consistent" in text
    return dict(re.findall(r"server (\S+) \S+ id (\d+)", text))


def test_a_client_that_stays_finds_its_replica_under_the_same_number() -> None:
    three = numbers(endpoint(0), endpoint(1), endpoint(2))
    assert len(set(three.values())) == 3
    assert numbers(endpoint(2)) == {"web-2.1": three["web-2.1"]}
    assert numbers(endpoint(2, attempt=5)) == {"web-2.5": three["web-2.1"]}
    twice = numbers(endpoint(2), endpoint(2, "10.0.0.9", attempt=2))
    assert len(set(twice.values())) == 2, "HAProxy refuses a number given twice"


def test_nobody_home_is_said_in_words() -> None:
    assert 'string "Service shop/web has no ready replica.\\n"' in render(BalancerRequest(WEB, (balanced(),)))


@pytest.mark.parametrize("address", ["", "10.0.0.1 backup", "web", "10.0.0.1\n  server x 1.2.3.4"])
def test_an_address_that_is_none_never_gets_into_the_configuration(address: str) -> None:
    with pytest.raises(Permanent, match="no usable address") as caught:
        render(BalancerRequest(WEB, (balanced(Endpoint(PodId(AppKey("shop", "web"), 0, 1), address, 80)),)))
    assert caught.value.reason == "InvalidConfig"


def test_ipv6_is_written_in_brackets() -> None:
    assert "server web-0.1 [fd00::1]:80\n" in render(BalancerRequest(WEB, (balanced(endpoint(0, "fd00::1")),)))


def test_udp_is_refused_in_words() -> None:
    with pytest.raises(Permanent, match="Port 53/UDP cannot be balanced: HAProxy carries TCP only"):
        render(BalancerRequest(WEB, (BalancedPort(53, Protocol.UDP, False, 0, ()),)))


def test_the_container_may_do_as_little_as_it_can() -> None:
    body = create_body(
        "i1", "haproxy", BalancerRequest(WEB, (balanced(), balanced(port=81, host_port=None))), "127.0.0.1"
    )
    host = body["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], body["User"]) == (True, ["ALL"], "99:99")
    assert host["RestartPolicy"] == {"Name": "no"}
    assert host["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    assert body["NetworkingConfig"]["EndpointsConfig"]["kl.i1.shop"]["Aliases"] == [
        "web",
        "web.shop",
        "web.shop.svc",
        "web.shop.svc.cluster.local",
    ]


def entry(**changes: Any) -> dict[str, Any]:
    body = create_body("i1", "haproxy", BalancerRequest(WEB, (balanced(),)), "127.0.0.1")
    return {
        "Id": "ab" * 32,
        "Names": ["/kl-svc.i1.shop.web"],
        "Labels": body["Labels"],
        "State": "running",
        "Ports": [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 32768, "Type": "tcp"}],
        "NetworkSettings": {"Networks": {"kl.i1.shop": {"IPAddress": "172.20.0.5"}}},
        **changes,
    }


def test_a_balancer_is_found_by_name_and_labels_and_is_no_pod() -> None:
    one = found("i1", entry(), "127.0.0.1")
    assert one is not None
    assert (one.service, one.running, one.address, one.host) == (WEB, True, "172.20.0.5", "127.0.0.1")
    assert one.host_ports == {"80/TCP": 32768}
    assert pod_by_labels("i1", entry()["Labels"]) is None
    assert found("i1", entry(Names=["/somebody"]), "127.0.0.1") is None
    assert found("i2", entry(), "127.0.0.1") is None
    assert balancer_name("i1", WEB) == "kl-svc.i1.shop.web"
    assert "kubelite.io/service=shop/web" in balancer_filters("i1", WEB)


@pytest.mark.parametrize(
    ("change", "serves"),
    [
        ({}, True),
        ({"State": "paused"}, False),
        ({"State": "exited"}, False),
        ({"NetworkSettings": {"Networks": {}}}, False),
    ],
)
def test_one_that_does_not_run_on_its_network_is_made_again(change: dict[str, Any], serves: bool) -> None:
    one = found("i1", entry(**change), "127.0.0.1")
    assert one is not None
    assert one.serves("haproxy", BalancerRequest(WEB, (balanced(),))) is serves


def test_another_image_or_port_needs_another_container() -> None:
    one = found("i1", entry(), "127.0.0.1")
    assert one is not None
    assert one.serves("haproxy", BalancerRequest(WEB, (balanced(host_port=32768),)))
    assert not one.serves("haproxy", BalancerRequest(WEB, (balanced(host_port=32769),)))
    assert not one.serves("haproxy:3", BalancerRequest(WEB, (balanced(),)))
    assert not one.serves("haproxy", BalancerRequest(WEB, (balanced(host_port=None),)))
    assert made_as("a", BalancerRequest(WEB, (balanced(endpoint(0)),))) == made_as(
        "a", BalancerRequest(WEB, (balanced(),))
    )


def test_a_port_bound_to_every_address_is_shown_where_the_engine_is() -> None:
    one = found("i1", entry(Ports=[{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 1, "Type": "tcp"}]), "10.1.2.3")
    assert one is not None
    assert one.host == "10.1.2.3"


def test_files_survive_the_archive() -> None:
    archive = pack([("haproxy.cfg", "global\n"), ("applied", "abc")])
    assert (unpack(archive, "applied"), unpack(archive, "haproxy.cfg"), unpack(archive, "no")) == (
        "abc",
        "global\n",
        "",
    )
    assert unpack(b"not a tar", "applied") == ""
