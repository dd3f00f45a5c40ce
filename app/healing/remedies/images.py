"""A reference that names nothing: the nearest that is known to exist, or nearly so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import DamerauLevenshtein

from app.core.diagnosis import RemedyClass
from app.core.errors import InvalidInput
from app.core.images import DOCKER_HUB, ImageRef, parse_image
from app.core.incidents import Proposal, Risk
from app.healing.remedies.case import Case

OFFICIAL = frozenset(
    re.findall(
        r"\S+",
        """
        adminer alpine amazonlinux arangodb archlinux bash busybox caddy cassandra clojure consul couchbase couchdb
        debian docker drupal eclipse-mosquitto eclipse-temurin elasticsearch elixir erlang fedora flink fluentd gcc
        ghost golang gradle groovy haproxy haskell hello-world httpd influxdb jetty joomla julia kibana kong logstash
        mariadb matomo maven mediawiki memcached mongo mongo-express mysql nats neo4j nextcloud nginx node odoo openjdk
        percona perl php phpmyadmin postgres pypy python r-base rabbitmq redis redmine registry rocket.chat ruby rust
        solr sonarqube swift teamspeak tomcat traefik ubuntu varnish vault wordpress zookeeper
        """,
    )
)
"""Names in Docker Hub's `library`, where a bare name is looked for."""
COMMON_TAGS = ("latest", "stable", "alpine", "slim", "mainline", "lts", "edge")
MAX_SLIPS = 2
"""Of the keyboard: letters changed, left out, doubled or swapped."""


def fix_image(case: Case) -> Iterator[Proposal]:
    """What an earlier revision ran comes first, then a name or tag that is two slips away at most."""
    image = case.container.image
    try:
        asked = parse_image(image)
    except InvalidInput:
        return
    seen = {asked.canonical}
    for way, found, why in (*_earlier(case, asked), *_nearest(asked)):
        if found.canonical in seen:
            continue
        seen.add(found.canonical)
        yield Proposal(
            remedy=RemedyClass.FIX_IMAGE,
            way=way,
            what=f"use the image {found.familiar} instead of {image}: {why}",
            risk=Risk.SAFE if case.view.ready == 0 else Risk.RISKY,
            after=case.with_container(image=found.familiar),
            undo=f"{image} comes back",
            cost="every replica is replaced",
        )


def _earlier(case: Case, asked: ImageRef) -> Iterator[tuple[str, ImageRef, str]]:
    for revision in reversed(case.revisions[:-1]):
        was = parse_image(revision.template.containers[0].image)
        if _slips(was.familiar_name, asked.familiar_name) <= MAX_SLIPS:
            yield "earlier", was, f"revision {revision.number} ran it"


def _nearest(asked: ImageRef) -> Iterator[tuple[str, ImageRef, str]]:
    if asked.registry == DOCKER_HUB and asked.repository.startswith("library/"):
        name = asked.familiar_name
        near = [one for one in sorted(OFFICIAL) if 0 < _slips(one, name) <= _allowed(name)]
        if name not in OFFICIAL and len(near) == 1:
            yield "name", asked._replace(repository=f"library/{near[0]}"), f'"{name}" is nearly its name'
    tag = asked.tag or ""
    close = [one for one in COMMON_TAGS if 0 < _slips(one, tag) <= _allowed(tag)]
    if len(close) == 1:
        yield "tag", asked.with_tag(close[0]), f'"{tag}" is nearly its tag'


def _allowed(text: str) -> int:
    return MAX_SLIPS if len(text) >= 5 else 1


def _slips(one: str, other: str) -> int:
    return DamerauLevenshtein.distance(one, other, score_cutoff=MAX_SLIPS)
