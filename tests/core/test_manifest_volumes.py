"""Volumes, where they are mounted, and the variables that come from elsewhere."""

from __future__ import annotations

import pytest

from app.core.spec import (
    Claim,
    EmptyDir,
    EnvFrom,
    EnvSource,
    EnvVar,
    FileItem,
    Files,
    FileSource,
    Volume,
    VolumeMount,
)
from tests.core.manifest_texts import accepted, indented, parse


def pod(volumes: str = "", container: str = "") -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
        f"{indented(volumes, 2)}"
        "  containers:\n  - name: main\n    image: nginx:1.25\n"
        f"{indented(container, 4)}"
    )


def volume(text: str) -> object:
    (found,) = accepted(pod(f"volumes:\n- name: v\n{indented(text, 2)}")).template.volumes
    assert isinstance(found, Volume)
    return found.source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", EmptyDir()),
        ("emptyDir: {}", EmptyDir()),
        ("emptyDir:", EmptyDir()),
        ("emptyDir: {medium: Memory, sizeLimit: 64Mi}", EmptyDir(medium="Memory", size_limit_bytes=2**26)),
        ("ephemeral: {volumeClaimTemplate: {spec: {}}}", EmptyDir()),
        ("persistentVolumeClaim: {claimName: data}", Claim(name="data")),
        ("persistentVolumeClaim: {claimName: data, readOnly: true}", Claim(name="data", read_only=True)),
        ("configMap: {name: c}", Files(sources=(FileSource(kind="configMap", name="c"),))),
        (
            "secret: {secretName: s, optional: true, defaultMode: 0400, items: [{key: a, path: b/c, mode: 0600}]}",
            Files(
                sources=(
                    FileSource(
                        kind="secret", name="s", optional=True, items=(FileItem(key="a", path="b/c", mode=0o600),)
                    ),
                ),
                default_mode=0o400,
            ),
        ),
        (
            """
            downwardAPI:
              defaultMode: 256
              items:
              - {path: labels, fieldRef: {fieldPath: metadata.labels}}
              - {path: cpu, resourceFieldRef: {containerName: main, resource: limits.cpu, divisor: 1m}}
              - {path: memory, resourceFieldRef: {containerName: main, resource: limits.memory, divisor: 1Mi}}
            """,
            Files(
                sources=(
                    FileSource(
                        kind="downwardAPI",
                        items=(
                            FileItem(key="metadata.labels", path="labels"),
                            FileItem(key="main:limits.cpu/1m", path="cpu"),
                            FileItem(key="main:limits.memory/1048576", path="memory"),
                        ),
                    ),
                ),
                default_mode=0o400,
            ),
        ),
        (
            "projected: {sources: [{secret: {name: s}}, {configMap: {name: c, optional: true}}]}",
            Files(
                sources=(
                    FileSource(kind="secret", name="s"),
                    FileSource(kind="configMap", name="c", optional=True),
                )
            ),
        ),
    ],
)
def test_volumes(text: str, source: object) -> None:
    assert volume(text) == source


@pytest.mark.parametrize("kind", ["nfs", "cephfs", "iscsi", "csi", "gcePersistentDisk", "gitRepo", "flocker", "image"])
def test_what_is_stored_elsewhere_is_an_empty_directory_here_and_said_so(kind: str) -> None:
    report = parse(pod(f"volumes: [{{name: v, {kind}: {{a: b}}}}]"))
    assert report.specs[0].template.volumes == (Volume(name="v", source=EmptyDir()),)
    (warning,) = report.warnings
    assert warning.path == f"spec.volumes[0].{kind}"
    assert "is lost with the replica" in warning.message


def test_a_token_of_a_cluster_is_left_out_of_a_projected_volume() -> None:
    report = parse(pod("volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}]"))
    assert report.specs[0].template.volumes[0].source == Files(sources=())
    assert report.warnings[0].path == "spec.volumes[0].projected.sources[0].serviceAccountToken"


