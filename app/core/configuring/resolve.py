"""From a template to what a replica really gets: variables, command lines and files, with every reference resolved.

The rules are the kubelet's (`makeEnvironmentVariables`, `third_party/forked/golang/expansion`, the configMap, secret,
downwardAPI and projected volume plugins). Pure. What comes out may hold secrets, so nothing here quotes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.core.configuring.downward import REASON, PodFacts, field_value, is_resource, resource_value
from app.core.configuring.references import KIND_OF, Lookup, absent_key, absent_object, every_container
from app.core.errors import InvalidInput, Permanent
from app.core.names import check_env_name
from app.core.objects import ConfigMap, ObjectKey, Secret
from app.core.pods import FileContent
from app.core.template import Container, EnvFrom, EnvSource, Files, FileSource, PodTemplate

_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Resolved:
    """`template` has its commands and arguments expanded, so it may hold secrets as `env` and `files` do.

    `skipped` says which keys are no names of variables, a sentence for each source."""

    template: PodTemplate = field(repr=False)
    env: Mapping[str, tuple[tuple[str, str], ...]] = field(repr=False)
    files: Mapping[str, tuple[FileContent, ...]] = field(repr=False)
    skipped: tuple[str, ...] = ()


def resolve(template: PodTemplate, facts: PodFacts, lookup: Lookup) -> Resolved:
    """Raises `Permanent` (CreateContainerConfigError) where something that must be there is not."""
    resolver = _Resolver(template, facts, lookup)
    env = {container.name: resolver.environment(container) for container in every_container(template)}
    files = {
        volume.name: resolver.volume(volume.source) for volume in template.volumes if isinstance(volume.source, Files)
    }
    change = {
        part: tuple(_expanded(one, env[one.name]) for one in getattr(template, part))
        for part in ("containers", "init_containers")
    }
    return Resolved(
        template=template.model_copy(update=change),
        env={name: tuple(variables.items()) for name, variables in env.items()},
        files=files,
        skipped=tuple(resolver.skipped),
    )


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` by the variable of that name, or left as it is where there is none; `$$` is a plain `$`."""

    def value(found: re.Match[str]) -> str:
        return "$" if found[1] is None else variables.get(found[1], found[0])

    return _REFERENCE.sub(value, text)


def _expanded(container: Container, variables: Mapping[str, str]) -> Container:
    change = {
        "command": tuple(expand(word, variables) for word in container.command),
        "args": tuple(expand(word, variables) for word in container.args),
    }
    same = change["command"] == container.command and change["args"] == container.args
    return container if same else container.model_copy(update=change)


class _Resolver:
    """One replica's resolution; collects what was skipped on the way."""

    def __init__(self, template: PodTemplate, facts: PodFacts, lookup: Lookup) -> None:
        self._template = template
        self._facts = facts
        self._lookup = lookup
        self.skipped: list[str] = []

    # -- variables

    def environment(self, container: Container) -> dict[str, str]:
        """`env` counts more than `envFrom`, and of each list the later entry."""
        variables: dict[str, str] = {}
        for source in container.env_from:
            variables.update(self._whole(source))
        for var in container.env:
            if var.source is None:
                variables[var.name] = expand(var.value, variables)
            else:
                value = self._value(var.source, container)
                if value is not None:
                    variables[var.name] = value
        return variables

    def _whole(self, source: EnvFrom) -> Iterator[tuple[str, str]]:
        key = self._key(source.kind, source.name)
        found = self._object(key, optional=source.optional)
        if found is None:
            return
        values = _text_values(found)
        invalid = [name for name in sorted(values) if not _is_env_name(source.prefix + name)]
        if invalid:
            self.skipped.append(
                f"Keys [{', '.join(invalid)}] from the EnvFrom {key} were skipped since they are considered invalid "
                "environment variable names."
            )
        for name in sorted(values):
            if name not in invalid:
                yield source.prefix + name, _text(values[name], key, name)

    def _value(self, source: EnvSource, container: Container) -> str | None:
        """None where it is optional and not there: then the variable is not set at all."""
        if source.kind == "fieldRef":
            return field_value(source.key, self._facts)
        if source.kind == "resourceFieldRef":
            return resource_value(source.key, source.name or container.name, self._template, self._facts)
        key = self._key(source.kind, source.name)
        found = self._object(key, optional=source.optional)
        if found is None:
            return None
        values = _text_values(found)
        if source.key in values:
            return _text(values[source.key], key, source.key)
        if source.optional:
            return None
        raise Permanent(absent_key(key, source.key), reason=REASON)

    # -- files

    def volume(self, source: Files) -> tuple[FileContent, ...]:
        """Of files at the same path the later one counts."""
        found = {one.path: one for part in source.sources for one in self._files(part, source.default_mode)}
        return tuple(found.values())

    def _files(self, source: FileSource, default_mode: int) -> Iterator[FileContent]:
        if source.kind == "downwardAPI":
            for item in source.items:
                mode = default_mode if item.mode is None else item.mode
                yield FileContent(item.path, self._told(item.key, source.name).encode(), mode)
            return
        key = self._key(source.kind, source.name)
        found = self._object(key, optional=source.optional)
        if found is None:
            return
        values = found.values
        if not source.items:
            for name in sorted(values):
                yield FileContent(name, values[name], default_mode)
        for item in source.items:
            if item.key in values:
                mode = default_mode if item.mode is None else item.mode
                yield FileContent(item.path, values[item.key], mode)
            elif not source.optional:
                raise Permanent(absent_key(key, item.key), reason=REASON)

    def _told(self, path: str, container: str) -> str:
        if is_resource(path):
            return resource_value(path, container or self._template.containers[0].name, self._template, self._facts)
        return field_value(path, self._facts)

    # -- objects

    def _key(self, kind: str, name: str) -> ObjectKey:
        return ObjectKey(KIND_OF[kind], self._facts.namespace, name)

    def _object(self, key: ObjectKey, *, optional: bool) -> ConfigMap | Secret | None:
        found = self._lookup(key)
        if found is None and not optional:
            raise Permanent(absent_object(key), reason=REASON)
        return found


def _text_values(of: ConfigMap | Secret) -> Mapping[str, bytes]:
    """A variable takes a ConfigMap's `data` only: its `binaryData` is for files."""
    return {key: text.encode() for key, text in of.data.items()} if isinstance(of, ConfigMap) else of.values


def _text(value: bytes, key: ObjectKey, name: str) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # `from None`: the error of the decoder holds the value
        raise Permanent(
            f"key {name!r} of {key} is no text, so it cannot be a variable: mount it as a file", reason=REASON
        ) from None
    return text


def _is_env_name(text: str) -> bool:
    try:
        check_env_name(text)
    except InvalidInput:
        return False
    return True
