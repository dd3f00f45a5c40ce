"""What `kubelite serve` costs while 50 replicas run on Docker and nothing happens: CPU and memory of the whole process.

    python -m benchmarks.idle [--replicas 50] [--seconds 30] [--image kubelite/tiny:1]

Budgets: less than 1 % of a core, less than 200 MiB resident. Read from /proc, so Linux only. DOCKER_HOST says where;
the app is deleted at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

COMMAND = (sys.executable, "-c", "from app.main import main; main()")
MANIFEST = {"apiVersion": "kubelite.io/v1", "kind": "Application", "metadata": {"name": "idle"}}
MEASURED_SECONDS = 30.0
SETTLING_SECONDS = 20.0
"""After the start: the first usage samples come closer together."""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[int]:
    """The pid of a server that answers."""
    command = [*COMMAND, "serve", "--port", "0", "--runtime", "docker"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        if not any("/enter?token=" in line for line in server.stdout):
            raise SystemExit("kubelite serve ended before it answered")
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def measure(replicas: int, seconds: float, image: str) -> None:
    spec: dict[str, Any] = {"replicas": replicas, "container": {"image": image}}
    text, quiet = json.dumps({**MANIFEST, "spec": spec}), Event()
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "KUBELITE_HOME": home}

        def run(*arguments: str, given: str = "") -> None:
            command = [*COMMAND, *arguments]
            subprocess.run(command, env=environment, input=given, text=True, check=True, stdout=subprocess.DEVNULL)

        with serving(environment) as pid:
            empty = resident_mib(pid)
            run("apply", "--yes", "-f", "-", given=text)
            try:
                quiet.wait(SETTLING_SECONDS)
                begun, at = cpu_seconds(pid), perf_counter()
                quiet.wait(seconds)
                share = (cpu_seconds(pid) - begun) / (perf_counter() - at) * 100
                print(
                    f"idle with {replicas} replicas: {share:.2f} % of a core over {seconds:.0f} s, goal < 1 %; resident"
                    f" {resident_mib(pid):.0f} MiB ({empty:.0f} MiB with none), goal < 200 MiB",
                    flush=True,
                )
            finally:
                run("ask", "--yes", "delete idle")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=MEASURED_SECONDS)
    parser.add_argument("--image", default="kubelite/tiny:1")
    given = parser.parse_args()
    measure(given.replicas, given.seconds, given.image)
