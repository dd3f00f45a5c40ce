"""The data directory: one owner, files only the owner may read, and clear words when it cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.errors import Conflict, Permanent
from app.stores.home import Home, RunningServer
from app.stores.sql import SqlStore

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def owner(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A child process that owns and serves the directory."""
    command = [sys.executable, "-m", "tests.stores.children", "own", str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert _line(child) == "open"
            yield child
        finally:
            child.kill()


def _line(child: subprocess.Popen[str], answer_to: str = "") -> str:
    assert child.stdin is not None
    assert child.stdout is not None
    if answer_to:
        child.stdin.write(answer_to)
        child.stdin.flush()
    return child.stdout.readline().strip()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_directory_is_private_and_has_its_files(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "home"
    old = os.umask(0)
    try:
        home = Home.open(path)
        home.announce("http://127.0.0.1:8000")
    finally:
        os.umask(old)
    assert mode(path) == 0o700
    assert {entry.name: mode(entry) for entry in path.iterdir()} == dict.fromkeys(
        ("lock", "instance", "token", "auth_secret", "server.json"), 0o600
    )
    assert len(home.instance) == 8
    assert int(home.instance, 16) >= 0
    assert len(home.token) == len(home.auth_secret) == 64
    assert home.token != home.auth_secret
    assert home.token not in repr(home)
    assert home.auth_secret not in repr(home)
    home.close()


def test_what_was_made_once_stays(tmp_path: Path) -> None:
    first = Home.open(tmp_path, token_hex=lambda n: "ab" * n)
    first.close()
    first.close()
    second = Home.open(tmp_path, token_hex=lambda n: "cd" * n)
    assert (second.instance, second.token, second.auth_secret) == ("abababab", "ab" * 32, "ab" * 32)
    assert Home.stored_token(tmp_path) == second.token
    second.close()


def test_there_is_no_token_where_there_is_no_home(tmp_path: Path) -> None:
    assert Home.stored_token(tmp_path / "nowhere") is None
    assert Home.running_server(tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["instance", "token", "auth_secret"])
@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe", b"two words of some length"])
def test_a_damaged_file_is_named_and_the_lock_is_free_again(tmp_path: Path, name: str, content: bytes) -> None:
    Home.open(tmp_path).close()
    (tmp_path / name).write_bytes(content)
    for _ in range(2):
        with pytest.raises(Permanent, match=f"{name} does not hold .* restore the file, or remove it"):
            Home.open(tmp_path)


async def test_its_database_can_be_opened_whatever_its_path_is_called(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "ho me?mode=ro%20#1")
    store = await SqlStore.open(home.database_url)
    await store.put_meta("x", "y")
    await store.aclose()
    assert (home.path / "kubelite.db").is_file()
    assert home.simulator_state.parent == home.path
    home.close()


# -- one owner


def test_a_second_process_is_told_who_owns_the_directory(tmp_path: Path) -> None:
    with owner(tmp_path) as child:
        with pytest.raises(Conflict) as caught:
            Home.open(tmp_path)
        assert str(caught.value) == (
            f"another KubeLite (pid {child.pid}) uses {tmp_path}; stop it, or set KUBELITE_HOME to another directory"
        )
        assert Home.running_server(tmp_path) == RunningServer("http://127.0.0.1:8123", child.pid)
        child.kill()
        child.wait()
        assert (tmp_path / "server.json").exists()
        assert Home.running_server(tmp_path) is None
        Home.open(tmp_path).close()
        assert not (tmp_path / "server.json").exists()


def test_closing_gives_the_directory_up_while_the_process_lives(tmp_path: Path) -> None:
    with owner(tmp_path) as child:
        assert _line(child, "close\n") == "closed"
        assert not (tmp_path / "server.json").exists()
        assert Home.running_server(tmp_path) is None
        Home.open(tmp_path).close()


def test_the_same_process_cannot_own_it_twice(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with pytest.raises(Conflict, match=f"pid {os.getpid()}"):
        Home.open(tmp_path)
    home.close()


def test_looking_for_a_server_does_not_take_the_lock(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    assert Home.running_server(tmp_path) is None
    home.announce("http://127.0.0.1:9")
    assert Home.running_server(tmp_path) == RunningServer("http://127.0.0.1:9", os.getpid())
    home.close()
    again = Home.open(tmp_path)
    again.close()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"url": "http://x", "pid": "me"}', json.dumps({"url": "http://x", "pid": 1})]
)
def test_a_server_file_that_is_no_owners_is_no_server(tmp_path: Path, content: str) -> None:
    home = Home.open(tmp_path)
    (tmp_path / "server.json").write_text(content)
    assert Home.running_server(tmp_path) is None
    home.close()


# -- directories that cannot be used


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(Permanent, match="home is a file, not a directory; set KUBELITE_HOME"):
        Home.open(tmp_path / "home")
    with pytest.raises(Permanent, match="has a file where a directory must be; set KUBELITE_HOME"):
        Home.open(tmp_path / "home" / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Permanent, match="may not be written by this user; set KUBELITE_HOME"):
        Home.open(tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_directory_that_cannot_be_created_is_said() -> None:
    with pytest.raises(Permanent, match=r"the data directory /proc/kubelite .*; set KUBELITE_HOME"):
        Home.open(Path("/proc/kubelite"))
