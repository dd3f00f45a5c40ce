"""Chats on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.web.conftest import ROOT


def test_the_last_words_of_a_chat_are_stored_when_the_server_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.web.busy", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "waited last words"
