"""Several documents, duplicates, the sentences of a report, and limits on how much is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.manifest import FieldError, FieldWarning, ManifestReport, Reason, parse_manifests
from app.core.manifest.findings import MAX_FINDINGS
from app.core.manifest.parse import MAX_ERRORS
from app.core.manifest.report import Place
from tests.core.manifest_texts import accepted, application, deployment, parse

INGRESS = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {}\n"


def named(name: str, namespace: str = "default") -> str:
    return deployment(meta=f"namespace: {namespace}").replace("name: web", f"name: {name}", 1)


def files(*documents: str) -> str:
    return "---\n".join(documents)


def test_several_documents_keep_their_order() -> None:
    report = parse(files(named("b"), application().replace("name: web", "name: a"), named("c")))
    assert report.ok
    assert [spec.name for spec in report.specs] == ["b", "a", "c"]
    assert [each.document for each in report.documents] == [0, 1, 2]
    assert [each.line for each in report.documents] == [1, 19, 27]
    assert report.kinds == ("Deployment", "Application", "Deployment")


def test_a_wrong_document_spoils_the_whole_file_but_not_what_is_reported() -> None:
    report = parse(files(named("a"), named("B"), named("c")))
    assert not report.ok
    assert [spec.name for spec in report.specs] == ["a", "c"]
    (error,) = report.errors
    assert error.document == 1
    assert str(error).startswith("document 2, metadata.name, line 22: ")


def test_errors_of_all_documents_come_at_once() -> None:
    report = parse(files(named("A"), named("b"), named("C")))
    assert [error.document for error in report.errors] == [0, 2]


def test_a_file_with_a_kind_that_is_not_run() -> None:
    report = parse(files(INGRESS, named("web")))
    assert not report.ok
    assert report.unsupported_kinds == ("Ingress",)
    assert [spec.name for spec in report.specs] == ["web"]


def test_kinds_are_only_to_blame_where_nothing_else_is() -> None:
    assert parse(files(INGRESS, named("WEB"))).unsupported_kinds == ()
    assert parse(files(INGRESS, INGRESS, named("web"))).unsupported_kinds == ("Ingress",)
    assert parse(named("web")).unsupported_kinds == ()


def test_two_apps_of_one_name() -> None:
    report = parse(files(named("web"), named("api"), application()))
    (error,) = report.errors
    assert (error.document, error.path, error.line) == (2, "metadata.name", 40)
    assert error.message == ('duplicate app "web": document 1 (line 1), a Deployment, has the same name and namespace')
    assert [spec.name for spec in report.specs] == ["web", "api"]


def test_the_same_name_in_two_namespaces_is_two_apps() -> None:
    assert parse(files(named("web"), named("web", "prod"))).ok


def test_a_syntax_error_ends_the_file_but_keeps_what_came_before() -> None:
    report = parse(files(named("A"), "a: [\n"))
    assert [(error.document, error.reason) for error in report.errors] == [(0, Reason.INVALID), (1, Reason.SYNTAX)]


def test_an_error_of_the_loader_spoils_its_document() -> None:
    report = parse(deployment(spec="replicas: 1\nreplicas: 1"))
    assert report.documents == ()


def test_empty_documents_do_not_count() -> None:
    report = parse("---\n# nothing\n---\n" + named("A") + "---\n")
    assert report.errors[0].document == 0


@pytest.mark.parametrize("count", [MAX_FINDINGS, MAX_FINDINGS + 1, 3 * MAX_FINDINGS])
def test_the_number_of_errors_is_bounded(count: int) -> None:
    labels = "".join(f"k{at}: {at}\n" for at in range(count))
    report = parse(deployment(template="", meta="labels:\n" + "".join(f"  {line}\n" for line in labels.splitlines())))
    assert len(report.errors) == MAX_FINDINGS
    assert report.documents == ()


def test_what_is_not_listed_is_counted() -> None:
    report = parse(files(*(named(f"A{at}") for at in range(MAX_ERRORS + 7))))
    assert len(report.errors) == MAX_ERRORS + 1
    assert report.errors[-1].message == "7 more errors are not listed: too many"


def test_the_number_of_warnings_is_bounded() -> None:
    volumes = "volumes:\n" + "".join(f"- {{name: v{at}, nfs: {{}}}}\n" for at in range(3 * MAX_FINDINGS))
    report = parse(deployment(pod=volumes))
    assert report.ok
    assert len(report.warnings) == MAX_FINDINGS


# -- sentences


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(0, "spec.replicas", 6), "spec.replicas, line 6"),
        (Place(2, "spec.replicas", 6), "document 3, spec.replicas, line 6"),
        (Place(0, "", 6), "line 6"),
        (Place(0, "", None), ""),
        (Place(1, "", None), "document 2"),
    ],
)
def test_places(place: Place, text: str) -> None:
    assert str(place) == text


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (FieldError(0, "spec.x", 3, "x is wrong", "write y"), "spec.x, line 3: x is wrong. Write y"),
        (FieldError(0, "spec.x", 3, "x is wrong"), "spec.x, line 3: x is wrong"),
        (FieldError(0, "", None, "the file is empty"), "the file is empty"),
        (FieldWarning(1, "spec.x", 3, "x is ignored: why"), "document 2, spec.x, line 3: x is ignored: why"),
        (FieldWarning(0, "", 1, "a", "b"), "line 1: a. B"),
    ],
)
def test_findings_are_sentences(finding: FieldError | FieldWarning, text: str) -> None:
    assert str(finding) == text


def test_an_empty_report_is_not_right() -> None:
    assert not ManifestReport().ok
    assert ManifestReport().specs == ()
    assert ManifestReport().unsupported_kinds == ()


def test_reports_are_values() -> None:
    assert parse(deployment()) == parse(deployment())


# -- properties


lines = st.sampled_from(
    [
        *deployment(container="env: [{name: A, value: b}]\nports: [{containerPort: 80}]").splitlines(),
        "---",
        "",
        "  x: 1",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=30))
def test_any_lines_get_a_report_whose_lines_are_in_the_text(some: list[str]) -> None:
    text = "\n".join(some)
    report = parse_manifests(text, runtime="simulator")
    assert report.ok or report.errors
    for error in report.errors:
        assert error.line is None or 1 <= error.line <= len(some) + 1
        assert str(error).isprintable()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_line_less_never_makes_another_app_in_silence(data: st.DataObject) -> None:
    whole = deployment(
        spec="replicas: 3", container="env:\n- name: A\n  value: b\nports:\n- containerPort: 80"
    ).splitlines()
    gone = data.draw(st.integers(0, len(whole) - 1))
    report = parse("\n".join(whole[:gone] + whole[gone + 1 :]))
    assert report.ok or report.errors
    if report.ok:
        assert whole[gone].strip() in ("replicas: 3", "value: b", "- containerPort: 80")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["name: web", "nginx:1.25", "app: web", "apps/v1", "Deployment"]))
def test_any_value_is_taken_or_refused(value: str, old: str) -> None:
    report = parse_manifests(deployment().replace(old, value, 1), runtime="simulator")
    assert report.ok or report.errors
    assert all(str(error).isprintable() for error in report.errors)


def test_the_runtime_default_is_used_and_not_looked_at() -> None:
    assert accepted(deployment()).runtime == "simulator"
    assert parse_manifests(deployment(), runtime="nosana").specs[0].runtime == "nosana"
