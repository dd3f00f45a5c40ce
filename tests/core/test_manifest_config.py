"""ConfigMaps, Secrets, claims and namespaces; no message ever shows what a Secret holds."""

from __future__ import annotations

import pytest

from app.core.manifest import parse_manifests
from app.core.objects import ConfigMap, KubeObject, Namespace, Secret, VolumeClaim
from tests.core.manifest_texts import indented, parse


def document(kind: str, body: str = "", *, name: str = "x") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{indented(body, 0)}"


def only(text: str) -> KubeObject:
    report = parse(text)
    assert [str(found) for found in (*report.errors, *report.warnings)] == []
    (found,) = report.objects
    return found


# -- ConfigMap


def test_a_config_map() -> None:
    body = """
    data:
      "1": one
      app.conf: |
        a = "b"
      empty:
    binaryData: {logo: AAEC}
    immutable: true
    """
    assert only(document("ConfigMap", body)) == ConfigMap(
        name="x",
        data={"1": "one", "app.conf": 'a = "b"\n', "empty": ""},
        binary_data={"logo": b"\0\1\2"},
        immutable=True,
    )


def test_an_empty_config_map() -> None:
    assert only(document("ConfigMap")) == ConfigMap(name="x")


@pytest.mark.parametrize(
    ("body", "path", "says"),
    [
        ("data: {port: 80}", "data.port", 'data "port" must be text (it reads as a whole number)'),
        ("data: {on_: true}", "data.on_", "reads as a boolean"),
        ("data: {a: [b]}", "data.a", "must be text"),
        ("data: {a b: c}", "data[a b]", "not a valid key"),
        ("data: {../a: c}", "data[../a]", "not a valid key"),
        ("data: text", "data", "data must be a mapping"),
        ("binaryData: {a: '?'}", "binaryData.a", 'binaryData "a" is not valid base64'),
        ("data: {a: b}\nbinaryData: {a: AAEC}", "binaryData.a", "in one of them only"),
        ("immutable: 'yes'", "immutable", "must be true or false"),
        ("spec: {}", "spec", "unknown field"),
    ],
)
def test_config_maps_that_are_wrong(body: str, path: str, says: str) -> None:
    (error,) = parse(document("ConfigMap", body)).errors
    assert error.path == path
    assert says in error.message


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_mebibyte_is_the_limit(kind: str) -> None:
    part = "data" if kind == "ConfigMap" else "stringData"
    right, wrong = (document(kind, f"{part}: {{a: {'x' * size}}}") for size in (2**20, 2**20 + 1))
    assert parse_manifests(right, runtime="docker", max_bytes=2**21).ok
    (error,) = parse_manifests(wrong, runtime="docker", max_bytes=2**21).errors
    assert error.message == f"data of a {kind} is 1,048,577 bytes, the limit is 1,048,576"


# -- Secret


def test_a_secret() -> None:
    body = """
    type: kubernetes.io/basic-auth
    data:
      username: YWRtaW4=
      password: b2xk
      long: |
        YWRt
        aW4=
    stringData: {password: "new"}
    """
    assert only(document("Secret", body)) == Secret(
        name="x",
        type="kubernetes.io/basic-auth",
        data={"username": b"admin", "password": b"new", "long": b"admin"},
    )


SECRET_WRONG = [
    ("data: {password: hunter2}", "data.password", "write plain text under stringData"),
    ("data: {password: 'aHVudGVyMg='}", "data.password", "write plain text under stringData"),
    ("data: {password: 'aHVu dGVyMg=='}", "data.password", "write plain text under stringData"),
    ("data: {password: 12345678}", "data.password", "quotes"),
    ("stringData: {password: 12345678}", "stringData.password", "quotes"),
    ("stringData: {password: [hunter2]}", "stringData.password", "quotes"),
    ("stringData: {'pass word': hunter2}", "stringData[pass word]", ""),
    ("type: kubernetes.io/tls\ndata: {tls.crt: aHVudGVyMg==}", "data", ""),
    ("immutable: 12345678", "immutable", ""),
]


@pytest.mark.parametrize(("body", "path", "hint"), SECRET_WRONG)
def test_secrets_that_are_wrong(body: str, path: str, hint: str) -> None:
    (error,) = parse(document("Secret", body)).errors
    assert error.path == path
    assert hint in error.hint


@pytest.mark.parametrize("body", [body for body, path, _ in SECRET_WRONG if path != "immutable"])
def test_no_message_shows_a_value_of_a_secret(body: str) -> None:
    said = str(parse(document("Secret", body)))
    assert "hunter2" not in said
    assert "12345678" not in said
    assert "aHVu" not in said


def test_a_line_that_is_no_yaml_is_not_shown_where_there_is_a_secret() -> None:
    broken = 'stringData:\n  password: "hunter2\n'
    assert "hunter2" not in str(parse(document("Secret", broken)))
    assert "hunter2" not in str(parse('{"kind": "Secret", "stringData": {"password": hunter2: }}'))


def test_a_secret_does_not_print_itself() -> None:
    report = parse(document("Secret", "stringData: {password: hunter2}"))
    assert "hunter2" not in repr(report)
    assert report.documents[0].facts == {"name": "x", "namespace": None, "data_keys": ["password"]}


# -- PersistentVolumeClaim


def test_a_claim() -> None:
    body = "spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 10Gi}}}"
    assert only(document("PersistentVolumeClaim", body)) == VolumeClaim(
        name="x", runtime="simulator", size_bytes=10 * 2**30, access_modes=("ReadWriteMany",)
    )


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("accessModes: [ReadWriteSometimes]", "spec.accessModes"),
        ("accessModes: ReadWriteOnce", "spec.accessModes"),
        ("resources: {requests: {storage: 10GB}}", "spec.resources.requests.storage"),
        ("resources: {requests: {size: 1Gi}}", "spec.resources.requests.size"),
        ("resources: {storage: 1Gi}", "spec.resources.storage"),
        ("storage: 1Gi", "spec.storage"),
    ],
)
def test_claims_that_are_wrong(spec: str, path: str) -> None:
    (error,) = parse(document("PersistentVolumeClaim", f"spec: {{{spec}}}")).errors
    assert error.path == path


@pytest.mark.parametrize(
    "field",
    [
        "storageClassName: fast",
        "volumeName: pv1",
        "selector: {matchLabels: {a: b}}",
        "dataSource: {kind: A}",
        "volumeMode: Block",
    ],
)
def test_what_a_claim_does_not_choose_is_said(field: str) -> None:
    report = parse(document("PersistentVolumeClaim", f"spec: {{accessModes: [ReadWriteOnce], {field}}}"))
    assert [warning.path for warning in report.warnings] == [f"spec.{field.partition(':')[0]}"]


def test_an_access_mode_that_is_not_kept_to_is_said() -> None:
    report = parse(document("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOncePod]}"))
    assert "any replica may mount" in report.warnings[0].message


# -- Namespace


def test_a_namespace() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: prod, labels: {a: b}}\nspec: {finalizers: [kubernetes]}\n"
    assert only(text) == Namespace(name="prod", labels={"a": "b"})


def test_a_namespaces_name_has_no_dots() -> None:
    (error,) = parse(document("Namespace", name="a.b")).errors
    assert error.path == "metadata.name"


def test_annotations_have_a_limit() -> None:
    text = document("ConfigMap").replace("{name: x}", f"{{name: x, annotations: {{a: {'x' * 2**18}}}}}")
    (error,) = parse(text).errors
    assert error.path == "metadata.annotations"
    assert "the limit is 262,144" in error.message
