"""The reading helpers by themselves: what each read returns, what it reports, and what `close` makes of the rest."""

from __future__ import annotations

import pytest

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields, integer_problem, pairs, shown
from app.core.manifest.findings import MAX_FINDINGS, Findings, TooManyErrors, Unhonoured
from app.core.manifest.loader import load
from app.core.manifest.nodes import Broken, Listing, Mapping, resolve
from app.core.manifest.report import FieldError, FieldWarning, Reason


def fields(text: str, path: str = "spec") -> Fields:
    """The mapping of a text, as if it stood at `path` of the third document."""
    root = load(text).documents[0].root
    assert isinstance(root, Mapping)
    return Fields(root, path, Findings(document=2, runtime="simulator"))


def messages(some: Fields) -> list[str]:
    return [error.message for error in some.out.errors]


def lower_case(text: str) -> str:
    if text != text.lower():
        raise InvalidInput(f"{text} is not in lower case")
    return text


# -- places


def test_an_error_has_document_path_and_line() -> None:
    some = fields("a: 1\nb:\n  c: 2\n")
    some.error("b", "wrong", "mend it", Reason.NOT_SUPPORTED)
    some.error(None, "wrong as a whole")
    assert some.out.errors == [
        FieldError(2, "spec.b", 2, "wrong", "mend it", Reason.NOT_SUPPORTED),
        FieldError(2, "spec", 1, "wrong as a whole"),
    ]


def test_a_warning_has_them_too() -> None:
    some = fields("a: 1\nb: 2\n")
    some.warn("b", "odd", "see there")
    assert some.out.warnings == [FieldWarning(2, "spec.b", 2, "odd", "see there")]


def test_a_field_that_is_missing_is_placed_at_its_mapping() -> None:
    some = fields("x: 1\n", path="")
    some.error("y", "missing")
    assert (some.out.errors[0].path, some.out.errors[0].line) == ("y", 1)


def test_paths_of_parts() -> None:
    some = fields("a: 1\n", path="metadata")
    assert some.at("labels", "app.io/x") == "metadata.labels[app.io/x]"
    assert some.at("list", 3, "name") == "metadata.list[3].name"


def test_an_inner_mapping_knows_where_it_is() -> None:
    some = fields("list:\n- a: {b: 1}\n- a: {b: 2}\n")
    inner = [each.fields("a") for each in some.each("list")]
    assert [each.path for each in inner if each] == ["spec.list[0].a", "spec.list[1].a"]
    assert [each.line("b") for each in inner if each] == [2, 3]


# -- presence


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("a: 1", True),
        ("a: ''", True),
        ("a: []", True),
        ("a:", False),
        ("a: null", False),
        ("a: ~", False),
        ("b: 1", False),
    ],
)
def test_null_is_absent(text: str, present: bool) -> None:
    some = fields(text)
    assert some.has("a") is present
    assert (some.get("a") is not None) is present
    assert messages(some) == []


def test_required_tells_empty_from_missing() -> None:
    some = fields("a:\n")
    assert some.text("a", required=True) is None
    assert some.text("b", required=True) is None
    assert messages(some) == ["a is empty: text is required here", "b is missing: text is required here"]


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda some: some.text("a", required=True), "text"),
        (lambda some: some.integer("a", 0, 1, required=True), "a whole number"),
        (lambda some: some.fields("a", required=True), "a mapping"),
    ],
)
def test_required_says_what_is_wanted(read: object, what: str) -> None:
    assert callable(read)
    some = fields("x: 1")
    assert read(some) is None
    assert messages(some) == [f"a is missing: {what} is required here"]


def test_what_is_broken_is_not_reported_again() -> None:
    some = fields("a: 1")
    some.node.entries["a"] = Broken(1)
    assert some.text("a", required=True) is None
    assert some.integer("a", 0, 9, required=True) is None
    assert some.fields("a", required=True) is None
    assert some.texts("a") == ()
    assert some.amount("a", int) is None
    assert messages(some) == []


# -- text


def test_text() -> None:
    assert fields("a: web").text("a") == "web"
    assert fields("a: '5'").text("a") == "5"
    assert fields("a: ''").text("a") == ""
    assert fields("b: 1").text("a") is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a: 5", "a must be text, not a whole number (5)", 'quote it: "5"'),
        ("a: on", "a must be text, not a boolean (on)", 'quote it: "on"'),
        ("a: 1.50", "a must be text, not a decimal number (1.50)", 'quote it: "1.50"'),
        ("a: [x]", "a must be text, not a list", ""),
        ("a: {x: y}", "a must be text, not a mapping", ""),
        ('a: "x\\0"', "a has a NUL character in it, which no process can be given", ""),
    ],
)
def test_what_is_no_text(text: str, message: str, hint: str) -> None:
    some = fields(text)
    assert some.text("a") is None
    assert [(error.message, error.hint) for error in some.out.errors] == [(message, hint)]


