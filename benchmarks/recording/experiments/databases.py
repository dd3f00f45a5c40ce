"""Failures of postgres and mariadb, and of programs that need them."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import HttpGet, Probe
from benchmarks.recording.experiment import App, Do, Experiment
from benchmarks.recording.programs import orders

ENTRY = """\
#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/pw
  initdb -U postgres --pwfile=/tmp/pw -A scram-sha-256 --no-sync
  echo "host ${HBA_DATABASE:-all} all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
exec postgres -c listen_addresses='*' -c log_statement=mod -c log_connections=on -c fsync=off "$@"
"""
SETTINGS = {"PGDATA": "/data/pg", "POSTGRES_PASSWORD": "correct-horse"}


def postgres(*arguments: str, **options: object) -> App:
    """postgres that makes its data directory where there is none, with more arguments."""
    app = App(
        "postgres",
        ("sh", "/srv/entry.sh", *arguments),
        env=SETTINGS,
        files={"/srv/entry.sh": ENTRY},
        ports=(5432,),
        user=70,
    )
    return replace(app, **options)  # type: ignore[arg-type]


ASK = "export PGPASSWORD=correct-horse PGHOST=127.0.0.1 PGUSER=postgres"
UP = f"{ASK}; until psql -c 'select 1' >/dev/null 2>&1; do sleep 0.2; done"
LOAD = (
    f"{UP}; {{ pgbench -q -i postgres; pgbench -c 2 -t 60 -C postgres; psql -c 'select nothing from nowhere';"
    " sleep 1; } >/dev/null 2>&1"
)


def client(end: str = "    time.sleep(3600)", *, begin: str = "    pass", **options: object) -> App:
    """A program that stores orders."""
    app = App(
        "python",
        "exec python3 /srv/orders.py",
        env={"PGHOST": "db-0", "PGPASSWORD": "correct-horse"},
        files={"/srv/orders.py": orders(end, begin=begin)},
    )
    return replace(app, **options)  # type: ignore[arg-type]


SHOP = client()
DB = {"db": postgres()}
DEADLOCK = """\
    import threading
    cursor.execute("create table if not exists stock (id int primary key, left_over int)")
    cursor.execute("insert into stock values (1, 5), (2, 5) on conflict do nothing")

    def swap(first, second):
        with connect() as mine:
            with mine.cursor() as moving:
                moving.execute("update stock set left_over = left_over - 1 where id = %s", (first,))
                log.info("locked article %s", first)
                time.sleep(1)
                moving.execute("update stock set left_over = left_over + 1 where id = %s", (second,))

    other = threading.Thread(target=swap, args=(2, 1), daemon=True)
    other.start()
    swap(1, 2)
    other.join()
    swap(1, 2)"""
LOCKED = """\
    holder = connect()
    holder.cursor().execute("lock table orders in access exclusive mode")
    log.info("migration 0042_add_currency begins")
    cursor.execute("set lock_timeout = '3s'")
    cursor.execute("alter table orders add column currency text")"""
REPORT = """\
    log.info("report over all orders begins")
    cursor.execute("drop table if exists big")
    cursor.execute("create table big as select g as id, md5(g::text) as word from generate_series(1, 400000) g")
    cursor.execute("analyze big")
    for setting in ("parallel_setup_cost=0", "parallel_tuple_cost=0", "min_parallel_table_scan_size=0", "work_mem='64MB'",
                    "enable_mergejoin=off", "enable_nestloop=off"):
        cursor.execute("set " + setting)
    cursor.execute("select count(*) from big a join big b using (word)")"""
MARIA = """\
#!/bin/sh
set -e
if [ ! -d /data/db/mysql ]; then
  mariadb-install-db --no-defaults --datadir=/data/db --auth-root-authentication-method=normal --skip-test-db
