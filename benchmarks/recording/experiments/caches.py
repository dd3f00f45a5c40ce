"""Failures of redis, and of programs that need it."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.programs import carts

CONFIG = "bind 0.0.0.0\nprotected-mode no\ndir /data\nloglevel verbose\nsave 1 1\n"


def redis(more: str = "", *, before: str = "", **options: object) -> App:
    """redis with a configuration file; `before` is a shell's text."""
    app = App(
        "redis",
        f"{before}exec redis-server /conf/redis.conf",
        files={"/conf/redis.conf": CONFIG + more},
        ports=(6379,),
    )
    return replace(app, **options)  # type: ignore[arg-type]


UP = "until redis-cli ping >/dev/null 2>&1; do sleep 0.1; done"
LOAD = f"{UP}; for i in $(seq 90); do redis-cli set key:$i $i >/dev/null; done; sleep 2"
SECRET = redis("requirepass s3cr3t-of-the-cache\n")
CART = App("python", "exec python3 /srv/cart.py", env={"REDIS_HOST": "cache-0"}, files={"/srv/cart.py": carts()})
KNOWN = replace(CART, env={"REDIS_HOST": "cache-0", "REDIS_PASSWORD": "s3cr3t-of-the-cache"})
SOME = "sleep 5"


def reopened(spoil: str, more: str = "") -> App:
    """redis that works, is stopped, has its data spoilt and begins again, all in one container."""
    first = f"redis-server /conf/redis.conf & {LOAD}; redis-cli save; redis-cli shutdown; sleep 1"
    return redis(more, before=f"{first}; {spoil}; ")


FAILURES = (
    Experiment(
        "redis-unknown-directive", Cause.INVALID_CONFIG, redis(), redis("maxmemory-polcy allkeys-lru\n"), load=LOAD
    ),
    Experiment("redis-bad-value", Cause.INVALID_CONFIG, redis(), redis("maxmemory lots\n"), load=LOAD),
    Experiment(
        "redis-out-of-memory",
        Cause.OUT_OF_MEMORY,
        redis(memory=48),
        load=LOAD,
        breaks=(
            Do(
                "run",
                "redis-cli eval \"for i=1,900000 do redis.call('set','k'..i,string.rep('x',200)) end\" 0; sleep 2",
            ),
        ),
        settle=2.0,
    ),
    Experiment(
        "redis-append-file-not-writable",
        Cause.PERMISSION,
        redis(),
        redis(
            user=1000,
            files={"/conf/redis.conf": CONFIG.replace("/data", "/var/lib/nginx") + "appendonly yes\n"},
        ),
        load=LOAD,
    ),
    Experiment(
        "redis-append-file-disk-full",
        Cause.DISK_FULL,
        redis("appendonly yes\nappendfsync always\n", tmpfs={"/data": 3 << 20}),
        load=LOAD,
        breaks=(
            Do(
                "run",
                "for i in $(seq 60); do head -c 90000 /dev/zero | tr '\\0' x | redis-cli -x set blob:$i >/dev/null; done",
            ),
        ),
    ),
    Experiment("redis-snapshot-damaged", Cause.STATE, reopened("printf garbage >/data/dump.rdb")),
    Experiment(
        "redis-snapshot-of-newer-version",
        Cause.STATE,
        reopened("printf REDIS0099 | dd of=/data/dump.rdb conv=notrunc 2>/dev/null"),
    ),
    Experiment(
        "redis-append-file-damaged",
        Cause.STATE,
        reopened("for f in /data/appendonlydir/*.incr.aof; do echo 'x9 no command' >>$f; done", "appendonly yes\n"),
    ),
    Experiment(
        "redis-second-instance",
        Cause.PORT_CONFLICT,
        redis(),
        redis(before="redis-server --daemonize yes --save '' --dir /tmp; sleep 1; "),
        load=LOAD,
    ),
    Experiment(
        "redis-stopped-by-hand",
        Cause.KILLED,
        redis(),
        load=LOAD,
        breaks=(Do("stop"),),
        remedies=(RemedyClass.NONE_NEEDED, RemedyClass.RESTART),
        also=(Cause.COMPLETED,),
        hard=True,
    ),
    Experiment(
        "cart-wrong-password",
        Cause.AUTH,
        KNOWN,
        replace(KNOWN, env={**KNOWN.env, "REDIS_PASSWORD": "changeme"}),
        others={"cache": SECRET},
        load=SOME,
    ),
    Experiment(
        "cart-no-password", Cause.AUTH, KNOWN, CART, others={"cache": SECRET}, load=SOME, also=(Cause.MISSING_CONFIG,)
    ),
    Experiment(
        "cart-password-changed",
        Cause.AUTH,
        KNOWN,
        others={"cache": SECRET},
        load=SOME,
        breaks=(
            Do(
                "run",
                "redis-cli -a s3cr3t-of-the-cache config set requirepass rotated; redis-cli -a rotated client kill type normal",
                "cache",
            ),
        ),
    ),
    Experiment(
        "cart-cache-crashed",
        Cause.DEPENDENCY,
        CART,
        others={
            "cache": App(
                "redis", "redis-server --save '' --bind 0.0.0.0 --protected-mode no; sleep 3600", ports=(6379,)
            )
        },
        load=SOME,
        breaks=(Do("run", "redis-cli shutdown nosave; sleep 1", "cache"),),
    ),
    Experiment(
        "cart-cache-scaled-away",
        Cause.DEPENDENCY,
        CART,
        others={"cache": redis()},
        load=SOME,
        breaks=(Do("scale", app="cache"),),
        settle=0.0,
        hard=True,
        also=(Cause.DNS,),
    ),
    Experiment(
        "cart-cache-frozen",
        Cause.DEPENDENCY,
        CART,
        others={"cache": replace(redis(), run="redis-server /conf/redis.conf & wait")},
        load=SOME,
        breaks=(Do("run", "kill -STOP -1", "cache"),),
        settle=2.0,
        hard=True,
    ),
    Experiment(
        "cart-resolver-broken",
        Cause.DNS,
        CART,
        others={"cache": redis()},
        load=SOME,
        breaks=(
            Do("run", "echo nameserver 127.0.0.1 >/etc/resolv.conf"),
            Do("run", "redis-cli client kill type normal", "cache"),
        ),
        settle=0.2,
        remedies=(RemedyClass.FIX_NETWORK, RemedyClass.RESTART),
        hard=True,
    ),
    Experiment(
        "cart-too-many-clients",
        Cause.LIMIT,
        CART,
        replace(
            CART,
            files={
                "/srv/cart.py": carts(
                    "    links = [redis.Redis(host='cache-0') for _ in range(60)]\n    log.info('%d links answer', sum(one.ping() for one in links))",
                    rounds=150,
                )
            },
        ),
        others={"cache": redis("maxclients 32\n")},
        load=SOME,
        settle=5.0,
    ),
    Experiment(
        "cart-cache-cannot-save",
        Cause.DISK_FULL,
        CART,
        others={"cache": redis(tmpfs={"/data": 1 << 20})},
        load=SOME,
        breaks=(Do("run", "head -c 1500000 /dev/zero >/data/filler; redis-cli set x 1", "cache"),),
        remedies=(RemedyClass.FREE_DISK, RemedyClass.FIX_DEPENDENCY),
        also=(Cause.DEPENDENCY, Cause.STATE),
        hard=True,
    ),
)
