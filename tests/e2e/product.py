"""The product as a person runs it: `kubelite serve` as a process of its own, over its real parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from app.main import main; main()")
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")


@dataclass
class Product:
    """One data directory. `start` returns when the login link is printed, which is when it answers."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    link: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {**kept, "KUBELITE_HOME": str(self.home), "KUBELITE_CHECK": "1", **self.environment}

    def start(self) -> None:
        with (self.home.parent / "serve.log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "/enter?token=" in line:
                self.link = line.strip()
                break
        assert self.link, self.log
        self.port = int(self.link.split(":")[2].split("/")[0])

    @property
    def log(self) -> str:
        return (self.home.parent / "serve.log").read_text(encoding="utf-8")

    def end(self, number: signal.Signals) -> int:
        """Sends the signal and waits for the process."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process = None
        return code

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = self.link.split("token=")[1]
        reply = httpx.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=100,
        )
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def ask(self, text: str) -> dict[str, Any]:
        """What `kubelite ask --json` gives, without its start-up time."""
        return self._call("POST", "/api/ask", {"text": text, "source": "shell"})

    def app(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(app for app in self.state()["apps"] if app["name"] == name)
        return found

    def tool(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """One tool call as the shell's own commands make it: `{"ok", "summary", "next", "data", ...}`."""
        return self._call("POST", f"/api/tools/{name}", {"arguments": arguments})

    def approve(self, approval: str) -> dict[str, Any]:
        """A person's yes; returns once the approved call has ended."""
        return self._call("POST", f"/api/approvals/{approval}", {"decision": "approve"})

    def try_to_approve(self, approval: str) -> None:
        """As `approve`, for a server that may be killed meanwhile."""
        with suppress(httpx.TransportError):
            self.approve(approval)

    def state(self) -> dict[str, Any]:
        """The whole board."""
        return self._call("GET", "/api/state")

    def metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=20).text

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, env=self._environment(), capture_output=True, text=True, timeout=100
        )
