"""A Docker Engine of the test's own, which it may kill: in a network namespace, so that it leaves others alone.

Two Engines on one host take each other's iptables chains away, hence the namespace. `nsenter` and not `ip netns exec`:
the latter mounts /sys anew, without the cgroups that dockerd needs.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docker_engine import BUILD, engine_request, unavailable
from tests.polling import until

TOOLS = ("dockerd", "ip", "nsenter", "umount", "docker")
START_SECONDS = 30.0


@dataclass
class OwnEngine:
    """`start` returns when it answers. What it runs outlives `kill`, as on a real host."""

    root: Path
    namespace: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def docker_host(self) -> str:
        return f"unix://{self.root}/docker.sock"

    @property
    def log(self) -> str:
        return (self.root / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        roots = [
            "--data-root",
            f"{self.root}/data",
            "--exec-root",
            f"{self.root}/exec",
            "--pidfile",
            f"{self.root}/pid",
        ]
        inside = ["nsenter", f"--net=/run/netns/{self.namespace}"]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*inside, "dockerd", *roots, "-H", self.docker_host], stdout=log, stderr=subprocess.STDOUT
            )
        until(self._answers, START_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"dockerd ended: {self.log[-2000:]}")
        with suppress(OSError):
            return engine_request(self.docker_host, "GET", "/_ping")[0] == 200
        return False

    def end(self, number: signal.Signals) -> None:
        """Sends the signal to dockerd alone, and waits for its end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)
            self.process = None

    def clean(self) -> None:
        """Ends what is left of it: what outlived a kill, mounts, the namespace, the directory."""
        for pid in self._outlived():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
        for mount in reversed(mounts):
            if mount.startswith(f"{self.root}/"):
                subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False, capture_output=True)
        shutil.rmtree(self.root, ignore_errors=True)

    def _outlived(self) -> list[int]:
        """Its containerd and shims, which name its directory, and the processes of its containers, their children."""
        found: list[int] = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"{self.root}/" in (entry / "cmdline").read_text(encoding="utf-8", errors="replace"):
                    children = (entry / "task" / entry.name / "children").read_text(encoding="utf-8")
                    found += [*map(int, children.split()), int(entry.name)]
        return found


@pytest.fixture
def own_engine() -> Iterator[OwnEngine]:
    """Started, with the tiny images."""
    if absent := [tool for tool in TOOLS if shutil.which(tool) is None]:
        unavailable(f"no Engine of one's own without {', '.join(absent)}")
    # Not pytest's directory: its path is too long for a unix socket, and it is kept for a while.
    engine = OwnEngine(Path(tempfile.mkdtemp(prefix="kubelite-")), f"kl{secrets.token_hex(4)}")
    try:
        for command in (
            ["ip", "netns", "add", engine.namespace],
            ["ip", "-n", engine.namespace, "link", "set", "lo", "up"],
        ):
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode:
                unavailable(f"a network namespace cannot be made: {made.stderr.strip()}")
        engine.start()
        environment = {**os.environ, "DOCKER_HOST": engine.docker_host}
        subprocess.run([BUILD, "tiny"], env=environment, check=True, capture_output=True, timeout=120)
        yield engine
    finally:
        engine.end(signal.SIGTERM)
        engine.clean()
