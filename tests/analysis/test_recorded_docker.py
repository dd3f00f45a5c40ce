"""The recorder on a real Engine: three small failures are made, seen by the product's engine, and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.agent.evaluation.failures import symptoms_of
from app.analysis.finding import analyze
from app.core.diagnosis import Cause
from benchmarks.record_failures import record
from benchmarks.recording.experiment import App, Experiment
from tests.docker_engine import engine_request

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

PAGES = "for i in $(seq 50); do wget -q -O /dev/null http://127.0.0.1/ && break; sleep 0.1; done"
MORE = f"{PAGES}; for i in $(seq 60); do wget -q -O /dev/null http://127.0.0.1/; done"
CONFIG = (
    "user www-data; daemon off; error_log /dev/stderr; events {} http { access_log /dev/stdout; server { listen 80; } }"
)
NGINX = App("nginx:latest", ("nginx", "-c", "/conf/nginx.conf"), files={"/conf/nginx.conf": CONFIG})
COUNT = "for i in $(seq 150); do echo row $i of the import stored; done; "
WORKS = App("kubelite/tiny:1", COUNT + "exec /pause")
REDIS = App("redis:latest", ("redis-server", "--loglevel", "verbose"))

SMALL = (
    Experiment(
        "nginx-directive",
        Cause.INVALID_CONFIG,
        NGINX,
        replace(NGINX, files={"/conf/nginx.conf": CONFIG.replace("listen", "lisen")}),
        load=MORE,
    ),
    Experiment("import-variable", Cause.MISSING_CONFIG, WORKS, App("kubelite/tiny:1", COUNT + "set -u; echo $TENANT")),
    Experiment(
        "redis-option", Cause.INVALID_CONFIG, REDIS, App("redis:latest", ("redis-server", "--maxmemroy", "1mb"))
    ),
)


async def test_failures_are_made_recorded_and_told(docker_images: str) -> None:
    records, failed = await record(SMALL, docker_images, at_once=3)
    assert failed == []
    told = {str(one["id"]): analyze(symptoms_of(dict(one))).findings[0].cause for one in records}
    assert told == {one.id: one.cause for one in SMALL}
    imported = records[1]
    assert imported["exit_code"] not in (0, None)
    assert "row 150 of the import stored" in str(imported["logs"])
    assert "klrec-" not in str(records)
    left = engine_request(docker_images, "GET", "/containers/json?all=true")[1]
    spaces = {str(each["Labels"].get("kubelite.io/app", "")).partition("/")[0] for each in left}
    assert spaces.isdisjoint(one.id for one in SMALL)
