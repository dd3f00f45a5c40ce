"""`apply`, `export`, `diff` and `validate`: manifests in and out of the shell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from agent_tools.text import listed, one_line
from app.cli import calls
from app.cli.plain import plain
from app.cli.sessions import open_session
from app.cli.wiring import Wiring
from app.core.errors import InvalidInput
from app.core.manifest import MAX_BYTES, parse_manifests
from app.core.manifest.policy import Policy
from app.settings import Settings


def read(path: Path) -> bytes:
    """The bytes of a file, `-` for standard input. Raises `InvalidInput` with one clear sentence."""
    try:
        if str(path) == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{_shown(path)} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise InvalidInput(f"{_shown(path)} is larger than {MAX_BYTES:,} bytes, which is the limit; split it")
    return raw


def _shown(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


async def apply(wiring: Wiring, settings: Settings, path: Path, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    text = _text(path)
    arguments = {"yaml": text, "dry_run": dry_run}
    return await calls.call(wiring, settings, "apply_manifest", arguments, yes=yes, as_json=as_json)


def _text(path: Path) -> str:
    raw = read(path)
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{_shown(path)} is not {encoding.removesuffix('-sig')} text (byte {error.start}); save it as UTF-8"
        ) from error


async def export(
    wiring: Wiring, settings: Settings, app: str | None, *, namespace: str | None, secrets: bool, as_json: bool
) -> int:
    """YAML on stdout and nothing else; what was left out is said on stderr."""
    arguments = {"app": app, "namespace": namespace, "secrets": secrets or None}
    given = {name: value for name, value in arguments.items() if value is not None}
    async with open_session(settings, wiring, observe_only=True) as session:
        result = await session.tool("export_manifest", given, yes=False)
    if as_json:
        click.echo(json.dumps(result))
        return 0 if result["ok"] else 1
    if not result["ok"]:
        click.echo(plain(result["summary"]), err=True)
        return 1
    click.echo(result["data"]["yaml"].rstrip("\n"))
    if left_out := result["data"].get("left_out"):
        click.echo(f"left out: {listed(left_out)}; kubelite export --secrets has them", err=True)
    return 0


def validate(files: tuple[Path, ...], settings: Settings, *, as_json: bool) -> int:
    """Accept or reject, no effect; 1 when any file is rejected."""
    reports = [_validate(path, settings.policy) for path in files]
    if as_json:
        click.echo(json.dumps({"files": reports}))
    else:
        for report in reports:
            _print(report)
    return 0 if all(report["valid"] for report in reports) else 1


def _validate(path: Path, policy: Policy) -> dict[str, Any]:
    report = parse_manifests(read(path), runtime="simulator", policy=policy)
    return {
        "file": _shown(path),
        "valid": not report.errors,
        "documents": [f"{document.kind} {document.spec.name}" for document in report.documents],
        "errors": [
            {"document": e.document, "path": e.path, "line": e.line, "message": e.message, "hint": e.hint}
            for e in report.errors
        ],
        "warnings": [
            {"document": w.document, "path": w.path, "line": w.line, "message": w.message} for w in report.warnings
        ],
    }


def _print(report: dict[str, Any]) -> None:
    word = "valid" if report["valid"] else "not valid"
    click.echo(f"{report['file']}: {word}{': ' + ', '.join(report['documents']) if report['valid'] else ''}")
    for kind in ("errors", "warnings"):
        for item in report[kind]:
            where = ":".join(str(part) for part in (item["line"], item["path"]) if part)
            hint = f" ({item['hint']})" if item.get("hint") else ""
            click.echo("  " + one_line(f"{kind[:-1]}{' ' * bool(where)}{where}: {item['message']}{hint}", 1000))
