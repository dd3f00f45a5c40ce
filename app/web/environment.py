"""Chainlit reads its environment, and writes files, when it is imported. This is the one place that prepares both.

Chainlit's root is a directory inside the data directory, rebuilt at each start: it holds our configuration, a link to
`public/`, the translations Chainlit writes and the files people upload. So the checkout stays clean, and may be
read-only.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""Where `public/`, `.chainlit/` and `chainlit.md` live."""

WRONG_LOGIN = "User or token is wrong; kubelite doctor prints the login link."
WORDS: dict[str, Any] = {
    "auth": {
        "login": {
            "title": "Log in to KubeLite",
            "form": {
                "email": {"label": "User", "placeholder": "admin", "required": "the user is admin"},
                "password": {
                    "label": "Token (it is in the login link in your terminal)",
                    "required": "the token is missing",
                },
            },
            "errors": {"credentialsSignin": WRONG_LOGIN, "default": WRONG_LOGIN},
        }
    },
    "chat": {
        "input": {"placeholder": "Say what should run, for example: deploy 3 nginx containers"},
        "watermark": "What destroys something always asks first.",
    },
    "navigation": {"header": {"readme": "Help"}},
}
"""Chainlit's own English words that do not fit here."""


UNUSED = {"mcp": "ClientSession", "traceloop.sdk": "Traceloop"}
"""What Chainlit imports for features that are closed here (MCP clients, Literal AI's telemetry): module and name."""


def prepare(data_directory: Path, auth_secret: str) -> Path:
    """Builds Chainlit's root, sets its environment and imports it. Must run before the first `import chainlit`."""
    root = data_directory / "web"
    if "chainlit" in sys.modules and os.environ.get("CHAINLIT_APP_ROOT") != str(root):
        raise RuntimeError("chainlit was imported before its environment was prepared")
    if "chainlit" not in sys.modules:
        _build(root)
    os.environ["CHAINLIT_APP_ROOT"] = str(root)
    os.environ["CHAINLIT_AUTH_SECRET"] = auth_secret
    os.environ.setdefault("TRACELOOP_TELEMETRY", "false")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    _import_chainlit()
    return root


def _import_chainlit() -> None:
    """Without what is `UNUSED`: more than half a second of processor time and 28 MiB. Whoever imports one of these
    later gets the real module."""
    absent = [name for name in UNUSED if name not in sys.modules]
    for name in absent:
        stand_in = ModuleType(name)
        setattr(stand_in, UNUSED[name], type(UNUSED[name], (), {}))
        sys.modules[name] = stand_in
    try:
        importlib.import_module("chainlit")
    finally:
        for name in absent:
            del sys.modules[name]


def _build(root: Path) -> None:
    if not (PROJECT_ROOT / ".chainlit" / "config.toml").is_file():
        raise RuntimeError(f"the page's files are missing in {PROJECT_ROOT}: run KubeLite from its checkout")
    shutil.rmtree(root, ignore_errors=True)
    translations = root / ".chainlit" / "translations"
    translations.mkdir(parents=True, mode=0o700)
    shutil.copy(PROJECT_ROOT / ".chainlit" / "config.toml", root / ".chainlit" / "config.toml")
    for name in ("chainlit.md", "chainlit_en-US.md"):  # without the second each page load logs a warning
        shutil.copy(PROJECT_ROOT / "chainlit.md", root / name)
    _link(PROJECT_ROOT / "public", root / "public")
    _write_words(translations / "en-US.json")


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=True)
    except OSError:  # a file system without links
        shutil.copytree(source, target)


def _write_words(target: Path) -> None:
    spec = importlib.util.find_spec("chainlit")
    if spec is None or spec.origin is None:
        raise RuntimeError("chainlit is not installed: run `make setup`")
    original = Path(spec.origin).parent / "translations" / "en-US.json"
    words = json.loads(original.read_text(encoding="utf-8"))
    target.write_text(json.dumps(_merged(words, WORDS)), encoding="utf-8")


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, dicts merged; keys that `base` does not have are left out, so a rename is noticed."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merged[key] = _merged(base[key], value)
        elif key in base:
            merged[key] = value
    return merged
