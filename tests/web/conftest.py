"""The page as a process of its own: Chainlit is a module-level application, so one process has one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """A running page over the scripted backend of `tests.web.fakes`."""

    home: Path
    token: str = "the-token-of-the-tests"
    port: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        return f"{self.url}/enter?token={self.token}"

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8")

    async def post(self, path: str, **body: str) -> httpx.Response:
        """As a shell does it: JSON, with the token."""
        async with httpx.AsyncClient(base_url=self.url, headers=self.bearer, timeout=20) as client:
            return await client.post(path, json=body)

    def change_app(self, name: str, **values: object) -> None:
        """Behind the page's back: what the runtime shows of an app."""
        path = self.home / "apps.json"
        apps = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        apps[name] = apps.get(name, {}) | values
        path.write_text(json.dumps(apps), encoding="utf-8")

    def forget_apps(self, *names: str) -> None:
        path = self.home / "apps.json"
        apps = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({name: row for name, row in apps.items() if name not in names}), encoding="utf-8")

    @contextmanager
    def last_replica_waits(self) -> Iterator[None]:
        """Meanwhile a deployment goes no further than its last but one replica, so that its progress can be seen."""
        hold = self.home / "hold"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()

    def start(self) -> None:
        """Returns when the page answers; on the same port as before."""
        command = [sys.executable, "-m", "tests.web.serve", str(self.home), str(self.port), self.token, "box.example"]
        with (self.home / "log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        assert said[:1] == ["ready"], self.log
        self.port = int(said[1])

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One page for all tests that do not stop it; each uses app names of its own."""
    yield from _running(Site(tmp_path_factory.mktemp("site")))


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A page for one test, which may stop and start it."""
    yield from _running(Site(tmp_path))


def _running(site: Site) -> Iterator[Site]:
    site.start()
    yield site
    if site.process is not None:
        site.stop()
