"""`kubelite demo` as a process of its own: ten acts, each checked, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.acts import ACTS

COMMAND = (sys.executable, "-c", "from app.main import main; main()", "demo")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where the command makes its data directory; in memory where that goes."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def environment(home: Path, scratch: Path) -> dict[str, str]:
    """The person's own settings must not matter: this mode would change nothing, this Docker is not there."""
    mine = {"KUBELITE_HOME": str(home), "KUBELITE_MODE": "observe", "DOCKER_HOST": "unix:///no-such-socket"}
    return {**os.environ, **mine, "PYTHONUNBUFFERED": "1", "TMPDIR": str(scratch)}


def left(scratch: Path) -> list[Path]:
    """Data directories of demos."""
    return list(scratch.rglob("kubelite-demo-*"))


def test_all_ten_acts_come_out_as_they_should(tmp_path: Path, scratch: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--fast"],
        env=environment(tmp_path, scratch),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    titles = [f"{act.number}. {act.title}" for act in ACTS]
    assert [line for line in done.stdout.splitlines() if line in titles] == titles
    assert "✖" not in done.stdout
    assert done.stdout.rstrip().endswith("10 acts, each really carried out and checked; nothing of it is left.")
    assert done.stderr == ""
    assert left(scratch) == []


def test_ctrl_c_ends_it_and_nothing_is_left(tmp_path: Path, scratch: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--fast"],
        env=environment(tmp_path, scratch),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "ready" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "The demo was stopped; nothing of it is left." in out
    assert "Traceback" not in err
    assert left(scratch) == []


def test_an_act_that_there_is_not_is_one_sentence(tmp_path: Path, scratch: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--fast", "--only", "12"],
        env=environment(tmp_path, scratch),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "kubelite: there is no act 12; there are 1 to 10\n"