def test_a_check_may_refuse() -> None:
    some = fields("a: Web\nb: web")
    assert some.text("a", check=lower_case) is None
    assert some.text("b", check=lower_case) == "web"
    assert messages(some) == ["Web is not in lower case"]


def test_the_name_is_put_before_a_sentence_that_lacks_it() -> None:
    def refuse(text: str) -> str:
        raise InvalidInput(f"{text}!")

    some = fields("size: x")
    some.text("size", check=refuse)
    assert messages(some) == ["size: x!"]


def test_texts() -> None:
    some = fields("a: [x, '1', 2, ~, [y]]")
    assert some.texts("a") == ("x", "1")
    assert [(error.path, error.message.split(",")[0]) for error in some.out.errors] == [
        ("spec.a[2]", "an item of a must be text"),
        ("spec.a[3]", "an item of a must be text"),
        ("spec.a[4]", "an item of a must be text"),
    ]


def test_a_map_of_texts() -> None:
    some = fields("labels:\n  a: x\n  B: y\n  c: 1\n  d:\n")
    assert some.text_map("labels", check_key=lower_case) == {"a": "x", "B": "y", "d": ""}
    assert [(error.path, error.line) for error in some.out.errors] == [("spec.labels.B", 3), ("spec.labels.c", 4)]
    assert fields("a: 1").text_map("labels", check_key=lower_case) == {}


def test_the_values_of_a_map_are_checked() -> None:
    some = fields("labels: {a: X, b: y}")
    assert some.text_map("labels", check_key=str, check_value=lower_case) == {"b": "y"}


# -- numbers and choices


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("0", 0), ("10", 10), ("+3", 3)])
def test_whole_numbers(text: str, value: int) -> None:
    assert fields(f"a: {text}").integer("a", 0, 10) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("11", ""),
        ("-1", ""),
        ("1.0", ""),
        ("true", ""),
        ("'5'", "write 5 without quotes"),
        ("'05'", "write 5 without quotes"),
        ("'5x'", ""),
        ("'12345678901'", ""),
        ("007", "007 reads as 7: write 7"),
        ("0x1", "0x1 reads as 1: write 1"),
        ("-0", "-0 reads as 0: write 0"),
        ("[]", ""),
        ("{}", ""),
    ],
)
def test_what_is_no_whole_number_in_bounds(text: str, hint: str) -> None:
    some = fields(f"a: {text}")
    assert some.integer("a", 0, 10) is None
    (error,) = some.out.errors
    assert error.message.startswith("a must be a whole number from 0 to 10, not ")
    assert error.hint == hint


def test_the_problem_of_a_number_alone() -> None:
    assert integer_problem(resolve("5", 1), 0, 10) is None
    assert integer_problem(resolve("50", 1), 0, 10) == ""
    assert integer_problem(Listing(1), 0, 10) == ""


@pytest.mark.parametrize(("text", "value"), [("true", True), ("no", False), ("", None)])
def test_booleans(text: str, value: bool | None) -> None:
    some = fields(f"a: {text}")
    assert some.boolean("a") is value
    assert messages(some) == []


@pytest.mark.parametrize("text", ["1", "'true'", "y", "[true]"])
def test_what_is_no_boolean(text: str) -> None:
    some = fields(f"a: {text}")
    assert some.boolean("a") is None
    assert messages(some)[0].startswith("a must be true or false, not ")


@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [("TCP", "TCP", None), ("", None, None), ("tcp", None, "write TCP"), ("HTTP", None, "")],
)
def test_choices(text: str, value: str | None, hint: str | None) -> None:
    some = fields(f"a: {text}")
    assert some.choice("a", ("TCP", "UDP")) == value
    assert [error.hint for error in some.out.errors] == ([] if hint is None else [hint])


@pytest.mark.parametrize(
    ("text", "given"), [("1", "1"), ("0.50", "0.50"), ("500m", "500m"), ("'1'", "1"), ("010", "010")]
)
def test_an_amount_is_parsed_as_written(text: str, given: str) -> None:
    assert fields(f"a: {text}").amount("a", str) == given


@pytest.mark.parametrize("text", ["true", "[1]", "{a: 1}"])
def test_what_is_no_amount(text: str) -> None:
    some = fields(f"a: {text}")
    assert some.amount("a", str) is None
    assert messages(some)[0].startswith("a must be an amount, not ")


# -- lists and mappings


