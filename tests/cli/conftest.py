"""The command as a person calls it: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from app.main import main


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Kubelite = Callable[..., Ended]


@pytest.fixture
def kubelite(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kubelite:
    """Runs the command in this process, on the simulator, in a data directory of the test's own."""
    monkeypatch.setenv("KUBELITE_RUNTIME", "simulator")

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kubelite", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        streams = capsys.readouterr()
        assert "Traceback" not in streams.out + streams.err
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, streams.out, streams.err)

    return call
