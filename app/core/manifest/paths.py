"""POSIX paths as text: what a manifest may name, judged without looking at any disk."""

from __future__ import annotations


def parts(path: str) -> tuple[str, ...]:
    """The names between the slashes; empty ones and `.` say nothing."""
    return tuple(part for part in path.split("/") if part not in ("", "."))


def climbs(path: str) -> bool:
    """Whether it goes up anywhere."""
    return ".." in parts(path)


def clean(path: str) -> str:
    """An absolute path in its shortest spelling."""
    return "/" + "/".join(parts(path))


def is_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or lies in it."""
    top = parts(root)
    return parts(path)[: len(top)] == top
