"""Failures that were recorded after the rules had been worked on with the others in view: what they score here at first
sight says more of failures that nobody has seen yet."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import HttpGet, Probe, TcpSocket
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.experiments.caches import CART, SOME, redis
from benchmarks.recording.experiments.databases import DB, LOAD, SHOP, client, postgres
from benchmarks.recording.experiments.scripts import GOOD, SLEEPS, run
from benchmarks.recording.experiments.servers import BACKEND, BALANCED, HAPROXY, nginx
from benchmarks.recording.experiments.servers import GOOD as NGINX
from benchmarks.recording.experiments.servers import LOAD as NGINX_LOAD
from benchmarks.recording.experiments.services import API, EXPRESS, FLASK, FLASK_LOAD, NODE_LOAD, express, flask
from benchmarks.recording.programs import get, requests, worker

SHELL = (
    '#!/bin/sh\nset -eu\nfor n in $(seq 180); do echo "$(date +%T) row $n: $(echo $n | sha256sum | cut -c1-12)"; done\n'
)


def script(end: str, *, before: str = "", **options: object) -> App:
    """A shell script that works through rows, then does what `end` says."""
    app = App("tools", f"{before}exec sh /srv/rows.sh", files={"/srv/rows.sh": SHELL + end + "\n"})
    return replace(app, **options)  # type: ignore[arg-type]


ROWS = script("sleep 3600")
POOL = (
    "    from concurrent.futures import ProcessPoolExecutor\n"
    "    log.info('scoring in two processes')\n"
    "    with ProcessPoolExecutor(2) as pool:\n"
    "        log.info('%s', list(pool.map(bytearray, [300 << 20, 300 << 20])))"
)
STATE = (
    "    import pickle\n"
    "    path = '/data/state.pickle'\n"
    "    if not os.path.exists(path):\n"
    "        open(path, 'wb').write(b'\\x80\\x09garbage')\n"
    "    log.info('resuming from %s', path)\n"
    "    pickle.load(open(path, 'rb'))"
)
LOCK = (
    "    path = '/data/worker.lock'\n"
    "    if os.path.exists(path):\n"
    "        log.error('%s exists: another worker is running, or it did not end cleanly', path)\n"
    "        sys.exit(1)\n"
    "    open(path, 'w').close()\n" + SLEEPS
)
SQLITE = "    import sqlite3\n    base = sqlite3.connect('/srv/../var/results.db')\n    base.execute('create table t (n int)')"

_ALL = (
    Experiment(
        "express-config-broken",
        Cause.INVALID_CONFIG,
        EXPRESS,
        replace(
            express(top='const conf = JSON.parse(require("fs").readFileSync("/conf/app.json", "utf8"));'),
            files={
                **express(top='const conf = JSON.parse(require("fs").readFileSync("/conf/app.json", "utf8"));').files,
                "/conf/app.json": '{"port": 3000, "title": "shop",}\n',
            },
        ),
        load=NODE_LOAD,
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-toml-broken",
        Cause.INVALID_CONFIG,
        GOOD,
        replace(
            GOOD,
            files={
                "/srv/worker.py": worker(
                    SLEEPS, top="import tomllib\nSETTINGS = tomllib.load(open('/conf/worker.toml', 'rb'))\n"
                ),
                "/conf/worker.toml": "[queue]\nname = jobs\n",
            },
        ),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "express-disk-full",
        Cause.DISK_FULL,
        EXPRESS,
        express(
            top='const fs = require("fs"); setTimeout(() => { for (let i = 0; i < 900; i++) fs.appendFileSync("/out/audit.log", "x".repeat(9000)); }, 700);',
            tmpfs={"/out": 2 << 20},
        ),
        load=NODE_LOAD,
    ),
    Experiment(
        "express-template-missing",
        Cause.MISSING_FILE,
        EXPRESS,
        express(top='const page = require("fs").readFileSync("/srv/views/home.html", "utf8");'),
        load=NODE_LOAD,
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.REBUILD_IMAGE, RemedyClass.ROLLBACK),
    ),
    Experiment(
        "rows-cache-refuses",
        Cause.DEPENDENCY,
        ROWS,
        script("redis-cli -h cache-0 -e set rows 180 >/dev/null"),
        others={"cache": App("redis", "sleep 3600")},
        load="sleep 2",
    ),
    Experiment(
        "rows-upload-self-signed",
        Cause.TLS,
        ROWS,
        script("curl -sS -d rows=180 https://api-0:4433/upload"),
        others={"api": API},
        load="sleep 2",
    ),
    Experiment(
        "rows-resolver-broken",
        Cause.DNS,
        ROWS,
        script("curl -sS -d rows=180 http://api-0:8000/", before="echo nameserver 127.0.0.1 >/etc/resolv.conf; "),
        others={"api": BACKEND},
        load="sleep 2",
        remedies=(RemedyClass.FIX_NETWORK, RemedyClass.RESTART),
        hard=True,
    ),
    Experiment(
        "rows-tool-missing",
        Cause.BAD_COMMAND,
        ROWS,
        script("jq -n '{rows: 180}'"),
        load="sleep 2",
        remedies=(RemedyClass.FIX_COMMAND, RemedyClass.REBUILD_IMAGE),
        also=(Cause.MISSING_FILE,),
        hard=True,
    ),
    Experiment(
        "rows-done",
        Cause.COMPLETED,
        script("echo all rows are written"),
        until="looping",
        remedies=(RemedyClass.NONE_NEEDED, RemedyClass.FIX_COMMAND),
    ),
    Experiment(
        "haproxy-port-taken",
        Cause.PORT_CONFLICT,
        BALANCED,
        replace(BALANCED, run="nc -l -p 8080 & sleep 1; exec haproxy -f /conf/haproxy.cfg"),
        others={"backend": BACKEND},
        load=requests(8080, 200),
    ),
    Experiment(
        "haproxy-certificate-missing",
        Cause.MISSING_FILE,
        BALANCED,
        replace(
            BALANCED, files={"/conf/haproxy.cfg": HAPROXY.replace("bind *:8080", "bind *:8080 ssl crt /certs/site.pem")}
        ),
        others={"backend": BACKEND},
        load=requests(8080, 200),
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.FIX_CONFIG),
        also=(Cause.INVALID_CONFIG,),
        hard=True,
    ),
    Experiment(
        "nginx-bad-port",
        Cause.INVALID_CONFIG,
        NGINX,
        nginx(http="upstream shops { server 127.0.0.1:80800; }"),
        load=NGINX_LOAD,
    ),
    Experiment(
        "nginx-unknown-user",
        Cause.INVALID_CONFIG,
        NGINX,
        replace(
            NGINX, files={"/conf/nginx.conf": NGINX.files["/conf/nginx.conf"].replace("user www-data", "user web")}
        ),
        load=NGINX_LOAD,
        hard=True,
    ),
    Experiment(
        "orders-role-may-not-log-in",
        Cause.AUTH,
        SHOP,
        client(env={"PGHOST": "db-0", "PGUSER": "pg_monitor", "PGPASSWORD": "x"}),
        others=DB,
        load="sleep 4",
    ),
    Experiment(
        "worker-pool-out-of-memory",
        Cause.OUT_OF_MEMORY,
        run(SLEEPS, memory=64),
        run(POOL, memory=64),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment("worker-switches-user", Cause.PERMISSION, GOOD, run("    os.setuid(70)", user=1000), load="sleep 2"),
    Experiment("worker-database-read-only", Cause.PERMISSION, GOOD, run(SQLITE, read_only=True), load="sleep 2"),
    Experiment(
        "worker-state-of-newer-version",
        Cause.STATE,
        GOOD,
        run(STATE, claims={"/data": "kept"}),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-lock-left-over",
        Cause.STATE,
        run(LOCK, claims={"/data": "kept"}),
        load="sleep 4",
        breaks=(Do("kill"),),
        until="looping",
        remedies=(RemedyClass.NEEDS_HUMAN, RemedyClass.RESTART),
        hard=True,
    ),
    Experiment(
        "worker-library-missing",
        Cause.MISSING_FILE,
        GOOD,
        run("    import ctypes\n    ctypes.CDLL('libGL.so.1')"),
        load="sleep 2",
    ),
    Experiment(
        "express-blocked",
        Cause.HANG,
        express(
            report="for (;;) {}",
            liveness=Probe(
                handler=HttpGet(port=3000, path="/"), period_seconds=1, failure_threshold=3, initial_delay_seconds=25
            ),
        ),
        load=NODE_LOAD,
        breaks=(Do("run", "curl -s -m 2 http://127.0.0.1:3000/report || true"),),
        until="warned",
        settle=2.0,
        hard=True,
        also=(Cause.PROBE, Cause.APPLICATION_CRASH),
    ),
    Experiment(
        "express-variable-demanded",
        Cause.MISSING_CONFIG,
        EXPRESS,
        express(
            top='if (!process.env.JWT_SECRET) { console.error("JWT_SECRET is required to sign sessions"); process.exit(1); }'
        ),
        load=NODE_LOAD,
        remedies=(RemedyClass.SET_ENV, RemedyClass.ADD_CREDENTIALS),
    ),
    Experiment(
        "express-stopped-by-hand",
        Cause.KILLED,
        express(
            top='process.on("SIGTERM", () => { console.log("SIGTERM received, closing the server"); process.exit(0); });'
        ),
        load=NODE_LOAD,
        breaks=(Do("stop"),),
        hard=True,
        also=(Cause.COMPLETED,),
    ),
    Experiment(
        "shop-stopped-by-hand",
        Cause.UNKNOWN,
        FLASK,
        load=FLASK_LOAD,
        breaks=(Do("stop"),),
        hard=True,
        also=(Cause.KILLED,),
    ),
    Experiment(
        "postgres-stopped-by-hand",
        Cause.KILLED,
        postgres(grace=10),
        load=LOAD,
        breaks=(Do("stop"),),
        hard=True,
        also=(Cause.COMPLETED, Cause.UNKNOWN),
    ),
    Experiment(
        "cart-host-malformed",
        Cause.INVALID_CONFIG,
        CART,
        replace(CART, env={"REDIS_HOST": "redis://cache-0"}),
        others={"cache": redis()},
        load=SOME,
        hard=True,
        also=(Cause.DNS,),
        remedies=(RemedyClass.SET_ENV, RemedyClass.FIX_CONFIG),
    ),
    Experiment(
        "shop-attribute-missing",
        Cause.APPLICATION_CRASH,
        FLASK,
        flask(top="log.info('%s', app.catalogue)\n"),
        load=FLASK_LOAD,
    ),
    Experiment(
        "shop-probe-port",
        Cause.PROBE,
        FLASK,
        replace(FLASK, readiness=Probe(handler=TcpSocket(port=8080), period_seconds=1, failure_threshold=2)),
        load=FLASK_LOAD,
        until="warned",
        settle=4.0,
    ),
    Experiment(
        "shop-aborts-on-request",
        Cause.APPLICATION_CRASH,
        replace(
            flask(report="os.abort()"), run="exec python3 -m flask --app /srv/shop.py run --host 0.0.0.0 --port 8000"
        ),
        load=FLASK_LOAD,
        breaks=(Do("run", get(8000, "/report")),),
    ),
    Experiment(
        "pull-hub-not-reachable",
        Cause.REGISTRY,
        NGINX,
        replace(NGINX, image="docker.io/library/nginx:9.99"),
        load=NGINX_LOAD,
        until="warned",
        settle=3.0,
        remedies=(RemedyClass.FIX_NETWORK, RemedyClass.RETRY),
    ),
)
FAILURES = tuple(replace(one, split="first_sight") for one in _ALL)
