"""Plain data as YAML that Kubernetes' tools and our reader take for the same."""

from __future__ import annotations

import re

import yaml

from app.core.manifest.export.plain import Octal, Plain
from app.core.manifest.nodes import ScalarKind, resolve

_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Block style without aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Lines as a block; quoted is what would read back as something else (our reader knows more numbers than the
    dumper does) and what has line breaks of Unicode's, which YAML does not keep."""
    style = None
    if _OTHER_BREAKS.search(value) or resolve(value, 0).kind is not ScalarKind.STRING:
        style = '"'
    elif "\n" in value:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _octal(dumper: yaml.SafeDumper, value: Octal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:int", f"0{int(value):o}" if value else "0")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Octal, _octal)


def as_yaml(document: Plain) -> str:
    """One document, its keys in the order they have."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)
