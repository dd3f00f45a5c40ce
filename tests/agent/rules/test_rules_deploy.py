"""Wishes to deploy: image, name and values in; nothing strange ever becomes an image."""

from __future__ import annotations

import pytest

from tests.agent.rules.scenes import ALONE, NOTHING, SHOP, brief, hear

DIGEST = "sha256:" + "6af79ae5" * 8

CALLS = [
    ("deploy nginx", "deploy(nginx, image=nginx)"),
    ("deploy 4 nginx containers", "deploy(nginx, image=nginx, replicas=4)"),
    ("run redis:7.2 as sessions", "deploy(sessions, image=redis:7.2)"),
    (
        "launch six copies of traefik/whoami on port 8081",
        "deploy(whoami, image=traefik/whoami, replicas=6, ports=[8081])",
    ),
    ("spin up a pair of memcached instances", "deploy(memcached, image=memcached, replicas=2)"),
    (
        "please create a deployment called site using image ghost:5 with 3 replicas",
        "deploy(site, image=ghost:5, replicas=3)",
    ),
    (
        "bring up 2 caddy servers with 128 megs each on ports 80 and 8443 and TZ=Asia/Tokyo",
        "deploy(caddy, image=caddy, replicas=2, env={'TZ': 'Asia/Tokyo'}, ports=[80, 8443], memory=128Mi)",
    ),
    (
        'deploy postgres:16 as ledger; env: POSTGRES_PASSWORD="x; y=2 z"',
        "deploy(ledger, image=postgres:16, env={'POSTGRES_PASSWORD': 'x; y=2 z'})",
    ),
    (
        "deploy ghcr.io/acme/tool:1.2 with half a core and 1.5 gigs of memory",
        "deploy(tool, image=ghcr.io/acme/tool:1.2, cpu=500m, memory=1536Mi)",
    ),
    (
        "run quay.io/acme/train:3 on 2 gpus with args --epochs 3 --name 'big run'",
        "deploy(train, image=quay.io/acme/train:3, gpu=2, args=['--epochs', '3', '--name', 'big run'])",
    ),
    (
        'deploy python:3.12 with command "python -m http.server"',
        "deploy(python, image=python:3.12, command=['python', '-m', 'http.server'])",
    ),
    ("deploy nginx to the staging namespace", "deploy(nginx, image=nginx, namespace=staging)"),
    ("deploy mongodb", "deploy(mongo, image=mongo)"),
    ("deploy nginx 1.26", "deploy(nginx, image=nginx:1.26)"),
    ("deploy postgres 16", "deploy(postgres, image=postgres:16)"),
    ("bring up two caddys", "deploy(caddy, image=caddy, replicas=2)"),
    ("i need a redis", "deploy(redis, image=redis)"),
    ("deploy nginx and redis", "deploy(nginx, image=nginx); deploy(redis, image=redis)"),
    (
        "deploy 2 nginx, 3 redis and a postgres",
        "deploy(nginx, image=nginx, replicas=2); deploy(redis, image=redis, replicas=3); "
        "deploy(postgres, image=postgres)",
    ),
    ("deploy nginx on ports 80,443", "deploy(nginx, image=nginx, ports=[80, 443])"),
    ("deploy nginx on 80,443", "deploy(nginx, image=nginx, ports=[80, 443])"),
    ("deploy nginx on 8080:80", "deploy(nginx, image=nginx, ports=[80])"),
    ("deploy nginx x3", "deploy(nginx, image=nginx, replicas=3)"),
    (
        f"deploy my.registry:5000/team/web@{DIGEST}",
        f"deploy(web, image=my.registry:5000/team/web@{DIGEST})",
    ),
    (
        "docker run -d --name gate -p 8443:443 -e MODE=prod -m 256m --cpus=0.5 traefik:v3",
        "deploy(gate, image=traefik:v3, ports=[443], env={'MODE': 'prod'}, memory=256Mi, cpu=500m)",
    ),
    ("docker run ubuntu sleep 100", "deploy(ubuntu, image=ubuntu, args=['sleep', '100'])"),
    ("docker run -d \\\n  -p 80:80 \\\n  nginx", "deploy(nginx, image=nginx, ports=[80])"),
    ("kubectl create deployment site --image=nginx --replicas=2", "deploy(site, image=nginx, replicas=2)"),
    ("deploy nginx, zero replicas", "deploy(nginx, image=nginx, replicas=0)"),
    ("deploy nginx and scale it to 4", "deploy(nginx, image=nginx); scale(nginx, replicas=4)"),
    (
        "Create a pod 'probe' using the httpd:2.4 image. It should have 64Mi of memory.",
        "deploy(probe, image=httpd:2.4, memory=64Mi)",
    ),
]

