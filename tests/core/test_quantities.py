"""Amounts of CPU and memory: Kubernetes' grammar, and what people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.quantities import (
    LARGEST,
    format_cpu,
    format_memory,
    parse_count,
    parse_cpu,
    parse_memory,
    parse_user_cpu,
    parse_user_memory,
)

KI, MI, GI = 2**10, 2**20, 2**30


@pytest.mark.parametrize(
    ("text", "millicores"),
    [
        ("1", 1000),
        ("0", 0),
        ("0.5", 500),
        (".5", 500),
        ("5.", 5000),
        ("+2", 2000),
        ("500m", 500),
        ("1500m", 1500),
        ("0.1", 100),
        ("0.0001", 1),
        ("1u", 1),
        ("100n", 1),
        ("2e0", 2000),
        ("1e-3", 1),
        ("1E1", 10_000),
        ("1k", 1_000_000),
        ("001", 1000),
        ("0.29", 290),
    ],
)
def test_cpu_in_millicores(text: str, millicores: int) -> None:
    assert parse_cpu(text) == millicores


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1073741824", GI),
        ("512Mi", 512 * MI),
        ("1.5Gi", 1_610_612_736),
        ("1Ki", KI),
        ("1k", 1000),
        ("1M", 10**6),
        ("1G", 10**9),
        ("1Ti", 2**40),
        ("1T", 10**12),
        ("1P", 10**15),
        ("1Pi", 2**50),
        ("1Ei", 2**60),
        ("1E", 10**18),
        ("1e3", 1000),
        ("12E6", 12 * 10**6),
        ("0.5Gi", GI // 2),
        ("1.1Ki", 1127),
        ("1e0", 1),
    ],
)
def test_memory_in_bytes(text: str, size: int) -> None:
    assert parse_memory(text) == size


BAD = ["", " ", "abc", "1 Gi", "1gb", "--1", "1..2", "1e", "1e1000", "0x10", "1,5", "٣", "1_000", "NaN", "inf", "1Gi\n"]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    for parse in (parse_cpu, parse_memory):
        with pytest.raises(InvalidInput) as caught:
            parse(text, field="spec.x")
        assert caught.value.field == "spec.x"
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("512MB", "512Mi (powers of 1024) or 512M (powers of 1000)"),
        ("1 Gi", "1Gi (powers of 1024) or 1G (powers of 1000)"),
        ("2gb", "2Gi (powers of 1024) or 2G (powers of 1000)"),
        ("64kb", "64Ki (powers of 1024) or 64k (powers of 1000)"),
        ("256 megs", "256Mi (powers of 1024) or 256M (powers of 1000)"),
        ("lots", "a unit such as 512Mi or 1Gi"),
        ("512m", "512Mi (powers of 1024) or 512M (powers of 1000)"),
        ("5u", "a unit such as 512Mi or 1Gi"),
    ],
)
def test_the_message_says_what_to_write_for_memory(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_memory(text)
    assert hint in str(caught.value)


@pytest.mark.parametrize("text", ["-1", "-500m", "-0.5"])
def test_negative_amounts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="negative"):
        parse_cpu(text)


def test_more_than_a_machine_can_have_is_refused() -> None:
    assert parse_memory(str(LARGEST)) == LARGEST
    with pytest.raises(InvalidInput, match="any machine"):
        parse_memory(str(LARGEST + 1))
    with pytest.raises(InvalidInput, match="any machine"):
        parse_cpu("1e50")


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("1", 1), ("8", 8)])
def test_devices_are_whole(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["-1", "0.5", "1.0", "", "all", "1m", "99999"])
def test_parts_of_devices_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        parse_count(text)


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (1, "1m"), (500, "500m"), (1000, "1"), (2500, "2500m")])
def test_cpu_is_written_shortly(value: int, text: str) -> None:
    assert format_cpu(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (1000, "1k"),
        (KI, "1Ki"),
        (512 * MI, "512Mi"),
        (512 * 10**6, "512M"),
        (1_610_612_736, "1536Mi"),
        (2 * GI, "2Gi"),
        (10**9, "1G"),
        (2**40, "1Ti"),
        (1023, "1023"),
        (LARGEST, str(LARGEST)),
    ],
)
def test_memory_is_written_shortly(value: int, text: str) -> None:
    assert format_memory(value) == text


@given(st.integers(0, LARGEST))
def test_memory_comes_back(size: int) -> None:
    assert parse_memory(format_memory(size)) == size


@given(st.integers(0, LARGEST // 1000))
def test_cpu_comes_back(millicores: int) -> None:
    assert parse_cpu(format_cpu(millicores)) == millicores


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    for parse in (parse_cpu, parse_memory, parse_user_memory, parse_user_cpu):
        try:
            amount, message = parse(text), ""
        except InvalidInput as error:
            amount, message = 0, str(error)
        assert amount >= 0
        assert message.isprintable()


# -- what people type


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512MB", 512 * MI),
        ("512 MB", 512 * MI),
        ("512mb", 512 * MI),
        ("512m", 512 * MI),
        ("512M", 512 * MI),
        ("512Mi", 512 * MI),
        ("512MiB", 512 * MI),
        ("256 megs", 256 * MI),
        ("256 Megabytes", 256 * MI),
        ("2 gigs", 2 * GI),
        ("2g", 2 * GI),
        ("2Gi", 2 * GI),
        ("1.5 GB", 3 * GI // 2),
        ("1,5 GB", 3 * GI // 2),
        ("1 gigabyte of memory", GI),
        ("2gb of RAM", 2 * GI),
        ("half a gig", GI // 2),
        ("half gig", GI // 2),
        ("a gig", GI),
        ("one gigabyte", GI),
        ("  2   gigs ", 2 * GI),
        ("2 Go", 2 * GI),
        ("512 Mo", 512 * MI),
        ("2 гб", 2 * GI),
        ("512 МБ", 512 * MI),
        ("8192 kb", 8 * MI),
        ("268435456", 256 * MI),
        ("0.5 tb", 512 * GI),
    ],
)
def test_memory_as_people_type_it(text: str, size: int) -> None:
    assert parse_user_memory(text) == size


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not an amount"),
        ("lots", "not an amount"),
        ("512 bananas", "not an amount"),
        ("-1 GB", "not an amount"),
        ("1e9 GB", "not an amount"),
        ("1 2 GB", "not an amount"),
        ("512", "did you mean 512Mi?"),
        ("1 kb", "less than the 6Mi"),
        ("0 GB", "less than the 6Mi"),
        ("5", "less than the 6Mi"),
        ("999999999999999 tb", "any machine"),
        ("2 cores", "not an amount"),
    ],
)
def test_memory_that_makes_no_sense(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_user_memory(text)
    assert says in str(caught.value)
    assert caught.value.field == "memory"


@pytest.mark.parametrize(
    ("text", "millicores"),
    [
        ("0.5", 500),
        ("500m", 500),
        ("500 millicores", 500),
        ("2", 2000),
        ("2 cores", 2000),
        ("1 core", 1000),
        ("half a core", 500),
        ("a core", 1000),
        ("one cpu", 1000),
        ("1.5 CPUs", 1500),
        ("0,25", 250),
        ("4 vCPU", 4000),
        ("0.0001", 1),
    ],
)
def test_cpu_as_people_type_it(text: str, millicores: int) -> None:
    assert parse_user_cpu(text) == millicores


@pytest.mark.parametrize("text", ["", "0", "0m", "-1", "2 GB", "much", "1e9"])
def test_cpu_that_makes_no_sense(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_user_cpu(text)
    assert caught.value.field == "cpu"


@given(st.integers(6, 4096))
def test_a_strict_quantity_is_right_for_people_too(count: int) -> None:
    assert parse_user_memory(f"{count}Mi") == parse_memory(f"{count}Mi")
