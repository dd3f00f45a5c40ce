"""From references to values: precedence, expansion, files, what is missing, and that no value gets into words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.core.configuring.downward import PodFacts, resource_value
from app.core.configuring.references import Lookup, missing, references
from app.core.configuring.resolve import Resolved, expand, resolve
from app.core.errors import Permanent
from app.core.objects import ConfigMap, ObjectKey, Secret, key_of
from app.core.pods import Capacity, FileContent, PodId, PodRequest
from app.core.spec import AppKey
from app.core.template import (
    Amounts,
    Container,
    EnvFrom,
    EnvSource,
    EnvVar,
    FileItem,
    Files,
    FileSource,
    PodTemplate,
    Resources,
    Volume,
)

SETTINGS = ConfigMap(name="settings", data={"color": "blue", "SIZE": "9", "1st": "x"}, binary_data={"blob": b"\xff"})
KEYS = Secret(name="keys", data={"password": b"hunter2-very-secret", "raw": b"\xfe\xff"})
FACTS = PodFacts(
    name="web-0",
    namespace="default",
    uid="u-1",
    node="docker",
    labels={"app": "web", "tier": 'a"b'},
    annotations={"team": "blue"},
)


def those(*objects: ConfigMap | Secret) -> Lookup:
    found: Mapping[ObjectKey, ConfigMap | Secret] = {key_of(one): one for one in objects}
    return found.get


def template(*env: EnvVar, env_from: tuple[EnvFrom, ...] = (), files: Files | None = None) -> PodTemplate:
    volumes = (Volume(name="conf", source=files),) if files else ()
    return PodTemplate(containers=(Container(name="web", image="nginx", env=env, env_from=env_from),), volumes=volumes)


def variables(of: PodTemplate, *objects: ConfigMap | Secret) -> dict[str, str]:
    return dict(resolve(of, FACTS, those(*objects)).env["web"])


def from_map(name: str, key: str, *, optional: bool = False) -> EnvVar:
    return EnvVar(name=name, source=EnvSource(kind="configMapKeyRef", name="settings", key=key, optional=optional))


def field(path: str) -> EnvVar:
    return EnvVar(name="X", source=EnvSource(kind="fieldRef", key=path))


class TestExpansion:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("$(A)", "1"),
            ("x$(A)y$(B)", "x1y2"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$$$$(A)", "$$(A)"),
            ("$(NOT_SET)", "$(NOT_SET)"),
            ("$A ${A}", "$A ${A}"),
            ("$(A", "$(A"),
            ("$()", "$()"),
            ("100$", "100$"),
            ("$(EMPTY)!", "!"),
            ("$(A)$(A", "1$(A"),
        ],
    )
    def test_as_the_kubelet_does(self, text: str, expected: str) -> None:
        assert expand(text, {"A": "1", "B": "2", "EMPTY": ""}) == expected

    def test_only_variables_before_it_count(self) -> None:
        of = template(
            EnvVar(name="FIRST", value="$(LATER)"),
            EnvVar(name="LATER", value="x"),
            EnvVar(name="LAST", value="$(LATER)"),
        )
        assert variables(of) == {"FIRST": "$(LATER)", "LATER": "x", "LAST": "x"}

    def test_what_a_value_expands_to_is_not_expanded_again(self) -> None:
        of = template(EnvVar(name="A", value="1"), EnvVar(name="B", value="$$(A)"), EnvVar(name="C", value="$(B)"))
        assert variables(of)["C"] == "$(A)"

    def test_a_value_from_a_config_map_is_taken_as_it_is(self) -> None:
        raw = ConfigMap(name="settings", data={"color": "$(A)"})
        assert variables(template(EnvVar(name="A", value="1"), from_map("B", "color")), raw)["B"] == "$(A)"

    def test_command_lines_use_all_variables(self) -> None:
        container = Container(
            name="web",
            image="nginx",
            command=("run", "--color=$(COLOR)"),
            args=("$(NOPE)", "$$(COLOR)"),
            env=(from_map("COLOR", "color"),),
        )
        found = resolve(PodTemplate(containers=(container,)), FACTS, those(SETTINGS)).template.containers[0]
        assert found.command == ("run", "--color=blue")
        assert found.args == ("$(NOPE)", "$(COLOR)")

    def test_an_init_container_has_its_own(self) -> None:
        first = Container(name="init", image="busybox", args=("$(A)",), env=(EnvVar(name="A", value="1"),))
        of = PodTemplate(containers=(Container(name="web", image="nginx"),), init_containers=(first,))
        found = resolve(of, FACTS, those())
        assert found.template.init_containers[0].args == ("1",)
        assert found.env == {"init": (("A", "1"),), "web": ()}


class TestPrecedence:
    def test_env_counts_more_than_env_from(self) -> None:
        whole = (EnvFrom(kind="configMapRef", name="settings"),)
        assert variables(template(EnvVar(name="SIZE", value="1"), env_from=whole), SETTINGS)["SIZE"] == "1"

    def test_the_later_source_counts(self) -> None:
        other = ConfigMap(name="other", data={"color": "red"})
        both = (EnvFrom(kind="configMapRef", name="settings"), EnvFrom(kind="configMapRef", name="other"))
        assert variables(template(env_from=both), SETTINGS, other) == {"SIZE": "9", "color": "red"}
        assert variables(template(env_from=both[::-1]), SETTINGS, other)["color"] == "blue"

    def test_the_later_variable_counts(self) -> None:
        of = template(EnvVar(name="A", value="1"), EnvVar(name="A", value="$(A)2"))
        assert variables(of) == {"A": "12"}

    def test_a_whole_map_with_a_prefix(self) -> None:
        whole = (EnvFrom(kind="secretRef", name="pair", prefix="DB_"),)
        pair = Secret(name="pair", data={"user": b"me", "1": b"one"})
        assert variables(template(env_from=whole), pair) == {"DB_user": "me", "DB_1": "one"}

    def test_keys_that_are_no_names_are_skipped_and_named(self) -> None:
        of = template(env_from=(EnvFrom(kind="configMapRef", name="settings"),))
        found = resolve(of, FACTS, those(SETTINGS))
        assert dict(found.env["web"]) == {"SIZE": "9", "color": "blue"}
        (sentence,) = found.skipped
        assert sentence.startswith("Keys [1st] from the EnvFrom ConfigMap default/settings were skipped")


class TestFields:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("metadata.name", "web-0"),
            ("metadata.namespace", "default"),
            ("metadata.uid", "u-1"),
            ("metadata.labels['app']", "web"),
            ("metadata.labels['none']", ""),
            ("metadata.annotations['team']", "blue"),
            ("spec.nodeName", "docker"),
            ("status.podIP", ""),
            ("status.hostIP", ""),
        ],
    )
    def test_what_a_replica_is_told(self, path: str, expected: str) -> None:
        assert variables(template(field(path)))["X"] == expected

    def test_a_field_there_is_not(self) -> None:
        with pytest.raises(Permanent, match=r"spec\.hostname"):
            variables(template(field("spec.hostname")))

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("limits.memory", "1073741824"),
            ("limits.memory/1048576", "1024"),
            ("limits.cpu", "2"),
            ("limits.cpu/1m", "1500"),
            ("requests.cpu", "1"),
            ("requests.cpu/1m", "250"),
            ("requests.memory", "1073741824"),
            ("bare:limits.memory", "8000000000"),
            ("bare:limits.cpu", "4"),
            ("bare:requests.cpu", "0"),
        ],
    )
    def test_amounts_round_up_in_their_unit(self, path: str, expected: str) -> None:
        amounts = Resources(
            requests=Amounts(cpu_millicores=250), limits=Amounts(cpu_millicores=1500, memory_bytes=2**30)
        )
        of = PodTemplate(
            containers=(Container(name="web", image="x", resources=amounts), Container(name="bare", image="x"))
        )
        host = PodFacts("web-0", "default", "u", "docker", capacity=Capacity(4000, 8_000_000_000))
        assert resource_value(path, "web", of, host) == expected

    def test_a_container_there_is_not(self) -> None:
        with pytest.raises(Permanent, match='no container is called "db"'):
            resource_value("db:limits.cpu", "web", template(), FACTS)


class TestFiles:
    def files(self, *sources: FileSource, mode: int = 0o644) -> tuple[FileContent, ...]:
        of = template(files=Files(sources=sources, default_mode=mode))
        return resolve(of, FACTS, those(SETTINGS, KEYS)).files["conf"]

    def test_every_key_with_its_bytes(self) -> None:
        found = self.files(FileSource(kind="configMap", name="settings"))
        assert found == (
            FileContent("1st", b"x"),
            FileContent("SIZE", b"9"),
            FileContent("blob", b"\xff"),
            FileContent("color", b"blue"),
        )

    def test_chosen_keys_with_paths_and_modes(self) -> None:
        items = (FileItem(key="password", path="db/pass", mode=0o400), FileItem(key="raw", path="raw"))
        found = self.files(FileSource(kind="secret", name="keys", items=items), mode=0o440)
        assert [(one.path, one.mode) for one in found] == [("db/pass", 0o400), ("raw", 0o440)]

    def test_projected_sources_are_laid_over_each_other(self) -> None:
        told = FileSource(
            kind="downwardAPI",
            items=(FileItem(key="metadata.name", path="color"), FileItem(key="metadata.labels", path="labels")),
        )
        found = {one.path: one.data for one in self.files(FileSource(kind="configMap", name="settings"), told)}
        assert found["color"] == b"web-0"
        assert found["labels"] == b'app="web"\ntier="a\\"b"'

    def test_an_amount_as_a_file(self) -> None:
        (one,) = self.files(FileSource(kind="downwardAPI", items=(FileItem(key="web:limits.cpu", path="cpu"),)))
        assert one.data == b"0"

    def test_optional_sources_and_keys_may_be_missing(self) -> None:
        lost = FileSource(kind="secret", name="none", optional=True)
        items = (FileItem(key="nope", path="a"), FileItem(key="color", path="b"))
        some = FileSource(kind="configMap", name="settings", items=items, optional=True)
        assert [one.path for one in self.files(lost, some)] == ["b"]


class TestMissing:
    @pytest.mark.parametrize(
        ("of", "sentence"),
        [
            (template(from_map("A", "nope")), "ConfigMap default/settings has no key 'nope'"),
            (template(env_from=(EnvFrom(kind="secretRef", name="none"),)), "Secret default/none is missing"),
            (
                template(EnvVar(name="A", source=EnvSource(kind="secretKeyRef", name="none", key="k"))),
                "Secret default/none is missing",
            ),
            (
                template(files=Files(sources=(FileSource(kind="configMap", name="none"),))),
                "ConfigMap default/none is missing",
            ),
            (
                template(
                    files=Files(sources=(FileSource(kind="secret", name="keys", items=(FileItem(key="k", path="p"),)),))
                ),
                "Secret default/keys has no key 'k'",
            ),
        ],
    )
    def test_it_is_named_before_and_at_the_start(self, of: PodTemplate, sentence: str) -> None:
        lookup = those(SETTINGS, KEYS)
        assert missing(references(of, "default"), lookup) == sentence
        with pytest.raises(Permanent) as caught:
            resolve(of, FACTS, lookup)
        assert str(caught.value) == sentence
        assert caught.value.reason == "CreateContainerConfigError"

    def test_optional_variables_are_not_set_at_all(self) -> None:
        of = template(
            from_map("A", "nope", optional=True),
            EnvVar(name="B", source=EnvSource(kind="secretKeyRef", name="none", key="k", optional=True)),
            env_from=(EnvFrom(kind="secretRef", name="none", optional=True),),
        )
        assert missing(references(of, "default"), those(SETTINGS)) == ""
        assert variables(of, SETTINGS) == {}

    def test_an_object_of_another_namespace_does_not_count(self) -> None:
        away = ConfigMap(name="settings", namespace="other", data={"color": "blue"})
        assert missing(references(template(from_map("A", "color")), "default"), those(away)) != ""


class TestSecrecy:
    def resolved(self) -> Resolved:
        container = Container(
            name="web",
            image="nginx",
            command=("login", "$(PASS)"),
            env=(EnvVar(name="PASS", source=EnvSource(kind="secretKeyRef", name="keys", key="password")),),
        )
        conf = Volume(name="conf", source=Files(sources=(FileSource(kind="secret", name="keys"),)))
        return resolve(PodTemplate(containers=(container,), volumes=(conf,)), FACTS, those(KEYS))

    def test_no_repr_shows_a_value(self) -> None:
        found = self.resolved()
        assert found.template.containers[0].command == ("login", "hunter2-very-secret")
        request = PodRequest(
            PodId(AppKey("default", "web"), 0, 1), "h", found.template, env=found.env, files=found.files
        )
        for shown in (repr(found), repr(request), str(request), repr(found.files), repr(KEYS)):
            assert "hunter2" not in shown

    def test_bytes_that_are_no_text_are_no_variable_and_not_in_the_error(self) -> None:
        of = template(EnvVar(name="A", source=EnvSource(kind="secretKeyRef", name="keys", key="raw")))
        with pytest.raises(Permanent, match="mount it as a file") as caught:
            variables(of, KEYS)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
