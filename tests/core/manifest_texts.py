"""Manifests for the tests, and marks that say on which line an error is expected."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from app.core.manifest import FieldError, ManifestReport, parse_manifests
from app.core.spec import AppSpec

MARK = "# <-"
"""Stands in a manifest on the line (or lines) where an error or warning belongs."""


@dataclass(frozen=True)
class Marked:
    """A manifest and the 1-based lines of its marks."""

    text: str
    lines: tuple[int, ...]


def marked(text: str) -> Marked:
    """Dedents; the mark may stay in the text: it is a comment."""
    plain = textwrap.dedent(text).lstrip("\n")
    return Marked(plain, tuple(at for at, line in enumerate(plain.splitlines(), start=1) if MARK in line))


def parse(text: str) -> ManifestReport:
    return parse_manifests(textwrap.dedent(text).lstrip("\n"), runtime="simulator")


def accepted(text: str) -> AppSpec:
    """The one app of a manifest that must be right and without warnings."""
    report = parse(text)
    assert [str(error) for error in report.errors] == []
    assert [str(warning) for warning in report.warnings] == []
    (spec,) = report.specs
    return spec


def places(errors: tuple[FieldError, ...]) -> list[tuple[str, int | None]]:
    return [(error.path, error.line) for error in errors]


def indented(text: str, by: int) -> str:
    return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * by) + "\n" if text.strip() else ""


def deployment(*, container: str = "", pod: str = "", template: str = "", spec: str = "", meta: str = "") -> str:
    """A right Deployment `web` with lines added to one of its parts."""
    return (
        "apiVersion: apps/v1\n"
        "kind: Deployment\n"
        "metadata:\n"
        "  name: web\n"
        f"{indented(meta, 2)}"
        "spec:\n"
        f"{indented(spec, 2)}"
        "  selector:\n"
        "    matchLabels:\n"
        "      app: web\n"
        "  template:\n"
        "    metadata:\n"
        "      labels:\n"
        "        app: web\n"
        f"{indented(template, 4)}"
        "    spec:\n"
        f"{indented(pod, 6)}"
        "      containers:\n"
        "      - name: main\n"
        "        image: nginx:1.25\n"
        f"{indented(container, 8)}"
    )


def application(*, container: str = "", spec: str = "", meta: str = "") -> str:
    """A right Application `web` with lines added to one of its parts."""
    return (
        "apiVersion: kubelite.io/v1\n"
        "kind: Application\n"
        "metadata:\n"
        "  name: web\n"
        f"{indented(meta, 2)}"
        "spec:\n"
        f"{indented(spec, 2)}"
        "  container:\n"
        "    image: nginx:1.25\n"
        f"{indented(container, 4)}"
    )


CONTAINER = "spec.template.spec.containers[0]"