QUESTIONS = [
    ("deploy", "clarify image"),
    ("deploy a web server", "clarify image"),
    ("deploy a database as ledger", "clarify image"),
    ("deploy my app", "clarify image"),
    ("deploy nginx with many replicas", "clarify replicas"),
    ("deploy nginx with 1 byte of memory", "clarify value"),
    ('docker run "nginx', "clarify value"),
]

REFUSED = [
    ("deploy nginx; touch PWNED", "invalid_value"),
    ("deploy nginx;touch PWNED", "invalid_value"),
    ("deploy nginx && rm -rf /", "invalid_value"),
    ("deploy nginx | sh", "invalid_value"),
    ("deploy nginx || reboot", "invalid_value"),
    ("deploy $(reboot)", "invalid_value"),
    ("deploy nginx > /etc/passwd", "invalid_value"),
    ("docker run nginx; rm -rf /", "invalid_value"),
    ("deploy Acme/Tool:1", "invalid_value"),
    ("deploy ../../etc:1", "invalid_value"),
    ("deploy nginx as Big_Name", "invalid_value"),
    ("deploy nginx on port 70000", "invalid_value"),
    ("deploy nginx on port 0", "invalid_value"),
    ("deploy nginx with -1 replicas", "invalid_value"),
    ("deploy nginx with 1.5 replicas", "invalid_value"),
    ("deploy 5000 nginx", "invalid_value"),
    ("deploy the bitnami redis chart with helm", "unsupported"),
    ("docker run --privileged nginx", "unsupported"),
    ("docker run -v /:/host nginx", "unsupported"),
    ("deploy nginx with a sidecar", "unsupported"),
    ("deploy nginx tomorrow", "unsupported"),
]


@pytest.mark.parametrize(("text", "meant"), CALLS)
def test_call(text: str, meant: str) -> None:
    assert brief(hear(text, NOTHING)) == meant


@pytest.mark.parametrize(("text", "meant"), QUESTIONS)
def test_question(text: str, meant: str) -> None:
    assert brief(hear(text, NOTHING)) == meant


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refused(text: str, reason: str) -> None:
    reading = hear(text, NOTHING)
    assert not reading.wishes
    assert reading.reason == reason
    assert reading.say


@pytest.mark.parametrize("text", ["deploy front", "deploy nginx:1.28 as front", "deploy redis as cache"])
def test_an_app_that_exists_is_never_overwritten(text: str) -> None:
    reading = hear(text, SHOP)
    assert brief(reading) == "clarify intent"
    assert not reading.wishes


def test_the_same_image_again_is_no_conflict() -> None:
    assert brief(hear("deploy 4 redis:7 as cache", SHOP)) == "deploy(cache, image=redis:7, replicas=4)"


def test_more_of_an_app_is_scaling() -> None:
    assert brief(hear("deploy 2 more front", SHOP)) == "scale(front, replicas=5)"


def test_starting_by_image_is_asked_where_an_app_runs_it() -> None:
    reading = hear("start nginx", SHOP)
    assert brief(reading) == "clarify app"
    assert reading.candidates == ("front", "front-admin")
    assert brief(hear("start nginx", ALONE)) == "deploy(nginx, image=nginx)"


def test_unsupported_parts_are_named() -> None:
    reading = hear("docker run --network host -v /:/host nginx", NOTHING)
    assert "--network" in reading.say
    assert "/:/host" in reading.say


def test_words_that_nothing_was_made_of_are_named() -> None:
    reading = hear("deploy rabbitmq with the frobnicator plugin", NOTHING)
    assert brief(reading) == "deploy(rabbitmq, image=rabbitmq)"
    assert "frobnicator" in reading.say


def test_runtime_goes_to_the_call_and_not_to_the_canonical_action() -> None:
    reading = hear("deploy nginx on docker", NOTHING)
    assert reading.wishes[0].arguments["runtime"] == "docker"
    assert brief(reading) == "deploy(nginx, image=nginx)"


def test_candidates_of_a_question_are_images() -> None:
    assert hear("deploy a database", NOTHING).candidates == ("postgres", "mysql", "mongo")
