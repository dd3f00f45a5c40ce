"""Small programs that experiments run: a shop on Flask or Express, a worker that computes, one that asks a database.

They log as such programs do. An experiment breaks one by giving it another end, or by replacing a line.
"""

from __future__ import annotations

SHOP = """\
import logging
import os
import time

from flask import Flask, abort, jsonify

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("shop")
app = Flask("shop")
STOCK = {number: {"id": number, "price": number * 37 % 500 + 1} for number in range(1, 400)}
log.info("catalogue of %d articles loaded", len(STOCK))
#top


@app.get("/")
def home():
    return "shop\\n"


@app.get("/healthz")
def health():
    return "ok\\n"


@app.get("/items/<int:number>")
def item(number):
    if number not in STOCK:
        log.warning("article %d is not in the catalogue", number)
        abort(404)
    #item
    return jsonify(STOCK[number])


@app.get("/report")
def report():
    rows = [one["price"] for one in STOCK.values()]
    #report
    return jsonify({"articles": len(rows), "sum": sum(rows)})
"""
GUNICORN = "exec gunicorn --chdir /srv --bind 0.0.0.0:8000 --workers 1 --threads 4 --access-logfile - shop:app"


def shop(**parts: str) -> str:
    """The shop with code at its `top`, in `item` or in `report`."""
    text = SHOP
    for name, code in parts.items():
        text = text.replace(f"#{name}", code.replace("\n", "\n    " if name != "top" else "\n"), 1)
    return text


_WORKER = """\
import hashlib
import logging
import os
import socket
import sys
import threading
import time

logging.basicConfig(stream=sys.stdout, level=logging.DEBUG, format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
log = logging.getLogger("worker")
JOBS = {jobs}
{top}

def work(number):
    begun = time.perf_counter()
    digest = hashlib.pbkdf2_hmac("sha256", str(number).encode(), b"salt", 200 + number % 7 * 100).hex()
    taken = (time.perf_counter() - begun) * 1000
    log.debug("job %d: digest %s in %.2f ms", number, digest[:16], taken)
    if taken > 2.5:
        log.warning("job %d was slow: %.2f ms", number, taken)
    return digest


def main():
    log.info("worker started, pid %d, %d jobs in the queue", os.getpid(), JOBS)
    seen = {{}}
    for number in range(1, JOBS + 1):
        seen[number] = work(number)
        if number % 50 == 0:
            log.info("progress: %d of %d jobs, 0 failed", number, JOBS)
{end}


main()
"""


def worker(end: str = "    log.info('all %d jobs done', JOBS)", *, top: str = "", jobs: int = 240) -> str:
    """A batch worker; `end` is what it does after its jobs (indented by four, inside `main`)."""
    return _WORKER.format(jobs=jobs, top=top, end=end)


_QUERIES = """\
import logging
import os
import sys
import time

import psycopg2

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s [%(levelname)s] %(message)s")
log = logging.getLogger("orders")


def connect(**more):
    settings = dict(host=os.environ["PGHOST"], user=os.environ.get("PGUSER", "postgres"), dbname="postgres")
    settings.update(password=os.environ.get("PGPASSWORD", ""), connect_timeout=3)
    settings.update(more)
    last = None
    for attempt in range(1, {tries} + 1):
        try:
            found = psycopg2.connect(**settings)
            log.info("connected to postgres %s", found.server_version)
            return found
        except psycopg2.OperationalError as error:
            last = error
            log.warning("attempt %d of {tries}: postgres does not answer yet", attempt)
            time.sleep(0.3)
    raise last


def main():
{begin}
    link = connect()
    link.autocommit = True
    cursor = link.cursor()
    cursor.execute("create table if not exists orders (id serial primary key, amount int, at timestamptz default now())")
    for number in range(1, {orders} + 1):
        cursor.execute("insert into orders (amount) values (%s) returning id", (number * 31 % 997,))
        log.info("order %d stored with amount %d", cursor.fetchone()[0], number * 31 % 997)
        if number % 40 == 0:
            cursor.execute("select count(*), sum(amount) from orders")
            log.info("so far %s orders, sum %s", *cursor.fetchone())
{end}


main()
"""


def orders(end: str = "    log.info('done')", *, begin: str = "    pass", count: int = 200, tries: int = 40) -> str:
    """Stores orders in a real postgres, then does what `end` says."""
    return _QUERIES.format(begin=begin, end=end, orders=count, tries=tries)


_CACHE = """\
import logging
import os
import sys
import time

import redis

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s cart %(message)s")
log = logging.getLogger("cart")


def main():
    store = redis.Redis(host=os.environ["REDIS_HOST"], port=6379, password=os.environ.get("REDIS_PASSWORD") or None,
                        socket_timeout=3, socket_connect_timeout=3)
    number = 0
    while True:
        number += 1
        store.hset(f"cart:{{number % 50}}", mapping={{"items": number % 9 + 1, "total": number * 13 % 400}})
        size = store.hlen(f"cart:{{number % 50}}")
        log.info("cart %d saved, %d fields, %d carts", number % 50, size, store.dbsize())
        time.sleep({pause})
        if number == {rounds}:
            break
{end}


main()
"""


def carts(end: str = "    time.sleep(3600)", *, pause: float = 0.02, rounds: int = 0) -> str:
    """Saves carts in a real redis; 0 rounds = for ever."""
    return _CACHE.format(pause=pause, rounds=rounds, end=end)


_NODE = """\
const express = require("express");
{top}
const app = express();
const stock = new Map(Array.from({{length: 300}}, (_, i) => [String(i + 1), {{id: i + 1, price: (i * 37) % 500 + 1}}]));

app.use((req, res, next) => {{
  const begun = process.hrtime.bigint();
  res.on("finish", () => {{
    const ms = Number(process.hrtime.bigint() - begun) / 1e6;
    console.log(`${{new Date().toISOString()}} ${{req.method}} ${{req.originalUrl}} ${{res.statusCode}} ${{ms.toFixed(2)}}ms`);
  }});
  next();
}});
app.get("/", (req, res) => res.send("shop\\n"));
app.get("/items/:id", (req, res) => {{
  const found = stock.get(req.params.id);
  if (!found) {{
    console.warn(`${{new Date().toISOString()}} warn: no article ${{req.params.id}}`);
    return res.status(404).json({{error: "not found"}});
  }}
  res.json(found);
}});
app.get("/report", async (req, res) => {{
  {report}
  res.json({{articles: stock.size}});
}});
app.listen(process.env.PORT || 3000, () => console.log(`shop listening on port ${{process.env.PORT || 3000}}`));
"""


def node(*, top: str = "", report: str = "") -> str:
    """A shop on Express."""
    return _NODE.format(top=top, report=report)


def requests(port: int, count: int = 260, *, path: str = "/items/", first: int = 150) -> str:
    """A shell's text: waits for the port, then asks for so many pages, some of which are not there."""
    wait = f"curl -s -o /dev/null --retry 60 --retry-connrefused --retry-delay 0 --retry-max-time 40 http://127.0.0.1:{port}/"
    pages = f'curl -s -o /dev/null "http://127.0.0.1:{port}{path}[{first}-{first + count}]"'
    return f"for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{port}/ && break; sleep 0.2; done; {wait}; {pages}"


def get(port: int, path: str) -> str:
    """One request, which may take a while."""
    return f"curl -s -m 20 -o /dev/null http://127.0.0.1:{port}{path} || true"