@pytest.mark.parametrize(
    ("volume", "path", "says"),
    [
        ("{emptyDir: {}}", ".name", "name is missing"),
        ("{name: A_b}", ".name", "not a valid"),
        ("{name: v, emptyDir: {}, nfs: {}}", "", "has 2 types (emptyDir and nfs)"),
        ("{name: v, emptydir: {}}", ".emptydir", "unknown field"),
        ("{name: v, emptyDir: {medium: Disk}}", ".emptyDir.medium", "must be Memory or empty"),
        ("{name: v, emptyDir: {sizeLimit: much}}", ".emptyDir.sizeLimit", "is not a memory amount"),
        ("{name: v, persistentVolumeClaim: {}}", ".persistentVolumeClaim.claimName", "claimName is missing"),
        ("{name: v, configMap: {}}", ".configMap.name", "name is missing"),
        ("{name: v, secret: {name: a}}", ".secret.secretName", "secretName is missing"),
        ("{name: v, configMap: {name: c, defaultMode: 644}}", ".configMap.defaultMode", "from 0 to 0777"),
        ("{name: v, configMap: {name: c, defaultMode: '0644'}}", ".configMap.defaultMode", "from 0 to 0777"),
        ("{name: v, configMap: {name: c, items: [{key: a}]}}", ".configMap.items[0].path", "path is missing"),
        ("{name: v, configMap: {name: c, items: [{key: a, path: /b}]}}", ".configMap.items[0].path", "below the mount"),
        ("{name: v, configMap: {name: c, items: [{key: a, path: ../b}]}}", ".configMap.items[0].path", "without .."),
        ("{name: v, projected: {sources: [{}]}}", ".projected.sources[0]", "exactly one source, not 0"),
        ("{name: v, downwardAPI: {items: [{path: a}]}}", ".downwardAPI.items[0]", "exactly one of fieldRef"),
        (
            "{name: v, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: status.podIP}}]}}",
            ".downwardAPI.items[0].fieldRef.fieldPath",
            "is none that a replica can be told",
        ),
        (
            "{name: v, downwardAPI: {items: [{path: a, resourceFieldRef: {resource: limits.cpu}}]}}",
            ".downwardAPI.items[0].resourceFieldRef.containerName",
            "name the container",
        ),
    ],
)
def test_volumes_that_are_wrong(volume: str, path: str, says: str) -> None:
    errors = parse(pod(f"volumes: [{volume}]")).errors
    assert f"spec.volumes[0]{path}" in [error.path for error in errors]
    assert any(says in error.message for error in errors)


def test_the_mode_hint_knows_octal() -> None:
    (error,) = parse(pod("volumes: [{name: v, configMap: {name: c, defaultMode: 644}}]")).errors
    assert error.hint == "write 0644 without quotes"


def test_two_volumes_of_one_name() -> None:
    (error,) = parse(pod("volumes: [{name: v}, {name: v}]")).errors
    assert error.message == 'duplicate volume name "v": line 5 has it too'


# -- mounts


def test_mounts() -> None:
    text = """
    volumeMounts:
    - {name: v, mountPath: /data}
    - {name: v, mountPath: /etc/x, subPath: a/b, readOnly: true}
    """
    assert accepted(pod("volumes: [{name: v}]", text)).container.volume_mounts == (
        VolumeMount(name="v", mount_path="/data"),
        VolumeMount(name="v", mount_path="/etc/x", sub_path="a/b", read_only=True),
    )


@pytest.mark.parametrize(
    ("mount", "path", "says"),
    [
        ("{name: w, mountPath: /x}", ".name", 'there is no volume "w" to mount: the pod\'s volumes are v'),
        ("{name: v}", ".mountPath", "mountPath is missing"),
        ("{name: v, mountPath: x}", ".mountPath", "must be an absolute path"),
        ("{name: v, mountPath: '/x:/y'}", ".mountPath", "without ':'"),
        ("{name: v, mountPath: /x, subPath: ../y}", ".subPath", "without .."),
        ("{name: v, mountPath: /x, subPath: /y}", ".subPath", "below the mount"),
        ("{name: v, mountPath: /x, readonly: true}", ".readonly", "unknown field"),
        ("{name: v, mountPath: /x, readOnly: 'yes'}", ".readOnly", "must be true or false"),
    ],
)
def test_mounts_that_are_wrong(mount: str, path: str, says: str) -> None:
    (error,) = parse(pod("volumes: [{name: v}]", f"volumeMounts: [{mount}]")).errors
    assert error.path == f"spec.containers[0].volumeMounts[0]{path}"
    assert says in error.message


def test_two_mounts_in_one_place() -> None:
    text = pod("volumes: [{name: v}]", "volumeMounts: [{name: v, mountPath: /x}, {name: v, mountPath: /x}]")
    (error,) = parse(text).errors
    assert error.message.startswith('duplicate mountPath "/x"')


def test_a_mount_of_a_volume_that_is_wrong_is_not_blamed() -> None:
    (error,) = parse(pod("volumes: [{name: v, secret: {}}]", "volumeMounts: [{name: v, mountPath: /x}]")).errors
    assert error.path == "spec.volumes[0].secret.secretName"


def test_an_application_has_no_volumes() -> None:
    text = "apiVersion: kubelite.io/v1\nkind: Application\nmetadata: {name: a}\nspec:\n  container:\n    image: b\n"
    (error,) = parse(text + "    volumeMounts: [{name: v, mountPath: /x}]\n").errors
    assert error.message == 'there is no volume "v" to mount: the pod has none'


# -- variables from elsewhere


