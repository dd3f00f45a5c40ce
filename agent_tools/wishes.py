"""What is wished for, app or object beside the apps, under one name each: "web", "Service web", "Namespace prod".

Previews, audit rows and undo name everything this way. No app's name has a space in it, so the two never mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from agent_tools.changes import ref
from app.core.approvals import Change
from app.core.differences.apps import diff_specs
from app.core.differences.objects import diff_objects
from app.core.errors import NotFound
from app.core.objects import KubeObject, ObjectKey, key_of
from app.core.spec import AppSpec
from app.ports.control import Control

Wish: TypeAlias = AppSpec | KubeObject


def object_ref(key: ObjectKey) -> str:
    """`Service web`; the namespace only where it is not `default`."""
    return f"{key.kind} {key.name}" if key.namespace in ("", "default") else str(key)


def name_of(wish: Wish) -> str:
    return ref(wish.key) if isinstance(wish, AppSpec) else object_ref(key_of(wish))


def is_object(name: str) -> bool:
    return " " in name


def split(name: str) -> tuple[str, str]:
    """Kind and name of an object, as `Control` takes them."""
    kind, _, rest = name.partition(" ")
    return kind, rest


def difference(before: Wish | None, after: Wish | None) -> tuple[Change, ...]:
    """One line for each thing that differs, between two states of the same app or object."""
    if isinstance(before, AppSpec) or isinstance(after, AppSpec):
        was = before if isinstance(before, AppSpec) else None
        return diff_specs(was, after if isinstance(after, AppSpec) else None)
    return diff_objects(before, after)


def standing(control: Control, names: Sequence[str]) -> dict[str, Wish]:
    """The wishes for these names as they stand. What is not there, or on its way out, is left out; so is one of the
    same name in another namespace."""
    found: dict[str, Wish] = {}
    for name in names:
        one = _object(control, name) if is_object(name) else _app(control, name)
        if one is not None and name_of(one) == name:
            found[name] = one
    return found


def _app(control: Control, name: str) -> AppSpec | None:
    try:
        view = control.app(name)
    except NotFound:
        return None
    return None if view.deleting else view.spec


def _object(control: Control, name: str) -> KubeObject | None:
    try:
        view = control.object(*split(name))
    except NotFound:
        return None
    return None if view.deleting else view.object
