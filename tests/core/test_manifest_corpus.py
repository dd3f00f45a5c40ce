"""The developers' corpus beside the repository, where it is: nothing crashes, nothing wrong is taken."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.core.manifest import ManifestReport, export_manifests, parse_manifests
from app.core.manifest.kinds import KINDS

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "manifests-dev"
INDEX = CORPUS / "index.jsonl"

pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="the developers' corpus is not beside the repository")


def records() -> list[dict[str, Any]]:
    if not INDEX.is_file():
        return []
    found = [json.loads(line) for line in INDEX.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [record for record in found if "generate" not in record]


def report(record: dict[str, Any]) -> ManifestReport:
    return parse_manifests((CORPUS / record["path"]).read_bytes(), runtime="simulator")


RECORDS = records()
PLAIN_FACTS = {
    "name",
    "namespace",
    "replicas",
    "replicas_explicit",
    "labels",
    "template_labels",
    "selector",
    "restartPolicy",
    "schedule",
    "target",
    "min",
    "max",
    "cpu_percent",
    "data_keys",
}
IDS = [str(record["path"]) for record in RECORDS]


def may(record: dict[str, Any], outcome: str) -> bool:
    return outcome in (record["expected"], *record["also_ok"])


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_every_file_is_answered(record: dict[str, Any]) -> None:
    started = time.perf_counter()
    found = report(record)
    assert time.perf_counter() - started < 10
    assert found.ok or found.errors
    assert not Path("/tmp/pwned-by-manifest").exists()


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_nothing_wrong_is_accepted(record: dict[str, Any]) -> None:
    if not may(record, "accept") and not may(record, "accept_with_warning"):
        assert not report(record).ok


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_the_message_says_what_is_wrong(record: dict[str, Any]) -> None:
    found = report(record)
    if "error" not in record or found.ok or found.unsupported_kinds:
        return
    said = "\n".join(str(error) for error in found.errors).lower()
    assert any(word.lower() in said for word in record["error"]["mention_any"])
    line = record["error"].get("line")
    assert line is None or any(error.line is not None and abs(error.line - line) <= 1 for error in found.errors)


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_kinds_that_are_not_run_are_named(record: dict[str, Any]) -> None:
    found = report(record)
    said = "\n".join(str(error) for error in found.errors)
    if record["kinds"] and found.kinds == tuple(record["kinds"]):
        assert all(kind in said for kind in found.kinds if kind not in KINDS and kind != "List")


def flat(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A List stands for its items."""
    return [item for each in documents for item in (each["facts"]["items"] if each["kind"] == "List" else [each])]


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_the_facts_of_what_is_accepted(record: dict[str, Any]) -> None:
    """The scorer compares every fact; here it is that none that is plain text or a number is missing or another."""
    found = report(record)
    wanted = record.get("documents")
    if not found.ok or not wanted:
        return
    for document, want in zip(found.documents, flat(wanted), strict=True):
        assert document.kind == want["kind"]
        for key in PLAIN_FACTS & want["facts"].keys():
            assert document.facts.get(key) == want["facts"][key], key
        containers = [container["name"] for container in want["facts"].get("containers", ())]
        assert [container["name"] for container in document.facts.get("containers", ())] == containers


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_what_is_accepted_comes_back_from_its_export(record: dict[str, Any]) -> None:
    found = report(record)
    if not found.ok:
        return
    again = parse_manifests(export_manifests(found.wishes, secrets=True), runtime="another")
    assert [str(error) for error in again.errors] == []
    assert again.wishes == found.wishes
