"""The data directory (`KUBELITE_HOME`): one owner at a time, and the few small files that are not in the database.

lock            held by the owner with flock, so it is free again the moment the owner dies; holds its pid
instance        8 hex digits that label what this installation runs
token           the login token of the page and the API (0600)
auth_secret     signs the login cookie (0600)
server.json     {"url", "pid"} of the process that serves, while it does
kubelite.db     the database, unless a URL says otherwise
simulator.json  the simulator's world
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import Conflict, Permanent

_INSTANCE = re.compile(r"[0-9a-f]{8}")
_SECRET = re.compile(r"[\x21-\x7e]{16,}")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The process that serves a data directory."""

    url: str
    pid: int


@dataclass(slots=True)
class Home:
    """An owned data directory. The lock is held from `open` to `close`, or to the end of the process."""

    path: Path
    instance: str
    token: str = field(repr=False)
    auth_secret: str = field(repr=False)
    _lock: int = field(repr=False)

    @classmethod
    def open(cls, path: Path, *, token_hex: Callable[[int], str] = secrets.token_hex) -> Home:
        """Creates the directory where needed and becomes its owner. `token_hex(n)` gives 2n random hex digits.

        Raises `Conflict` when another process owns it, `Permanent` when it cannot be used.
        """
        with _explained(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = _take_lock(path)
            try:
                instance = _kept(path / "instance", _INSTANCE, "8 hex digits", lambda: token_hex(4))
                token = _kept(path / "token", _SECRET, "a login token", lambda: token_hex(32))
                secret = _kept(path / "auth_secret", _SECRET, "a signing secret", lambda: token_hex(32))
                (path / "server.json").unlink(missing_ok=True)
            except BaseException:
                os.close(lock)
                raise
        return cls(path, instance, token, secret, lock)

    @property
    def database_url(self) -> str:
        from sqlalchemy.engine import URL  # heavy: a command that asks the running server opens no database

        return URL.create("sqlite+aiosqlite", database=str(self.path / "kubelite.db")).render_as_string()

    @property
    def simulator_state(self) -> Path:
        return self.path / "simulator.json"

    def announce(self, url: str) -> None:
        """Tells other processes where this one serves, until `close`."""
        with _explained(self.path):
            _write(self.path / "server.json", json.dumps({"url": url, "pid": os.getpid()}))

    def close(self) -> None:
        """Gives the directory up. May be called twice."""
        if self._lock < 0:
            return
        with suppress(OSError):
            (self.path / "server.json").unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = -1

    @staticmethod
    def running_server(path: Path) -> RunningServer | None:
        """The process that serves this directory now; None when there is none, also after it was killed."""
        try:
            found = json.loads((path / "server.json").read_text("utf-8"))
            server = RunningServer(str(found["url"]), int(found["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return server if _owner(path) == server.pid and _alive(server.pid) and _locked(path) else None

    @staticmethod
    def stored_token(path: Path) -> str | None:
        """The login token, for a process that talks to the running server; None when there is no such file."""
        with _explained(path):
            try:
                return (path / "token").read_text("utf-8").strip()
            except FileNotFoundError:
                return None


def _take_lock(path: Path) -> int:
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
    except BlockingIOError as error:
        os.close(lock)
        owner = _owner(path)
        who = "another KubeLite" + (f" (pid {owner})" if owner else "")
        raise Conflict(f"{who} uses {path}; stop it, or set KUBELITE_HOME to another directory") from error
    except BaseException:
        os.close(lock)
        raise
    return lock


def _owner(path: Path) -> int | None:
    """The pid in the lock file: of the owner, or of the last one."""
    try:
        return int((path / "lock").read_text("ascii"))
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _locked(path: Path) -> bool:
    """Tries the lock for an instant. Asked last: a process that starts at this very instant would see a clash."""
    try:
        lock = os.open(path / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _kept(path: Path, form: re.Pattern[str], what: str, make: Callable[[], str]) -> str:
    """The content of a small file that is written once."""
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        text = make()
        _write(path, text + "\n")
    except UnicodeDecodeError:
        text = ""
    if not form.fullmatch(text):
        raise Permanent(f"{path} does not hold {what}; restore the file, or remove it for a new one")
    return text


def _write(path: Path, text: str) -> None:
    """Whole or not at all, readable by the owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


_WHY = {
    errno.EACCES: "may not be written by this user",
    errno.EPERM: "may not be written by this user",
    errno.EROFS: "is on a read-only file system",
    errno.ENOSPC: "is on a full disk",
    errno.EEXIST: "is a file, not a directory",
    errno.ENOTDIR: "has a file where a directory must be",
    errno.ENOLCK: "is on a file system without locks",
}


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"cannot be used ({error.strerror})")
        raise Permanent(
            f"the data directory {path} {why}; set KUBELITE_HOME to a directory you can write",
            reason="InvalidConfig",
        ) from error
