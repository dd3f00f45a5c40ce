"""Strict YAML: lines, duplicate keys, tags, aliases, limits and syntax errors."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from app.core.manifest import loader
from app.core.manifest.loader import (
    MAX_ALIASED_VALUES,
    MAX_DEPTH,
    MAX_DOCUMENTS,
    MAX_ERRORS,
    MAX_VALUES,
    load,
)
from app.core.manifest.nodes import Listing, Mapping, plain
from app.core.manifest.report import FieldError, Reason
from tests.core.manifest_texts import marked


def data(text: str) -> Any:
    """The one document of a text that must be right."""
    loaded = load(text)
    assert loaded.errors == ()
    (document,) = loaded.documents
    return plain(document.root)


def errors(text: str) -> tuple[FieldError, ...]:
    found = load(text).errors
    assert found
    return found


def only_error(text: str) -> FieldError:
    (error,) = errors(text)
    return error


def test_nodes_know_their_lines() -> None:
    text = "a:\n  b:\n  - x\n  - y: 1\n    z: 2\n"
    root = load(text).documents[0].root
    assert isinstance(root, Mapping)
    inner = root.entries["a"]
    assert isinstance(inner, Mapping)
    listing = inner.entries["b"]
    assert isinstance(listing, Listing)
    second = listing.items[1]
    assert isinstance(second, Mapping)
    assert (root.lines["a"], inner.lines["b"], listing.items[0].line) == (1, 2, 3)
    assert (second.lines["y"], second.lines["z"]) == (4, 5)


def test_documents_are_counted_without_the_empty_ones() -> None:
    loaded = load("---\n# nothing\n---\na: 1\n---\n---\nnull\n---\nb: 2\n...\n")
    assert [(each.index, each.line, plain(each.root)) for each in loaded.documents] == [
        (0, 4, {"a": 1}),
        (1, 9, {"b": 2}),
    ]
    assert loaded.errors == ()


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n---\n", "null", "~", "  \n# x"])
def test_empty_texts_have_no_documents(text: str) -> None:
    loaded = load(text)
    assert loaded.documents == ()
    assert loaded.errors == ()


# -- duplicate keys


def test_a_duplicate_key_is_named_with_both_lines_and_its_path() -> None:
    sample = marked(
        """
        spec:
          list:
          - image: one
            name: x
            image: two # <-
        """
    )
    error = only_error(sample.text)
    assert (error.path, error.line) == ("spec.list[0].image", sample.lines[0])
    assert error.message == 'duplicate key "image": it is on line 3 and again on line 5'
    assert error.reason is Reason.SYNTAX


def test_the_first_of_two_keys_is_read_on() -> None:
    assert plain(load("a: 1\na: 2\n").documents[0].root) == {"a": 1}


@pytest.mark.parametrize(
    "text", ["a: 1\n'a': 2\n", '{"a": 1, "a": 1}', "{a: 1, a: 2}", "1: x\n1: y", "x: {b: {c: 1, c: 2}}"]
)
def test_duplicates_in_every_style(text: str) -> None:
    assert "duplicate key" in only_error(text).message


def test_all_duplicates_are_found() -> None:
    assert [error.line for error in errors("a: 1\na: 2\nb: 1\na: 3\nb: 2\n")] == [2, 4, 5]


def test_the_same_key_in_two_mappings_is_none() -> None:
    assert data("a: {x: 1}\nb: {x: 1}") == {"a": {"x": 1}, "b": {"x": 1}}


# -- keys


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yes: 1", "the key yes reads as a boolean"),
        ("on: 1", "the key on reads as a boolean"),
        ("null: 1", "the key null reads as nothing"),
        ("~: 1", "the key ~ reads as nothing"),
        ("? [a]\n: 1", "a mapping's key must be text"),
        ("? {a: b}\n: 1", "a mapping's key must be text"),
        ("{[a]: 1}", "a mapping's key must be text"),
    ],
)
def test_keys_that_are_no_text(text: str, says: str) -> None:
    assert says in only_error(text).message


def test_a_number_is_a_key_as_written() -> None:
    assert data("80: x\n1.5: y\n0x10: z") == {"80": "x", "1.5": "y", "0x10": "z"}


def test_a_quoted_boolean_is_a_key() -> None:
    assert data('"yes": 1') == {"yes": 1}


def test_a_mapping_with_a_broken_key_is_reported_once_and_then_silent() -> None:
    loaded = load("a: {yes: 1, no: 2}\nb: 1")
    assert len(loaded.errors) == 2
    assert plain(loaded.documents[0].root) == {"a": None, "b": 1}


# -- tags


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system",
        "!!python/object/new:os.system",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/tuple",
        "!!binary",
        "!!timestamp",
        "!!set",
        "!!omap",
        "!Ref",
        "!vault",
        "!<tag:example.com,2024:x>",
    ],
)
@pytest.mark.parametrize("value", ['["touch /tmp/x"]', "x", "{a: b}"])
def test_no_tag_makes_anything(tag: str, value: str) -> None:
    (error, *_) = errors(f"a:\n  b: {tag} {value}\n")
    assert "the tag" in error.message
    assert "is not allowed" in error.message
    assert (error.path, error.line) == ("a.b", 2)
    assert "plain data" in error.hint


def test_a_python_tag_is_shown_as_written() -> None:
    assert "!!python/name:os.system" in only_error("a: !!python/name:os.system ''").message


def test_a_tagged_value_is_nothing_to_the_reader() -> None:
    assert plain(load("a: !Ref x\nb: 1").documents[0].root) == {"a": None, "b": 1}


# -- aliases and merges


def test_an_alias_is_its_anchors_value() -> None:
    assert data("a: &x {k: [1]}\nb: *x\n") == {"a": {"k": [1]}, "b": {"k": [1]}}


def test_an_anchor_can_be_set_anew() -> None:
    assert data("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_an_anchor_ends_with_its_document() -> None:
    error = only_error("a: &x 1\n---\nb: *x\n")
    assert error.message == "the alias *x has no anchor &x before it"
    assert (error.document, error.line, error.path) == (1, 3, "b")


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: *x}", "&x a: {b: &y [*y]}"])
def test_an_alias_inside_itself(text: str) -> None:
    assert "stands inside its own anchor" in only_error(text).message


def test_a_merge_adds_what_is_missing() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\n"
    assert data(text + "c:\n  <<: *b\n  x: 9\n")["c"] == {"x": 9, "y": 2}
    assert data(text + "c:\n  <<: [*b, *m]\n")["c"] == {"x": 1, "y": 2, "z": 4}
    assert data(text + "c:\n  <<: {y: 5}\n  x: 1\n")["c"] == {"x": 1, "y": 5}


def test_a_quoted_merge_is_a_plain_key() -> None:
    assert data('"<<": 1') == {"<<": 1}


@pytest.mark.parametrize("text", ["a:\n  <<: 1\n", "a:\n  <<: [1]\n", "a:\n  <<: text\n"])
def test_only_mappings_merge(text: str) -> None:
    assert only_error(text).message == "<< merges a mapping or a list of mappings only"


def test_a_merged_key_has_the_line_of_its_base() -> None:
    root = load("base: &b\n  x: 1\nc:\n  <<: *b\n  y: 2\n").documents[0].root
    assert isinstance(root, Mapping)
    inner = root.entries["c"]
    assert isinstance(inner, Mapping)
    assert inner.lines == {"y": 5, "x": 2}


# -- limits


def bomb(levels: int, width: int) -> str:
    lines = [f"a0: &a0 [{','.join(['lol'] * width)}]"]
    lines += [f"a{at}: &a{at} [{','.join([f'*a{at - 1}'] * width)}]" for at in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(("levels", "width"), [(9, 9), (30, 2), (3, 200)])
def test_aliases_that_multiply(levels: int, width: int) -> None:
    error = only_error(bomb(levels, width))
    assert error.message == f"aliases expand to more than {MAX_ALIASED_VALUES:,} values: the limit"
    assert error.reason is Reason.LIMIT


def test_merges_that_multiply() -> None:
    base = "a: &a {" + ", ".join(f"k{at}: 1" for at in range(500)) + "}\nb:\n"
    assert only_error(base + "- <<: *a\n" * 50).reason is Reason.LIMIT


def test_a_few_aliases_are_welcome() -> None:
    assert len(data(bomb(4, 9))) == 4


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "{a: " * 20_000, "- " * 20_000, "? " * 20_000, "\n".join(" " * at + "a:" for at in range(500))],
)
def test_depth(text: str) -> None:
    error = only_error(text)
    assert error.message == f"nested too deep: more than {MAX_DEPTH} levels"
    assert error.reason is Reason.LIMIT


def test_the_deepest_that_is_read() -> None:
    assert data("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert only_error("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_depth_through_aliases() -> None:
    step = MAX_DEPTH // 2
    text = f"a: &a {'[' * step}{']' * step}\nb: {'[' * step}*a{']' * step}\n"
    assert only_error(text).message == f"nested too deep through the alias *a: more than {MAX_DEPTH} levels"


def test_the_number_of_values() -> None:
    error = only_error("- a\n" * (MAX_VALUES + 10))
    assert error.message == f"more than {MAX_VALUES:,} values: the limit for one file"
    assert error.line == MAX_VALUES


def test_the_number_of_documents() -> None:
    loaded = load("---\na: 1\n" * (MAX_DOCUMENTS + 5))
    assert len(loaded.documents) == MAX_DOCUMENTS
    assert loaded.errors[0].message == f"more than {MAX_DOCUMENTS:,} documents: the limit for one file"


def test_the_number_of_errors() -> None:
    found = errors("a: 1\n" * 5000)
    assert len(found) == MAX_ERRORS + 1
    assert found[-1].message == f"more than {MAX_ERRORS} errors: reading ends here"


# -- syntax


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ("a:\n\tb: 1\n", 2, "cannot start any token", "indent with spaces"),
        ("a:\n  b: 1\n \tc: 2\n", 3, "found a tab character", "indent with spaces"),
        ("a: b: c\n", 1, "mapping values are not allowed", "check the indentation"),
        ("a: 1\n b: 2\n", 2, "mapping values are not allowed", "check the indentation"),
        ("a:\n  b: 1\n c: 2\n", 3, "did not find expected key", "same column"),
        ("a:\n- x\n b: 1\n", 3, "mapping values are not allowed", "check the indentation"),
        ("a:\n  - x\n - y\n", 3, "did not find expected key", "same column"),
        ("a: [1, 2\nb: 3\n", 2, "did not find expected ',' or ']'", "a bracket that was opened is not closed"),
        ("a: {b: 1\nc: 2\n", 2, "did not find expected ',' or '}'", "a bracket that was opened is not closed"),
        ("a: [", 2, "did not find expected node content", "a bracket that was opened is not closed"),
        ("a: 'x\nb: 1\n", 3, "found unexpected end of stream", "a quote that was opened is not closed"),
        ('a: "\\q"\n', 1, "unknown escape character", "single quotes"),
        ("a: @b\n", 1, "cannot start any token", "put the value in quotes"),
        ("a: `b`\n", 1, "cannot start any token", "put the value in quotes"),
        ("a: %b\n", 1, "cannot start any token", "put the value in quotes"),
        ("a: 1\nb\nc: 2\n", 3, "could not find expected ':'", "with a space after the colon"),
        ("%YAML 3.0\n---\na: 1\n", 1, "incompatible YAML document", ""),
        ("!e!x a\n", 1, "undefined tag handle", ""),
    ],
)
def test_syntax_errors_have_a_line_and_a_hint(text: str, line: int, says: str, hint: str) -> None:
    error = errors(text)[-1]
    assert error.reason is Reason.SYNTAX
    assert says in error.message
    assert error.message.startswith("not valid YAML: ")
    assert hint in error.hint
    assert error.line is not None
    assert abs(error.line - line) <= 1


def test_the_line_is_shown() -> None:
    assert only_error("a:\n  b: 1\n c: 2\n").message.endswith('at "c: 2"')


def test_where_it_began_is_said() -> None:
    assert "begun on line 1" in only_error("a: 'x\nb: 1\nc: 2\n").message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: {{ .Values.x }}\n", 1),
        ("a: 1\nb: {{x}}\n", 2),
        ("a: {{ x }}-y\n", 1),
        ("a: 1\n{{- if .Values.x }}\nb: 2\n{{- end }}\n", 2),
        ("a:\n  {{- toYaml .Values.y | nindent 2 }}\n", 2),
        ("a: 1\n{% if x %}\nb: 2\n{% endif %}\n", 2),
        ("{{ include }}: 1\n", 1),
    ],
)
def test_templates_are_recognised(text: str, line: int) -> None:
    error = errors(text)[0]
    assert "looks like a template" in error.hint
    assert "helm template" in error.hint
    assert error.line is not None
    assert abs(error.line - line) <= 1


@pytest.mark.parametrize("text", ["a: '{{ x }}'", 'a: "{{ x }}"', "a: x{{y}}", "a: |\n  {{ x }}"])
def test_braces_in_text_are_no_template(text: str) -> None:
    assert "{{" in data(text)["a"]


@pytest.mark.parametrize("text", ["a: '{{ x }}'\nb: [\n", "# {{ x }}\na: b: c\n"])
def test_braces_in_text_give_no_wrong_hint(text: str) -> None:
    assert "template" not in only_error(text).hint


def test_documents_before_a_syntax_error_are_kept() -> None:
    loaded = load("a: 1\n---\nb: [\n")
    assert [plain(document.root) for document in loaded.documents] == [{"a": 1}]
    assert loaded.errors[0].document == 1


def test_the_parser_in_python_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML has no libyaml the same rules hold."""
    texts = ["a: &x {b: [1, yes, '2']}\nc: *x\n", "a: 1\na: 2\n", "a: !Ref b\n", "a:\n\tb: 1\n", bomb(9, 9), "[" * 200]
    fast = [load(text) for text in texts]
    monkeypatch.setattr(loader, "_LOADER", yaml.SafeLoader)
    slow = [load(text) for text in texts]
    for one, other in zip(fast, slow, strict=True):
        assert [plain(each.root) for each in one.documents] == [plain(each.root) for each in other.documents]
        assert [(each.line, each.path, each.reason) for each in one.errors] == [
            (each.line, each.path, each.reason) for each in other.errors
        ]