def test_sources_of_variables() -> None:
    text = """
    env:
    - {name: A, valueFrom: {configMapKeyRef: {name: c, key: k.x}}}
    - {name: B, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}
    - {name: C, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}
    - {name: D, valueFrom: {fieldRef: {fieldPath: "metadata.labels['a.b/c']"}}}
    - {name: E, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: F, valueFrom: {resourceFieldRef: {containerName: main, resource: requests.memory, divisor: 1Ki}}}
    - {name: G, valueFrom: {resourceFieldRef: {containerName: side, resource: requests.cpu, divisor: "1"}}}
    envFrom:
    - configMapRef: {name: c}
    - {prefix: P_, secretRef: {name: s, optional: true}}
    """
    container = accepted(pod("", text)).container
    assert container.env == (
        EnvVar(name="A", source=EnvSource(kind="configMapKeyRef", name="c", key="k.x")),
        EnvVar(name="B", source=EnvSource(kind="secretKeyRef", name="s", key="k", optional=True)),
        EnvVar(name="C", source=EnvSource(kind="fieldRef", key="metadata.name")),
        EnvVar(name="D", source=EnvSource(kind="fieldRef", key="metadata.labels['a.b/c']")),
        EnvVar(name="E", source=EnvSource(kind="resourceFieldRef", key="limits.cpu")),
        EnvVar(name="F", source=EnvSource(kind="resourceFieldRef", key="requests.memory/1024")),
        EnvVar(name="G", source=EnvSource(kind="resourceFieldRef", name="side", key="requests.cpu")),
    )
    assert container.env_from == (
        EnvFrom(kind="configMapRef", name="c"),
        EnvFrom(kind="secretRef", name="s", prefix="P_", optional=True),
    )


@pytest.mark.parametrize(
    ("env", "path", "says"),
    [
        ("{name: A, valueFrom: {}}", "valueFrom", "has no source"),
        (
            "{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}",
            "valueFrom",
            "when value is not empty",
        ),
        (
            "{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}, secretKeyRef: {name: a, key: b}}}",
            "valueFrom",
            "has 2 sources",
        ),
        ("{name: A, valueFrom: {configMapKeyRef: {name: c}}}", "valueFrom.configMapKeyRef.key", "key is missing"),
        ("{name: A, valueFrom: {configMapKeyRef: {name: c, key: a b}}}", "valueFrom.configMapKeyRef.key", "valid key"),
        ("{name: A, valueFrom: {secretKeyRef: {name: S, key: a}}}", "valueFrom.secretKeyRef.name", "valid name"),
        ("{name: A, valueFrom: {fieldRef: {fieldPath: spec.image}}}", "valueFrom.fieldRef.fieldPath", "spec.image"),
        (
            "{name: A, valueFrom: {resourceFieldRef: {resource: cpu}}}",
            "valueFrom.resourceFieldRef.resource",
            "limits.cpu",
        ),
        ("{name: A, valueFrom: {configMapRef: {name: c}}}", "valueFrom.configMapRef", "unknown field"),
    ],
)
def test_sources_that_are_wrong(env: str, path: str, says: str) -> None:
    errors = parse(pod("", f"env: [{env}]")).errors
    assert f"spec.containers[0].env[0].{path}" in [error.path for error in errors]
    assert any(says in error.message for error in errors)


@pytest.mark.parametrize(
    ("env", "path", "names"),
    [
        ("{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}", "fieldRef.fieldPath", ["A"]),
        ("{name: A, valueFrom: {fileKeyRef: {path: a}}}", "fileKeyRef", []),
        (
            "{name: A, valueFrom: {resourceFieldRef: {resource: limits.ephemeral-storage}}}",
            "resourceFieldRef.resource",
            [],
        ),
    ],
)
def test_sources_that_there_are_not_here(env: str, path: str, names: list[str]) -> None:
    report = parse(pod("", f"env: [{env}]"))
    assert [variable.name for variable in report.specs[0].container.env] == names
    assert [warning.path for warning in report.warnings] == [f"spec.containers[0].env[0].valueFrom.{path}"]


@pytest.mark.parametrize(
    ("source", "path", "says"),
    [
        ("{}", "", "has no source"),
        ("{configMapRef: {name: a}, secretRef: {name: b}}", "", "has two sources"),
        ("{configMapRef: {}}", ".configMapRef.name", "name is missing"),
        ("{prefix: 9X, configMapRef: {name: a}}", ".prefix", "not a valid environment variable name"),
        ("{configMapKeyRef: {name: a}}", "", "has no source"),
    ],
)
def test_sources_of_many_variables_that_are_wrong(source: str, path: str, says: str) -> None:
    errors = parse(pod("", f"envFrom: [{source}]")).errors
    assert f"spec.containers[0].envFrom[0]{path}" in [error.path for error in errors]
    assert any(says in error.message for error in errors)