def test_the_mappings_of_a_list() -> None:
    some = fields("a:\n- x: 1\n- y\n- {x: 2}\n")
    found = some.each("a", hint="write x")
    assert [each.path for each in found] == ["spec.a[0]", "spec.a[2]"]
    assert [(error.path, error.line, error.hint) for error in some.out.errors] == [("spec.a[1]", 3, "write x")]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sleep 3600", 'write ["sleep", "3600"]'),
        ("sh -c 'a b'", 'write ["sh", "-c", "a b"]'),
        ("it's", ""),
        ("5", 'write ["5"]'),
        ("{a: b}", ""),
        ("x" * 201, ""),
    ],
)
def test_what_is_no_list(text: str, hint: str) -> None:
    some = fields(f"a: {text}")
    assert some.items("a") == []
    (error,) = some.out.errors
    assert error.message.startswith("a must be a list, not ")
    assert error.hint == hint


def test_a_mapping_that_is_asked_for_twice_is_one() -> None:
    some = fields("a: {x: 1}\nb: 5\n")
    assert some.fields("a") is some.fields("a")
    assert some.fields("b") is None
    assert some.fields("b") is None
    assert messages(some) == ["b must be a mapping (fields below it), not a whole number (5)"]


def test_items_with_their_names() -> None:
    items = fields("a:\n- name: x\n- name: 5\n- other: y\n- name: z\n").each("a")
    assert [name for _, name in pairs(items, "name")] == ["x", "z"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web", 'the text "web"'),
        ("5", "a whole number (5)"),
        ("0.5", "a decimal number (0.5)"),
        ("yes", "a boolean (yes)"),
        ("", "nothing"),
    ],
)
def test_values_in_words(text: str, words: str) -> None:
    assert shown(resolve(text, 1)) == words


# -- the rest


TABLE = {
    "harmful": Unhonoured("because", refuse=True, harmless=(False,)),
    "idle": Unhonoured("this happens instead", harmless=("default", 10)),
}


@pytest.mark.parametrize(
    ("text", "errors", "warnings"),
    [
        ("harmful: true", ["harmful is not supported: because"], []),
        ("harmful: {a: b}", ["harmful is not supported: because"], []),
        ("harmful: false", [], []),
        ("harmful: []", [], []),
        ("harmful: {}", [], []),
        ("harmful: ''", [], []),
        ("harmful:", [], []),
        ("idle: x", [], ["idle is ignored: this happens instead"]),
        ("idle: 9", [], ["idle is ignored: this happens instead"]),
        ("idle: default", [], []),
        ("idle: 10", [], []),
    ],
)
def test_fields_of_the_table(text: str, errors: list[str], warnings: list[str]) -> None:
    some = fields(text)
    some.close(TABLE)
    assert messages(some) == errors
    assert [warning.message for warning in some.out.warnings] == warnings


def test_what_was_read_or_is_silent_is_not_reported() -> None:
    some = fields("a: 1\nb: 2\nc: 3\n")
    some.get("a")
    some.silent("b")
    some.close({})
    assert messages(some) == ['unknown field "c"']


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("harmfull", "did you mean harmful?"),
        ("HARMFUL", "did you mean harmful?"),
        ("ilde", "did you mean idle?"),
        ("elsewhere", "it belongs at root.elsewhere"),
        ("zzz", "fields here are harmful, idle or known"),
    ],
)
def test_unknown_fields(key: str, hint: str) -> None:
    some = fields(f"{key}: 1")
    some.get("known")
    some.close(TABLE, {"elsewhere": "root.elsewhere"})
    (error,) = some.out.errors
    assert error.reason is Reason.UNKNOWN_FIELD
    assert error.message == f'unknown field "{key}"'
    assert error.hint == hint


def test_a_long_list_of_fields_is_not_listed() -> None:
    some = fields("zzz: 1")
    some.close({f"field{at:02}" * 3: Unhonoured("x") for at in range(13)})
    assert some.out.errors[0].hint == "remove it"


def test_where_no_field_is_known_none_is_offered() -> None:
    some = fields("zzz: 1")
    some.close({})
    assert some.out.errors[0].hint == "remove it"


# -- limits


def test_errors_end_somewhere() -> None:
    some = fields("a: 1")
    for _ in range(MAX_FINDINGS):
        some.error("a", "wrong")
    with pytest.raises(TooManyErrors):
        some.error("a", "one more")
    assert len(some.out.errors) == MAX_FINDINGS


def test_warnings_are_dropped_past_the_limit() -> None:
    some = fields("a: 1")
    for _ in range(MAX_FINDINGS + 5):
        some.warn("a", "odd")
    assert len(some.out.warnings) == MAX_FINDINGS
