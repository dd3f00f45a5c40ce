"""Probes that are wrong about an app that works."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause
from app.core.template import Exec, HttpGet, Probe, TcpSocket
from benchmarks.recording.experiment import App, Experiment
from benchmarks.recording.experiments.caches import LOAD as REDIS_LOAD
from benchmarks.recording.experiments.caches import redis
from benchmarks.recording.experiments.servers import GOOD as NGINX
from benchmarks.recording.experiments.servers import LOAD as NGINX_LOAD
from benchmarks.recording.experiments.servers import nginx
from benchmarks.recording.experiments.services import EXPRESS, FLASK, FLASK_LOAD, NODE_LOAD
from benchmarks.recording.programs import shop


def probe(handler: HttpGet | TcpSocket | Exec, *, period: int = 1, failures: int = 2, delay: int = 0) -> Probe:
    return Probe(handler=handler, period_seconds=period, failure_threshold=failures, initial_delay_seconds=delay)


def wrong(name: str, app: App, then: App, load: str, *, settle: float = 4.0, hard: bool = False) -> Experiment:
    return Experiment(name, Cause.PROBE, app, then, load=load, until="warned", settle=settle, hard=hard)


SLOW = replace(
    FLASK,
    files={
        "/srv/shop.py": shop(
            top="for part in range(40):\n    time.sleep(0.5)\n    log.info('warming the cache, part %d of 40', part + 1)\n"
        )
    },
    liveness=probe(HttpGet(port=8000, path="/healthz"), failures=3),
)
PRIVATE = nginx(here="location = /status { return 401; }")

FAILURES = (
    wrong("probe-wrong-port", NGINX, replace(NGINX, readiness=probe(HttpGet(port=8080, path="/healthz"))), NGINX_LOAD),
    wrong("probe-wrong-path", NGINX, replace(NGINX, liveness=probe(HttpGet(port=80, path="/health/live"))), NGINX_LOAD),
    wrong("probe-needs-login", NGINX, replace(PRIVATE, readiness=probe(HttpGet(port=80, path="/status"))), NGINX_LOAD),
    wrong(
        "probe-https-to-http", EXPRESS, replace(EXPRESS, readiness=probe(HttpGet(port=3000, scheme="HTTPS"))), NODE_LOAD
    ),
    wrong(
        "probe-wrong-path-liveness",
        EXPRESS,
        replace(EXPRESS, liveness=probe(HttpGet(port=3000, path="/healthz"))),
        NODE_LOAD,
    ),
    wrong(
        "probe-wrong-tcp-port", replace(redis(), ports=(6379,)), redis(liveness=probe(TcpSocket(port=6380))), REDIS_LOAD
    ),
    wrong(
        "probe-tool-missing",
        redis(),
        redis(readiness=probe(Exec(command=("grpc_health_probe", "-addr=:6379")))),
        REDIS_LOAD,
    ),
    wrong(
        "probe-tool-misused",
        redis(),
        redis(readiness=probe(Exec(command=("redis-cli", "--pingg")))),
        REDIS_LOAD,
        hard=True,
    ),
    wrong("probe-too-early", FLASK, SLOW, FLASK_LOAD, settle=6.0, hard=True),
    wrong(
        "probe-wrong-port-shop",
        FLASK,
        replace(FLASK, liveness=probe(HttpGet(port=80, path="/healthz"), failures=3)),
        FLASK_LOAD,
    ),
)
