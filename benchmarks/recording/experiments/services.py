"""Failures of web shops on Flask (gunicorn) and Express, and of programs that speak TLS."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import HttpGet, Probe
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.programs import GUNICORN, get, node, requests, shop, worker

FLASK = App("python", GUNICORN, files={"/srv/shop.py": shop()}, ports=(8000,))
DEVELOPING = "exec python3 -m flask --app /srv/shop.py run --host 0.0.0.0 --port 8000"
FLASK_LOAD = requests(8000, 240, first=200)
EXPRESS = App("node", ("node", "/srv/server.js"), files={"/srv/server.js": node()}, ports=(3000,))
NODE_LOAD = requests(3000, 240)


def flask(**parts: str) -> App:
    return replace(FLASK, files={"/srv/shop.py": shop(**parts)})


def express(top: str = "", report: str = "", **options: object) -> App:
    return replace(EXPRESS, files={"/srv/server.js": node(top=top, report=report)}, **options)  # type: ignore[arg-type]


CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k.pem -out /tmp/c.pem -subj /CN=api-0 -addext subjectAltName=DNS:api-0"
SERVE = "exec openssl s_server -accept 4433 -key /tmp/k.pem -cert /tmp/c.pem -www"
API = App("tools", f"{CERTIFICATE}; {SERVE}", ports=(4433,))
AUTHORITY = """\
[ca]
default_ca = own
[own]
database = /tmp/index
new_certs_dir = /tmp
serial = /tmp/serial
default_md = sha256
policy = any
x509_extensions = more
[any]
commonName = supplied
[more]
subjectAltName = DNS:api-0
basicConstraints = CA:TRUE
"""
OLD = App(
    "tools",
    "cd /tmp; : >index; echo 01 >serial; openssl req -newkey rsa:2048 -nodes -keyout k.pem -out r.pem -subj /CN=api-0;"
    " openssl ca -batch -selfsign -notext -config /conf/ca.cnf -keyfile k.pem -in r.pem -out c.pem"
    f" -startdate 20200101000000Z -enddate 20210101000000Z; {SERVE}",
    files={"/conf/ca.cnf": AUTHORITY},
    ports=(4433,),
)
FETCH = "    import ssl, urllib.request\n    log.info('fetching the price list')\n    urllib.request.urlopen('https://api-0:4433/{path}', timeout=5{more})"
NODE_FETCH = 'setTimeout(() => require("https").get("https://api-0:4433/", () => console.log("prices loaded")), 1500);'


def fetches(more: str = "", host: str = "api-0") -> App:
    text = worker(FETCH.format(path="prices", more=more).replace("api-0", host))
    return App("python", "exec python3 /srv/worker.py", files={"/srv/worker.py": text})


IDLE = App("python", "exec python3 /srv/worker.py", files={"/srv/worker.py": worker("    time.sleep(3600)")})
TRUSTING = "exec python3 /srv/worker.py"

FAILURES = (
    Experiment("shop-import-fails", Cause.MISSING_FILE, FLASK, flask(top="import stripe\n"), load=FLASK_LOAD),
    Experiment(
        "shop-name-error",
        Cause.APPLICATION_CRASH,
        FLASK,
        flask(top="log.info('%d prices', len(PRICES))\n"),
        load=FLASK_LOAD,
    ),
    Experiment(
        "shop-variable-missing",
        Cause.MISSING_CONFIG,
        replace(FLASK, env={"SECRET_KEY": "x"}),
        flask(top="app.secret_key = os.environ['SECRET_KEY']\n"),
        load=FLASK_LOAD,
    ),
    Experiment(
        "shop-unknown-option",
        Cause.BAD_COMMAND,
        FLASK,
        replace(FLASK, run=GUNICORN.replace("--workers", "--wrokers")),
        load=FLASK_LOAD,
    ),
    Experiment(
        "shop-port-taken",
        Cause.PORT_CONFLICT,
        FLASK,
        replace(FLASK, run="python3 -m http.server 8000 & sleep 2; " + GUNICORN),
        load=FLASK_LOAD,
        settle=8.0,
    ),
    Experiment(
        "shop-crashes-on-request",
        Cause.APPLICATION_CRASH,
        replace(flask(report="import ctypes\nctypes.string_at(0)"), run=DEVELOPING),
        load=FLASK_LOAD + "; sleep 1",
        breaks=(Do("run", get(8000, "/report")),),
    ),
    Experiment(
        "shop-worker-out-of-memory",
        Cause.OUT_OF_MEMORY,
        replace(
            flask(report="held = bytearray(400 << 20)"),
            memory=80,
            readiness=Probe(
                handler=HttpGet(port=8000, path="/report"),
                period_seconds=2,
                initial_delay_seconds=12,
                failure_threshold=2,
            ),
        ),
        load=FLASK_LOAD,
        until="warned",
        settle=4.0,
        hard=True,
    ),
    Experiment(
        "shop-worker-timeout",
        Cause.HANG,
        replace(
            flask(report="lock = __import__('threading').Lock()\nlock.acquire()\nlock.acquire()"),
            run=GUNICORN.replace("--threads 4", "--timeout 4"),
            readiness=Probe(
                handler=HttpGet(port=8000, path="/report"),
                period_seconds=2,
                initial_delay_seconds=12,
                failure_threshold=2,
            ),
        ),
        load=FLASK_LOAD,
        until="warned",
        settle=8.0,
        hard=True,
        also=(Cause.PROBE, Cause.APPLICATION_CRASH),
    ),
    Experiment(
        "express-rejection",
        Cause.APPLICATION_CRASH,
        express(report="await stock.get('nothing').load();"),
        load=NODE_LOAD,
        breaks=(Do("run", get(3000, "/report")),),
    ),
    Experiment(
        "express-exception",
        Cause.APPLICATION_CRASH,
        express(report="setTimeout(() => stock.get('nothing').price, 50);"),
        load=NODE_LOAD,
        breaks=(Do("run", get(3000, "/report")),),
    ),
    Experiment(
        "express-syntax", Cause.APPLICATION_CRASH, EXPRESS, express(top="const prices = {a: 1, b 2};"), load=NODE_LOAD
    ),
    Experiment(
        "express-module-missing",
        Cause.MISSING_FILE,
        EXPRESS,
        express(top='const pino = require("pino");'),
        load=NODE_LOAD,
    ),
    Experiment(
        "express-heap",
        Cause.OUT_OF_MEMORY,
        express(
            report="const kept = []; for (;;) kept.push(new Array(10000).fill(stock.size + kept.length).map(String));",
            run=("node", "--max-old-space-size=48", "/srv/server.js"),
        ),
        load=NODE_LOAD,
        breaks=(Do("run", get(3000, "/report")),),
        until="ended",
    ),
    Experiment(
        "express-cgroup-memory",
        Cause.OUT_OF_MEMORY,
        express(report="const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));", memory=96),
        load=NODE_LOAD,
        breaks=(Do("run", get(3000, "/report")),),
    ),
    Experiment(
        "express-port-taken",
        Cause.PORT_CONFLICT,
        EXPRESS,
        express(top='require("net").createServer().listen(3000);'),
        load=NODE_LOAD,
    ),
    Experiment(
        "express-bad-option",
        Cause.BAD_COMMAND,
        EXPRESS,
        express(run=("node", "--max-old-space", "/srv/server.js")),
        load=NODE_LOAD,
    ),
    Experiment(
        "express-entry-missing",
        Cause.BAD_COMMAND,
        EXPRESS,
        express(run=("node", "/srv/dist/server.js")),
        load=NODE_LOAD,
        also=(Cause.MISSING_FILE,),
        hard=True,
    ),
    Experiment(
        "express-address-undefined",
        Cause.MISSING_CONFIG,
        express(env={"API_URL": "http://api-0:1/"}),
        express(top="const api = new URL(process.env.API_URL);"),
        load=NODE_LOAD,
        also=(Cause.INVALID_CONFIG,),
        hard=True,
    ),
    Experiment(
        "express-address-malformed",
        Cause.INVALID_CONFIG,
        express(top="const api = new URL(process.env.API_URL);", env={"API_URL": "http://api-0:1/"}),
        express(top="const api = new URL(process.env.API_URL);", env={"API_URL": "//api-0 1"}),
        load=NODE_LOAD,
        also=(Cause.APPLICATION_CRASH,),
        hard=True,
        remedies=(RemedyClass.SET_ENV, RemedyClass.FIX_CONFIG),
    ),
    Experiment(
        "express-cache-refuses",
        Cause.DEPENDENCY,
        EXPRESS,
        express(
            top='require("redis").createClient({url: "redis://cache-0:6379"}).connect().then(() => console.log("cache connected"));'
        ),
        others={"cache": App("redis", "sleep 3600")},
        load=NODE_LOAD,
    ),
    Experiment(
        "express-cache-not-found",
        Cause.DNS,
        EXPRESS,
        express(
            run="echo nameserver 127.0.0.1 >/etc/resolv.conf; exec node /srv/server.js",
            top='require("redis").createClient({url: "redis://cache-0:6379"}).connect();',
        ),
        others={"cache": App("redis", "exec redis-server --protected-mode no", ports=(6379,))},
        load=NODE_LOAD,
        remedies=(RemedyClass.FIX_NETWORK, RemedyClass.RESTART),
        hard=True,
    ),
    Experiment(
        "express-permission",
        Cause.PERMISSION,
        EXPRESS,
        express(top='require("fs").mkdirSync("/var/lib/shop");', user=1000),
        load=NODE_LOAD,
    ),
    Experiment(
        "express-open-files",
        Cause.LIMIT,
        EXPRESS,
        express(
            top='const fs = require("fs"); setTimeout(() => { for (let i = 0; i < 200; i++) fs.openSync("/srv/server.js"); }, 800);',
            run="ulimit -n 60; exec node /srv/server.js",
        ),
        load=NODE_LOAD,
    ),
    Experiment("fetch-self-signed", Cause.TLS, IDLE, fetches(), others={"api": API}, load="sleep 2"),
    Experiment(
        "fetch-wrong-host-name",
        Cause.TLS,
        IDLE,
        replace(
            fetches(", context=ssl.create_default_context(cafile='/tmp/ca.pem')", host="api.default"),
            run="for i in 1 2 3 4 5 6 7 8 9; do openssl s_client -connect api-0:4433 </dev/null 2>/dev/null | openssl x509 >/tmp/ca.pem 2>/dev/null && break; sleep 0.5; done; echo \"$(getent hosts api-0 | cut -d' ' -f1) api.default\" >>/etc/hosts; "
            + TRUSTING,
        ),
        others={"api": API},
        load="sleep 2",
    ),
    Experiment(
        "fetch-expired",
        Cause.TLS,
        IDLE,
        replace(
            fetches(", context=ssl.create_default_context(cafile='/tmp/ca.pem')"),
            run="for i in 1 2 3 4 5 6 7 8 9; do openssl s_client -connect api-0:4433 </dev/null 2>/dev/null | openssl x509 >/tmp/ca.pem 2>/dev/null && break; sleep 0.5; done; "
            + TRUSTING,
        ),
        others={"api": OLD},
        load="sleep 2",
    ),
    Experiment("express-self-signed", Cause.TLS, EXPRESS, express(top=NODE_FETCH), others={"api": API}, load=NODE_LOAD),
    Experiment(
        "fetch-refused-login",
        Cause.AUTH,
        IDLE,
        App(
            "python",
            TRUSTING,
            files={
                "/srv/worker.py": worker(
                    "    import urllib.request\n    log.info('fetching the price list')\n    urllib.request.urlopen('http://api-0/prices', timeout=5)"
                )
            },
        ),
        others={
            "api": App(
                "nginx",
                "mkdir -p /tmp/s; exec nginx -c /conf/nginx.conf",
                files={
                    "/conf/nginx.conf": "daemon off; pid /tmp/p; error_log /dev/stderr; events {} http { access_log /dev/stdout; server { listen 80; location / { return 401; } } }"
                },
                ports=(80,),
            )
        },
        load="sleep 2",
        also=(Cause.APPLICATION_CRASH,),
    ),
)
