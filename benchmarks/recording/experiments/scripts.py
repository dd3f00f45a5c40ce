"""Failures of a batch worker in Python: its own faults, its surroundings, its limits."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import Exec, Probe
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.programs import worker


def run(end: str, *, top: str = "", before: str = "", **options: object) -> App:
    """The worker with this end."""
    app = App("python", f"{before}exec python3 /srv/worker.py", files={"/srv/worker.py": worker(end, top=top)})
    return replace(app, **options)  # type: ignore[arg-type]


SLEEPS = "    log.info('waiting for more jobs')\n    time.sleep(3600)"
GOOD = run(SLEEPS)
ALIVE = Probe(
    handler=Exec(command=("sh", "-c", "test $(($(date +%s) - $(stat -c %Y /tmp/beat))) -lt 4")),
    period_seconds=1,
    failure_threshold=2,
    initial_delay_seconds=3,
)
DEADLOCK = (
    "    first, second = threading.Lock(), threading.Lock()\n"
    "    def one():\n        with first:\n            time.sleep(0.5)\n            with second:\n                pass\n"
    "    def two():\n        with second:\n            time.sleep(0.5)\n            with first:\n                pass\n"
    "    pair = [threading.Thread(target=each) for each in (one, two)]\n"
    "    log.info('merging the results of two shards')\n"
    "    [each.start() for each in pair]\n"
    "    [each.join() for each in pair]\n"
    "    log.info('merged')"
)
STACKS = "import faulthandler\nfaulthandler.dump_traceback_later(6, exit=False)\n"
LEAK = (
    "    kept = []\n"
    "    for number in range(1, 100000):\n"
    "        kept.append(bytearray(1 << 20))\n"
    "        work(number)\n"
    "        time.sleep(0.02)"
)
QUEUE = (
    "    import queue\n"
    "    answers = queue.Queue()\n"
    "    log.info('asking the other shard for its result')\n"
    "    answers.get()"
)

FAILURES = (
    Experiment(
        "worker-division",
        Cause.APPLICATION_CRASH,
        GOOD,
        run(
            "    log.info('mean %s', sum(len(one) for one in seen.values()) / len([one for one in seen if one > JOBS]))"
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-none",
        Cause.APPLICATION_CRASH,
        GOOD,
        run(
            "    best = {number: digest for number, digest in seen.items()}.get(JOBS + 1)\n    log.info('best: %s', best.upper())"
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-assertion",
        Cause.APPLICATION_CRASH,
        GOOD,
        run("    assert len(seen) == JOBS + 1, f'{len(seen)} results for {JOBS} jobs'"),
        load="sleep 2",
    ),
    Experiment(
        "worker-segfault",
        Cause.APPLICATION_CRASH,
        GOOD,
        run("    import ctypes\n    log.info('calling the native scorer')\n    ctypes.string_at(0)"),
        load="sleep 2",
    ),
    Experiment(
        "worker-segfault-with-stack",
        Cause.APPLICATION_CRASH,
        GOOD,
        run("    import ctypes, faulthandler\n    faulthandler.enable()\n    ctypes.string_at(0)"),
        load="sleep 2",
    ),
    Experiment(
        "worker-recursion",
        Cause.APPLICATION_CRASH,
        GOOD,
        run("    def depth(one):\n        return depth(one) + 1\n    depth(seen)"),
        load="sleep 2",
        also=(Cause.LIMIT,),
        hard=True,
    ),
    Experiment(
        "worker-syntax",
        Cause.APPLICATION_CRASH,
        GOOD,
        run("    print('done'"),
        load="sleep 2",
        remedies=(RemedyClass.ROLLBACK, RemedyClass.REBUILD_IMAGE),
    ),
    Experiment("worker-leak", Cause.OUT_OF_MEMORY, run(LEAK, memory=64), settle=2.0),
    Experiment(
        "worker-big-array",
        Cause.OUT_OF_MEMORY,
        run(SLEEPS, memory=64),
        run("    table = bytearray(200 << 20)\n    table[::4096] = b'x' * len(table[::4096])", memory=64),
        load="sleep 2",
    ),
    Experiment(
        "worker-address-space",
        Cause.OUT_OF_MEMORY,
        GOOD,
        run("    table = [0] * (400 << 20)", before="ulimit -v 300000; "),
        load="sleep 2",
    ),
    Experiment(
        "worker-child-killed",
        Cause.OUT_OF_MEMORY,
        run(SLEEPS, memory=64),
        run(
            "    import subprocess\n    log.info('sorting with a helper')\n    subprocess.run([sys.executable, '-c', 'x = bytearray(300 << 20)'], check=True)",
            memory=64,
        ),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-open-files",
        Cause.LIMIT,
        GOOD,
        run("    held = [open('/srv/worker.py') for _ in range(100)]", before="ulimit -n 48; "),
        load="sleep 2",
    ),
    Experiment(
        "worker-threads",
        Cause.LIMIT,
        GOOD,
        run(
            "    wait = threading.Event()\n    for number in range(200):\n        threading.Thread(target=wait.wait, daemon=True).start()",
            before="ulimit -u 24; ",
            user=4242,
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-processes",
        Cause.LIMIT,
        GOOD,
        run(
            "    import subprocess\n    held = [subprocess.Popen(['sleep', '60']) for _ in range(100)]",
            before="ulimit -u 20; ",
            user=4243,
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-file-size",
        Cause.LIMIT,
        GOOD,
        run(
            "    with open('/tmp/out', 'wb') as out:\n        for number in range(4000):\n            out.write(b'x' * 4096)",
            before="ulimit -f 1000; ",
        ),
        load="sleep 2",
        hard=True,
        also=(Cause.DISK_FULL,),
    ),
    Experiment(
        "worker-disk-full",
        Cause.DISK_FULL,
        GOOD,
        run(
            "    with open('/out/results.bin', 'wb') as out:\n        for number in range(4000):\n            out.write(os.urandom(4096))\n            out.flush()",
            tmpfs={"/out": 2 << 20},
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-disk-full-sqlite",
        Cause.DISK_FULL,
        GOOD,
        run(
            "    import sqlite3\n    base = sqlite3.connect('/out/results.db')\n    base.execute('create table r (n int, d text)')\n    for number in range(4000):\n        base.execute('insert into r values (?, ?)', (number, 'x' * 900))\n        base.commit()",
            tmpfs={"/out": 1 << 20},
        ),
        load="sleep 2",
    ),
    Experiment(
        "worker-missing-variable",
        Cause.MISSING_CONFIG,
        replace(GOOD, env={"QUEUE_URL": "queue://jobs"}),
        run(SLEEPS, top="QUEUE = os.environ['QUEUE_URL']\n"),
        load="sleep 2",
    ),
    Experiment(
        "worker-missing-token",
        Cause.MISSING_CONFIG,
        replace(GOOD, env={"API_TOKEN": "x"}),
        run(
            "    token = os.environ.get('API_TOKEN')\n    if not token:\n        log.error('API_TOKEN is not set; set it to the token of the upload service')\n        sys.exit(78)"
        ),
        load="sleep 2",
        remedies=(RemedyClass.SET_ENV, RemedyClass.ADD_CREDENTIALS),
    ),
    Experiment(
        "worker-number-expected",
        Cause.INVALID_CONFIG,
        replace(GOOD, env={"BATCH_SIZE": "40"}),
        run(SLEEPS, top="SIZE = int(os.environ['BATCH_SIZE'])\n", env={"BATCH_SIZE": "fourty"}),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
        remedies=(RemedyClass.SET_ENV, RemedyClass.FIX_CONFIG, RemedyClass.ROLLBACK),
    ),
    Experiment(
        "worker-json-broken",
        Cause.INVALID_CONFIG,
        GOOD,
        run(
            SLEEPS,
            top="import json\nSETTINGS = json.load(open('/conf/worker.json'))\n",
            files={
                "/srv/worker.py": worker(SLEEPS, top="import json\nSETTINGS = json.load(open('/conf/worker.json'))\n"),
                "/conf/worker.json": '{\n  "shards": 2,\n  "mode": "fast",\n}\n',
            },
        ),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-ini-broken",
        Cause.INVALID_CONFIG,
        GOOD,
        run(
            SLEEPS,
            files={
                "/srv/worker.py": worker(
                    SLEEPS,
                    top="import configparser\nPARSER = configparser.ConfigParser()\nPARSER.read('/conf/worker.ini')\n",
                ),
                "/conf/worker.ini": "shards = 2\n[queue]\nname jobs\n",
            },
        ),
        load="sleep 2",
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment("worker-module-missing", Cause.MISSING_FILE, GOOD, run(SLEEPS, top="import pandas\n"), load="sleep 2"),
    Experiment(
        "worker-input-missing",
        Cause.MISSING_FILE,
        GOOD,
        run("    rows = open('/inputs/articles.csv').readlines()"),
        load="sleep 2",
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.REBUILD_IMAGE, RemedyClass.ROLLBACK),
    ),
    Experiment(
        "worker-output-not-writable",
        Cause.PERMISSION,
        GOOD,
        run("    open('/var/lib/results.txt', 'w').write('x')", user=1000),
        load="sleep 2",
    ),
    Experiment(
        "worker-read-only-root",
        Cause.PERMISSION,
        GOOD,
        run("    os.makedirs('/var/cache/worker')", read_only=True),
        load="sleep 2",
    ),
    Experiment(
        "worker-chown",
        Cause.PERMISSION,
        GOOD,
        run(SLEEPS, before="set -e; chown -R 1000:1000 /srv/.; ", user=1000),
        load="sleep 2",
    ),
    Experiment(
        "worker-ping-without-right",
        Cause.PERMISSION,
        GOOD,
        run("    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)", user=1000),
        load="sleep 2",
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-done",
        Cause.COMPLETED,
        run("    log.info('all %d jobs done, nothing left', JOBS)"),
        until="looping",
        remedies=(RemedyClass.NONE_NEEDED, RemedyClass.FIX_COMMAND),
    ),
    Experiment(
        "worker-done-quietly",
        Cause.COMPLETED,
        run("    return"),
        until="looping",
        remedies=(RemedyClass.NONE_NEEDED, RemedyClass.FIX_COMMAND),
    ),
    Experiment(
        "worker-stopped-by-hand",
        Cause.UNKNOWN,
        GOOD,
        load="sleep 2",
        breaks=(Do("stop"),),
        settle=0.3,
        hard=True,
        also=(Cause.KILLED,),
    ),
    Experiment(
        "worker-term",
        Cause.KILLED,
        run(
            "    import signal\n    signal.signal(signal.SIGTERM, lambda *_: (log.info('received SIGTERM, leaving'), sys.exit(143)))\n"
            + SLEEPS
        ),
        load="sleep 2",
        breaks=(Do("stop"),),
        settle=0.3,
    ),
    Experiment(
        "worker-killed-unseen",
        Cause.UNKNOWN,
        GOOD,
        load="sleep 2",
        breaks=(Do("kill"),),
        hard=True,
        also=(Cause.KILLED,),
    ),
    Experiment(
        "worker-exit-code-alone",
        Cause.UNKNOWN,
        GOOD,
        run("    os._exit(3)"),
        load="sleep 2",
        hard=True,
        also=(Cause.APPLICATION_CRASH,),
    ),
    Experiment(
        "worker-deadlock",
        Cause.HANG,
        GOOD,
        run(DEADLOCK, top="open('/tmp/beat', 'w').close()\n", liveness=ALIVE),
        load="sleep 2",
        until="warned",
        settle=2.0,
        hard=True,
        also=(Cause.PROBE, Cause.UNKNOWN),
    ),
    Experiment(
        "worker-deadlock-with-stacks",
        Cause.HANG,
        GOOD,
        run(DEADLOCK, top=STACKS),
        load="sleep 2",
        until="quiet",
        settle=12.0,
        hard=True,
    ),
    Experiment(
        "worker-waits-for-ever",
        Cause.HANG,
        GOOD,
        run(QUEUE, top="open('/tmp/beat', 'w').close()\n", liveness=ALIVE),
        load="sleep 2",
        until="warned",
        settle=2.0,
        hard=True,
        also=(Cause.PROBE, Cause.UNKNOWN),
    ),
)
