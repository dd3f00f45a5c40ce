"""Manifests made to hurt: each gets an answer, soon, and without much memory."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from app.core.manifest import parse_manifests
from app.core.manifest.parse import MAX_BYTES
from tests.core.manifest_texts import application, deployment

SECONDS = 10.0
"""The budget is 2 s on a quiet machine; this is for one that is not."""
MEBIBYTES = 300
HONEST = "many variables"
"""The only one below that is a lot of honest work."""

HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"


def filled(unit: str, head: str = "") -> str:
    """As much of `unit` as a manifest may be long."""
    return head + unit * ((MAX_BYTES - len(head)) // len(unit))


HOSTILE = {
    "fourteen megabytes": "# " + "x" * 14_000_000,
    "items": filled("- a\n"),
    "nested items": filled("- "),
    "nested brackets": filled("["),
    "nested braces": filled("{a: "),
    "nested question marks": filled("? "),
    "staircase": "\n".join(" " * at + "a:" for at in range(1400)),
    "duplicate keys": filled("a: 1\n"),
    "documents": filled("---\na: 1\n"),
    "empty documents": filled("---\n"),
    "directives": filled("%YAML 1.1\n"),
    "anchors": filled("- &a x\n"),
    "aliases": filled("- *a\n", "a: &a x\nb:\n"),
    "merges": filled("- <<: *a\n", "a: &a {" + ", ".join(f"k{at}: 1" for at in range(1000)) + "}\nb:\n"),
    "billion laughs": "a0: &a0 [x, x]\n" + "".join(f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]\n" for at in range(1, 60)),
    "self merge": "a: &a\n  <<: *a\n",
    "tags": filled("- !!python/object/apply:os.system [x]\n"),
    "one word": "a: " + "x" * 1_000_000,
    "one number": "a: " + "1" * 1_000_000,
    "escapes": 'a: "' + "\\u0041" * 150_000 + '"',
    "comments": filled("# x\n"),
    "blanks": filled(" "),
    "newlines": filled("\n"),
    "colons": filled("a:"),
    "templates": "a: " + "{{" * 400_000,
    "labels that are numbers": HEAD + "  labels:\n" + "".join(f"    k{at}: {at}\n" for at in range(50_000)),
    "unknown fields": HEAD + "spec:\n" + "".join(f"  replicaz{at}: 1\n" for at in range(40_000)),
    "a long name": f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {'a-' * 400_000}\n",
    "a long label": deployment(meta=f"labels: {{a: {'a-' * 400_000}}}"),
    "a long image": deployment().replace("nginx:1.25", "a." * 400_000),
    "a long quantity": deployment(container=f"resources: {{limits: {{cpu: {'1' * 400_000}, memory: 1e999999999}}}}"),
    "a long command": deployment(container=f"command: {'a ' * 400_000}"),
    HONEST: deployment(container="env:\n" + "".join(f"- {{name: K{at}, value: v}}\n" for at in range(15_000))),
    "many ports": deployment(container="ports:\n" + "- {containerPort: 80, name: a}\n" * 15_000),
    "many containers": deployment() + "      - {name: a, image: b}\n" * 15_000,
    "items of a list": filled("- {apiVersion: v1, kind: Pod}\n", "apiVersion: v1\nkind: List\nitems:\n"),
    "a thousand items of a list": "apiVersion: v1\nkind: List\nitems:\n"
    + "- {apiVersion: v1, kind: Pod, metadata: {name: A}, spec: {replicas: 1, x: 1, y: [1]}}\n" * 1000,
    "lists in lists": "apiVersion: v1\nkind: List\nitems: " + "[{kind: List, items: " * 30 + "[]" + "}]" * 30 + "\n",
    "one item over and over": "apiVersion: v1\nkind: List\nx: &a {apiVersion: v1, kind: Pod, a: [b, c, d]}\nitems:\n"
    + "- *a\n" * 100_000,
    "many mounts": deployment(container="volumeMounts:\n" + "- {name: a, mountPath: /a}\n" * 15_000),
    "many volumes": deployment(pod="volumes:\n" + "- {name: a, nfs: {}}\n" * 15_000),
    "many ports of a service": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n"
    + "  - {port: 80}\n" * 30_000,
    "a long schedule": 'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: "'
    + "1," * 400_000
    + '1 * * * *"\n',
    "keys that are none": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
    + "".join(f"  {at} /: x\n" for at in range(60_000)),
    "base64 that is none": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: " + "!" * 900_000 + "}\n",
    "a long key": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {? " + "a" * 900_000 + " : x}\n",
    "many apps": "---\n".join([application()] * 5_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_comes_soon(name: str) -> None:
    text = HOSTILE[name]
    started = time.perf_counter()
    report = parse_manifests(text, runtime="simulator")
    assert time.perf_counter() - started < SECONDS
    assert report.ok is (name == HONEST)
    assert all(len(str(error)) < 2_000 for error in report.errors)
    assert len(report.errors) <= 101


@pytest.mark.parametrize("name", ["items", "many variables", "fourteen megabytes", "billion laughs", "many containers"])
def test_memory_is_bounded(name: str) -> None:
    text = HOSTILE[name]
    tracemalloc.start()
    try:
        parse_manifests(text, runtime="simulator")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEBIBYTES * 2**20


def test_a_long_list_of_variables_is_honest_work() -> None:
    assert len(parse_manifests(HOSTILE[HONEST], runtime="simulator").specs[0].container.env) == 15_000


@pytest.mark.parametrize(
    "value",
    [
        '!!python/object/apply:os.system ["touch {path}"]',
        '!!python/object/apply:subprocess.check_call [["touch", "{path}"]]',
        '!!python/object/new:os.system ["touch {path}"]',
        "!!python/object/apply:builtins.open [{path}, w]",
        "!!python/object/apply:eval [\"open('{path}', 'w')\"]",
    ],
)
@pytest.mark.parametrize(
    ("old", "new"),
    [("name: web", "name: {}"), ("image: nginx:1.25", "image: {}"), ("kind: Deployment", "kind: {}")],
)
def test_no_tag_runs_anything(value: str, old: str, new: str, tmp_path: Path) -> None:
    target = tmp_path / "pwned"
    text = deployment().replace(old, new.format(value.format(path=target)), 1)
    report = parse_manifests(text, runtime="simulator")
    assert not report.ok
    assert not target.exists()
    assert any("the tag" in error.message for error in report.errors)


@pytest.mark.parametrize(
    "text",
    [
        "$(touch /tmp/x)",
        "`touch /tmp/x`",
        "; rm -rf /",
        "../../etc/passwd",
        "a\\u202eb",
        "{{ 7*7 }}",
        "<script>alert(1)</script>",
    ],
)
def test_text_is_never_more_than_text(text: str) -> None:
    """In an argument it stays as it is; as a name, a namespace or an image it is refused."""
    report = parse_manifests(deployment(container=f'args: ["{text}"]'), runtime="simulator")
    assert report.specs[0].container.args == (text.encode().decode("unicode_escape"),)
    for place in ("name: web", "name: main"):
        assert not parse_manifests(deployment().replace(place, f'name: "{text}"', 1), runtime="simulator").ok
    assert not parse_manifests(deployment().replace("nginx:1.25", f'"{text}"', 1), runtime="simulator").ok
    assert not parse_manifests(deployment(meta=f'namespace: "{text}"'), runtime="simulator").ok
