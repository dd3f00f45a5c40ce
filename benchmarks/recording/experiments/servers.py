"""Failures of nginx, haproxy and memcached."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import HttpGet, Probe
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.programs import GUNICORN, requests, shop

CONFIG = """\
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  server {
    listen 80;
    location / { root /tmp/site; }
    location /items/ { return 200 "an item\\n"; }
    location = /healthz { return 200 "ok\\n"; }
    #here
  }
  #http
}
"""
SITE = "mkdir -p /tmp/site && echo hello >/tmp/site/index.html"
NGINX = "exec nginx -c /conf/nginx.conf -g 'daemon off;'"


def nginx(*, here: str = "", http: str = "", text: str = CONFIG) -> App:
    """nginx with a configuration of its own."""
    conf = text.replace("#here", here).replace("#http", http)
    return App("nginx", f"{SITE}; {NGINX}", files={"/conf/nginx.conf": conf}, ports=(80,))


GOOD = nginx()
LOAD = requests(80, 240) + "; curl -s -o /dev/null http://127.0.0.1:80/old[1-15].png"
PROXY = "location /api/ { proxy_connect_timeout 2s; proxy_read_timeout 2s; proxy_pass http://backend-0:8000/; }"
BACKEND = App("python", GUNICORN, files={"/srv/shop.py": shop()}, ports=(8000,))
VIA = replace(
    nginx(here=PROXY),
    readiness=Probe(handler=HttpGet(port=80, path="/api/healthz"), period_seconds=1, timeout_seconds=4),
)
PROXY_LOAD = f"{requests(80, 200, path='/api/items/')}"

HAPROXY = """\
global
  log stdout format raw local0 info
  maxconn 200
defaults
  mode http
  log global
  option httplog
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind *:8080
  default_backend shops
backend shops
  option httpchk GET /healthz
  server one backend-0:8000 check inter 500ms fall 2
"""
BALANCED = App("haproxy", ("haproxy", "-f", "/conf/haproxy.cfg"), files={"/conf/haproxy.cfg": HAPROXY}, ports=(8080,))

FAILURES = (
    Experiment(
        "nginx-unknown-directive", Cause.INVALID_CONFIG, GOOD, nginx(here="proxy_passs http://127.0.0.1:1;"), load=LOAD
    ),
    Experiment("nginx-unclosed-block", Cause.INVALID_CONFIG, GOOD, nginx(http="server { listen 81;"), load=LOAD),
    Experiment(
        "nginx-bad-value", Cause.INVALID_CONFIG, GOOD, nginx(here="client_max_body_size 10 megabytes;"), load=LOAD
    ),
    Experiment(
        "nginx-upstream-gone",
        Cause.DEPENDENCY,
        nginx(here=PROXY),
        others={"backend": BACKEND},
        load=PROXY_LOAD,
        breaks=(Do("scale", app="backend"), Do("run", "kill 1")),
        until="looping",
        hard=True,
        also=(Cause.DNS, Cause.INVALID_CONFIG),
    ),
    Experiment(
        "nginx-upstream-refuses",
        Cause.DEPENDENCY,
        VIA,
        others={"backend": replace(BACKEND, run=GUNICORN.replace("exec ", "") + " --pid /tmp/pid & sleep 3600")},
        load=PROXY_LOAD,
        breaks=(Do("run", "kill $(cat /tmp/pid)", "backend"), Do("wait", "1")),
        until="warned",
        settle=4.0,
    ),
    Experiment(
        "nginx-upstream-hangs",
        Cause.DEPENDENCY,
        VIA,
        others={"backend": BACKEND},
        load=PROXY_LOAD,
        breaks=(Do("run", "kill -STOP -1", "backend"),),
        until="warned",
        settle=5.0,
        hard=True,
    ),
    Experiment(
        "nginx-second-instance",
        Cause.PORT_CONFLICT,
        GOOD,
        replace(GOOD, run=f"{SITE}; nginx -c /conf/nginx.conf; sleep 1; {NGINX}"),
        load=LOAD,
        settle=2.0,
    ),
    Experiment(
        "nginx-log-not-writable",
        Cause.PERMISSION,
        GOOD,
        replace(
            nginx(text=CONFIG.replace("access_log /dev/stdout", "access_log /var/log/nginx/access.log")), user=1000
        ),
        load=LOAD,
    ),
    Experiment("nginx-read-only-root", Cause.PERMISSION, GOOD, replace(GOOD, run=NGINX, read_only=True), load=LOAD),
    Experiment(
        "nginx-certificate-missing",
        Cause.MISSING_FILE,
        GOOD,
        nginx(http="server { listen 443 ssl; ssl_certificate /certs/tls.crt; ssl_certificate_key /certs/tls.key; }"),
        load=LOAD,
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_CONFIG, RemedyClass.ROLLBACK),
        also=(Cause.INVALID_CONFIG,),
        hard=True,
    ),
    Experiment(
        "nginx-include-missing",
        Cause.MISSING_FILE,
        GOOD,
        nginx(http="include /conf/sites/shop.conf;"),
        load=LOAD,
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_CONFIG, RemedyClass.ROLLBACK),
        also=(Cause.INVALID_CONFIG,),
        hard=True,
    ),
    Experiment(
        "nginx-open-files",
        Cause.LIMIT,
        replace(
            GOOD,
            run=f"{SITE}; ulimit -n 14; {NGINX}",
            readiness=Probe(handler=HttpGet(port=80, path="/healthz"), period_seconds=2),
        ),
        load=LOAD,
        breaks=(Do("run", "for i in $(seq 30); do (sleep 8 | nc 127.0.0.1 80 >/dev/null 2>&1 &) ; done; sleep 1"),),
        until="warned",
        settle=3.0,
        hard=True,
    ),
    Experiment(
        "haproxy-unknown-keyword",
        Cause.INVALID_CONFIG,
        BALANCED,
        replace(BALANCED, files={"/conf/haproxy.cfg": HAPROXY.replace("timeout connect", "timeout_connect")}),
        others={"backend": BACKEND},
        load=requests(8080, 220),
    ),
    Experiment(
        "haproxy-no-server-left",
        Cause.DEPENDENCY,
        replace(BALANCED, readiness=Probe(handler=HttpGet(port=8080, path="/healthz"), period_seconds=1)),
        others={"backend": BACKEND},
        load=requests(8080, 220),
        breaks=(Do("run", "kill -STOP -1", "backend"), Do("wait", "3")),
        until="warned",
        settle=4.0,
    ),
    Experiment(
        "memcached-port-taken",
        Cause.PORT_CONFLICT,
        App("memcached", "exec memcached -u app -vv"),
        App("memcached", "memcached -u app -d; sleep 1; exec memcached -u app -vv"),
        load="for i in $(seq 120); do printf 'set k%s 0 0 2\\r\\nok\\r\\nget k%s\\r\\nquit\\r\\n' $i $i | nc -w 1 127.0.0.1 11211; done",
    ),
)
