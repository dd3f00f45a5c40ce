"""A List stands for its items: each is read, each error has its place, all of it is applied or nothing."""

from __future__ import annotations

import textwrap

import pytest

from app.core.manifest import Reason
from tests.core.manifest_texts import deployment, parse

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"


def listing(*items: str, head: str = "metadata: {resourceVersion: ''}\n") -> str:
    written = "".join("- " + textwrap.indent(item, "  ")[2:] for item in items)
    return f"apiVersion: v1\nkind: List\n{head}items:\n{written}"


def test_items_are_documents() -> None:
    report = parse(listing(CONFIG, deployment()))
    assert report.ok
    assert report.warnings == ()
    assert report.kinds == ("List",)
    assert [(each.document, each.kind, each.spec.name) for each in report.documents] == [
        (0, "ConfigMap", "c"),
        (0, "Deployment", "web"),
    ]
    assert [each.line for each in report.documents] == [5, 9]
    assert report.documents[0].facts["data_keys"] == ["a"]


def test_an_error_names_its_item() -> None:
    report = parse(listing(CONFIG, deployment(spec="replicas: -1"), CONFIG.replace("a: b", "a: 1")))
    assert [error.path for error in report.errors] == ["items[1].spec.replicas", "items[2].data.a"]
    assert report.documents == ()


def test_a_kind_that_is_not_run_is_named_with_its_item() -> None:
    report = parse(listing(CONFIG, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\n"))
    (error,) = report.errors
    assert (error.path, error.reason) == ("items[1].kind", Reason.UNSUPPORTED_KIND)
    assert error.message == "kind StatefulSet (apps/v1), item 2 of the List, is not supported"
    assert report.unsupported_kinds == ("StatefulSet",)
    assert not report.ok


def test_two_items_of_one_name() -> None:
    (error,) = parse(listing(CONFIG, CONFIG)).errors
    assert (error.path, error.line) == ("items[1].metadata.name", 11)
    assert error.message.startswith('duplicate ConfigMap "c"')


def test_a_list_beside_other_documents() -> None:
    report = parse(listing(CONFIG) + "---\n" + CONFIG.replace("name: c", "name: d"))
    assert report.kinds == ("List", "ConfigMap")
    assert [each.document for each in report.documents] == [0, 1]


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("apiVersion: v1\nkind: List\n", "items", "items is missing"),
        ("apiVersion: v1\nkind: List\nitems:\n", "items", "items is missing"),
        ("apiVersion: v1\nkind: List\nitems: {}\n", "items", "must be a list"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "items", "the List is empty"),
        ("apiVersion: v1\nkind: List\nitems: [web]\n", "items[0]", "must be a mapping"),
        ("apiVersion: v1\nkind: List\nitems: [null]\n", "items[0]", "must be a mapping"),
        ("apiVersion: v1\nkind: List\nitem: []\n", "items", "items is missing"),
        ("apiVersion: v2\nkind: List\nitems: []\n", "apiVersion", "of a List is not read"),
        ("apiVersion: v1\nkind: list\nitems: []\n", "kind", "there is no kind"),
        (listing("apiVersion: v1\nkind: List\nitems: []\n"), "items[0].kind", "may not stand in a List"),
        (listing("kind: Pod\n"), "items[0].apiVersion", "apiVersion is missing"),
    ],
)
def test_lists_that_are_wrong(text: str, path: str, says: str) -> None:
    errors = parse(text).errors
    assert path in [error.path for error in errors]
    assert any(says in error.message for error in errors)


def test_a_list_has_a_limit() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n" + "- {apiVersion: v1}\n" * 1001
    (error,) = parse(text).errors
    assert error.message == "items has more than 1,000 documents: the limit for one List"