fi
exec mariadbd --defaults-file=/conf/my.cnf
"""
MARIADB = App("mariadb", ("sh", "/srv/entry.sh"), files={"/srv/entry.sh": MARIA}, user=71)
"""Its image lacks a tool of the client package that the first start needs."""


def reopened(spoil: str) -> App:
    """postgres that works, is stopped, has something of it spoilt and begins again, all in one container."""
    first = f"sh /srv/entry.sh & {LOAD}; pg_ctl stop -m fast"
    return postgres(run=("sh", "-c", f"{first}; {spoil}; exec sh /srv/entry.sh"))


FAILURES = (
    Experiment(
        "orders-wrong-password",
        Cause.AUTH,
        SHOP,
        client(env={"PGHOST": "db-0", "PGPASSWORD": "guess"}),
        others=DB,
        load="sleep 4",
    ),
    Experiment(
        "orders-unknown-role",
        Cause.AUTH,
        SHOP,
        client(env={"PGHOST": "db-0", "PGUSER": "orders", "PGPASSWORD": "x"}),
        others=DB,
        load="sleep 4",
    ),
    Experiment(
        "orders-host-not-allowed",
        Cause.AUTH,
        client(begin="    log.info('the schema is of version 17')"),
        others={"db": postgres(env={**SETTINGS, "HBA_DATABASE": "warehouse"})},
        also=(Cause.INVALID_CONFIG,),
        load="sleep 4",
        until="looping",
    ),
    Experiment(
        "orders-too-many-connections",
        Cause.LIMIT,
        SHOP,
        client("    held = [connect() for _ in range(40)]"),
        others={"db": postgres("-c", "max_connections=20", "-c", "superuser_reserved_connections=2")},
        load="sleep 4",
        settle=2.0,
    ),
    Experiment(
        "orders-deadlock",
        Cause.HANG,
        client(),
        client(DEADLOCK),
        others=DB,
        load="sleep 4",
        settle=2.0,
        also=(Cause.APPLICATION_CRASH,),
        hard=True,
        remedies=(RemedyClass.RESTART, RemedyClass.FIX_CONFIG, RemedyClass.NEEDS_HUMAN),
    ),
    Experiment(
        "orders-migration-lock",
        Cause.HANG,
        client(),
        client(LOCKED),
        others=DB,
        load="sleep 4",
        settle=2.0,
        remedies=(RemedyClass.RESTART, RemedyClass.NEEDS_HUMAN),
    ),
    Experiment(
        "orders-report-shared-memory",
        Cause.LIMIT,
        client(),
        client(REPORT),
        others={"db": postgres(tmpfs={"/dev/shm": 8 << 20})},
        load="sleep 4",
        settle=2.0,
        hard=True,
        also=(Cause.DISK_FULL,),
    ),
    Experiment(
        "orders-table-missing",
        Cause.STATE,
        client(),
        client("    cursor.execute('select total from invoices')"),
        others=DB,
        load="sleep 4",
        settle=1.0,
        also=(Cause.APPLICATION_CRASH,),
        hard=True,
    ),
    Experiment(
        "orders-database-crashed",
        Cause.DEPENDENCY,
        client(
            "    while True:\n        cursor.execute('select count(*) from orders')\n        log.info('%s orders', cursor.fetchone()[0])\n        time.sleep(0.2)"
        ),
        others=DB,
        load="sleep 4",
        breaks=(Do("scale", app="db"),),
        settle=0.0,
        hard=True,
    ),
    Experiment(
        "orders-tls-self-signed",
        Cause.TLS,
        SHOP,
        client(
            files={
                "/srv/orders.py": orders(
                    "    time.sleep(3600)",
                    begin="    os.environ.update(PGSSLMODE='verify-ca', PGSSLROOTCERT='/tmp/other.pem')\n    os.system('openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out /tmp/other.pem -subj /CN=other 2>/dev/null')",
                    tries=4,
                )
            },
        ),
        others={
            "db": postgres(
                run=(
                    "sh",
                    "-c",
                    "openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k.pem -out /tmp/c.pem -subj /CN=db-0 2>/dev/null; chmod 600 /tmp/k.pem; exec sh /srv/entry.sh -c ssl=on -c ssl_cert_file=/tmp/c.pem -c ssl_key_file=/tmp/k.pem",
                )
            )
        },
        load="sleep 4",
    ),
    Experiment("postgres-other-version", Cause.STATE, reopened("echo 13 >$PGDATA/PG_VERSION; sleep 1")),
    Experiment(
        "postgres-control-file-damaged",
        Cause.STATE,
        reopened("dd if=/dev/zero of=$PGDATA/global/pg_control bs=1 count=64 conv=notrunc"),
    ),
    Experiment("postgres-wal-gone", Cause.STATE, reopened("rm -f $PGDATA/pg_wal/0*"), hard=True),
    Experiment(
        "postgres-unknown-setting",
        Cause.INVALID_CONFIG,
        reopened("echo 'shared_bufers = 64MB' >>$PGDATA/postgresql.conf"),
    ),
    Experiment(
        "postgres-bad-argument",
        Cause.INVALID_CONFIG,
        postgres(),
        postgres("-c", "max_connections=many"),
        load=LOAD,
        also=(Cause.BAD_COMMAND,),
    ),
    Experiment("postgres-directory-open-to-all", Cause.PERMISSION, reopened("chmod 777 $PGDATA")),
    Experiment(
        "postgres-directory-not-writable",
        Cause.PERMISSION,
        postgres(),
        postgres(
            run=("sh", "/srv/entry.sh"),
            user=1000,
            claims={"/data": "state"},
            env={**SETTINGS, "PGDATA": "/var/lib/postgresql/15/main"},
        ),
        load=LOAD,
    ),
    Experiment(
        "postgres-disk-full",
        Cause.DISK_FULL,
        postgres(tmpfs={"/data": 90 << 20}),
        load=LOAD,
        breaks=(
            Do(
                "run",
                f"{ASK}; dd if=/dev/zero of=/data/filler bs=64k; for i in 1 2 3 4 5 6; do"
                " psql -c \"create table more$i as select $i as n\" -c 'select pg_switch_wal()'; done; sleep 1",
            ),
        ),
    ),
    Experiment(
        "postgres-password-not-set", Cause.MISSING_CONFIG, postgres(), postgres(env={"PGDATA": "/data/pg"}), load=LOAD
    ),
    Experiment(
        "postgres-configuration-gone",
        Cause.MISSING_FILE,
        postgres(),
        postgres("-c", "config_file=/conf/postgresql.conf"),
        load=LOAD,
        remedies=(RemedyClass.FIX_MOUNT, RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_CONFIG),
        also=(Cause.INVALID_CONFIG,),
    ),
    Experiment(
        "postgres-probed-over-http",
        Cause.PROBE,
        postgres(),
        postgres(liveness=Probe(handler=HttpGet(port=5432), period_seconds=2, failure_threshold=3)),
        load=LOAD,
        until="warned",
        settle=4.0,
        hard=True,
    ),
    Experiment("mariadb-tool-missing", Cause.MISSING_FILE, MARIADB, remedies=(RemedyClass.REBUILD_IMAGE,)),
)
