"""`envFrom`: every key of a ConfigMap or Secret as a variable."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.keys import check_object_name
from app.core.names import check_env_name
from app.core.spec import EnvFrom

_KINDS = ("configMapRef", "secretRef")


def read_env_from(fields: Fields) -> tuple[EnvFrom, ...]:
    found = [_source(each) for each in fields.each("envFrom", hint='write "- configMapRef:" and below it "name: NAME"')]
    return tuple(each for each in found if each is not None)


def _source(each: Fields) -> EnvFrom | None:
    prefix = each.text("prefix", check=_prefix) or ""
    given = [key for key in _KINDS if each.has(key)]
    if len(given) != 1:
        has = "no source" if not given else "two sources"
        each.error(None, f"an item of envFrom has {has}: it needs exactly one of configMapRef or secretRef")
        each.close({})
        return None
    inner = each.fields(given[0])
    each.close({})
    if inner is None:
        return None
    name = inner.text("name", check=check_object_name, required=True)
    optional = inner.boolean("optional")
    inner.close({})
    if name is None:
        return None
    return EnvFrom.model_validate({"kind": given[0], "name": name, "prefix": prefix, "optional": bool(optional)})


def _prefix(text: str) -> str:
    return check_env_name(text) if text else text
