"""CPU and memory amounts: Kubernetes' strict grammar for manifests, and what people type for the chat.

Grammar: apimachinery `pkg/api/resource/quantity.go`. Units here: CPU in millicores (1000 = one core), memory in bytes.
Amounts finer than the unit round up, as Kubernetes does.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil

from app.core.errors import InvalidInput
from app.core.quoting import quoted

LARGEST = 2**63 - 1
SMALLEST_THOUSANDTHS = 1024**2
"""Kubernetes allows `m` for memory (thousandths of a byte); below this many bytes it is a slip for `M` or `Mi`."""
SMALLEST_USER_MEMORY = 6 * 1024**2
"""Docker's floor for a memory limit; a smaller wish is a slip of the unit."""

_DECIMAL = {unit: 1000**power for power, unit in enumerate(("", "k", "M", "G", "T", "P", "E"))}
_BINARY = {unit: 1024**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)}
_SMALL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)}
_UNITS: dict[str, Fraction] = _SMALL | {unit: Fraction(factor) for unit, factor in (_DECIMAL | _BINARY).items()}
_NUMBER = r"(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})"
_QUANTITY = re.compile(rf"([+-]?)({_NUMBER})(?:[eE]([+-]?[0-9]{{1,2}})|([numkMGTPE]|[KMGTPE]i)?)")
_LOOSE = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)")


def parse_cpu(text: str, *, field: str | None = None) -> int:
    """`"500m"`, `"2"`, `"0.5"` as millicores. Raises `InvalidInput`."""
    amount = _parse(text, field, "a CPU amount", "write cores such as 0.5 or 2, or millicores such as 500m")
    return _bounded(amount * 1000, text, field)


def parse_memory(text: str, *, field: str | None = None) -> int:
    """`"512Mi"`, `"1.5Gi"`, `"1G"`, `"1073741824"` as bytes. Raises `InvalidInput`."""
    amount = _parse(text, field, "a memory amount", _memory_hint(text))
    if 0 < amount < SMALLEST_THOUSANDTHS and text.endswith(("m", "u", "n")):
        size = "less than a byte" if amount < 1 else f"{ceil(amount)} bytes"
        raise InvalidInput(f"{quoted(text)} is {size}: {_memory_hint(text)}", field=field)
    return _bounded(amount, text, field)


def parse_count(text: str, *, field: str | None = None) -> int:
    """A whole amount of a device, such as `"1"` for nvidia.com/gpu. Raises `InvalidInput`."""
    if re.fullmatch(r"[0-9]{1,4}", text):
        return int(text)
    raise InvalidInput(f"{quoted(text)} is not a number of devices: write a whole number such as 1", field=field)


def format_cpu(millicores: int) -> str:
    """500 as `500m`, 2000 as `2`."""
    return str(millicores // 1000) if millicores % 1000 == 0 else f"{millicores}m"


def format_memory(size: int) -> str:
    """The shortest exact form, binary units where equal: 536870912 as `512Mi`, 512000000 as `512M`."""
    exact = [f"{size // factor}{unit}" for unit, factor in (_BINARY | _DECIMAL).items() if size % factor == 0 and size]
    return min(exact, key=len, default="0")


def _parse(text: str, field: str | None, what: str, hint: str) -> Fraction:
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise InvalidInput(f"{quoted(text)} is not {what}: {hint}", field=field)
    sign, number, exponent, unit = match.groups()
    if sign == "-":
        raise InvalidInput(f"{quoted(text)} is negative; {what} is 0 or more: {hint}", field=field)
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else _UNITS[unit or ""])


def _bounded(amount: Fraction, text: str, field: str | None) -> int:
    if amount > LARGEST:
        raise InvalidInput(f"{quoted(text)} is more than any machine has", field=field)
    return ceil(amount)


def _memory_hint(text: str) -> str:
    match = _LOOSE.fullmatch(text.strip())
    power = _MEMORY_WORDS.get(match[2].lower()) if match else None
    if not match or not power:
        return "write bytes with a unit such as 512Mi or 1Gi"
    letter = "KMGT"[power - 1]
    return (
        f"write {match[1]}{letter}i (powers of 1024) or {match[1]}{'k' if letter == 'K' else letter} (powers of 1000)"
    )


# -- what people type

_MEMORY_WORDS: dict[str, int] = {
    **dict.fromkeys(("k", "kb", "kib", "ki", "ko", "kilobyte", "kilobytes", "кб"), 1),
    **dict.fromkeys(("m", "mb", "mib", "mi", "mo", "meg", "megs", "mega", "megas", "мб", "мегабайт", "兆"), 2),
    **dict.fromkeys(("megabyte", "megabytes", "mebibyte", "mebibytes", "megaoctets"), 2),
    **dict.fromkeys(("g", "gb", "gib", "gi", "go", "gig", "gigs", "giga", "gigas", "гб", "гиг", "гигабайт"), 3),
    **dict.fromkeys(("gigabyte", "gigabytes", "gibibyte", "gibibytes", "gigaoctets"), 3),
    **dict.fromkeys(("t", "tb", "tib", "ti", "to", "terabyte", "terabytes"), 4),
}
_USER_AMOUNT = re.compile(
    r"([0-9]{1,15}(?:[.,][0-9]{1,6})?|an?|one|half(?: an?)?)\s*([^\W\d_]*)\.?(?: of (?:memory|ram))?"
)
_CORES = frozenset({"", "c", "core", "cores", "cpu", "cpus", "vcpu", "vcpus", "kern", "kerne", "núcleo", "núcleos"})
_MILLICORES = frozenset({"m", "mcpu", "millicore", "millicores", "millicpu", "millicpus"})


def parse_user_memory(text: str, *, field: str = "memory") -> int:
    """What a person types: `512MB`, `2 gigs`, `1.5 GB`, `512m`, `512Mi`, `half a gig`. Bytes.

    Every unit means powers of 1024, as in `docker run --memory`. Raises `InvalidInput`, also for less than Docker's
    floor of 6 MiB.
    """
    number, unit = _user_amount(text, field, "memory", "write it like 512Mi or 2 GB")
    power = _MEMORY_WORDS.get(unit.lower())
    if power is None and unit:
        raise InvalidInput(f"{quoted(text)} is not an amount of memory: write it like 512Mi or 2 GB", field=field)
    size = _bounded(number * 1024 ** (power or 0), text, field)
    if size < SMALLEST_USER_MEMORY:
        example = f"; did you mean {ceil(number)}Mi?" if not unit and number >= 6 else ""
        raise InvalidInput(f"{quoted(text)} is {size} bytes, less than the 6Mi a container needs{example}", field=field)
    return size


def parse_user_cpu(text: str, *, field: str = "cpu") -> int:
    """What a person types: `0.5`, `500m`, `2 cores`, `half a core`, `250 millicores`. Millicores, at least 1."""
    hint = "write it like 500m or 0.5"
    number, unit = _user_amount(text, field, "CPU", hint)
    if unit.lower() not in _CORES | _MILLICORES:
        raise InvalidInput(f"{quoted(text)} is not an amount of CPU: {hint}", field=field)
    millicores = _bounded(number * (1 if unit.lower() in _MILLICORES else 1000), text, field)
    if millicores < 1:
        raise InvalidInput(f"{quoted(text)} is no CPU at all: {hint}", field=field)
    return millicores


def _user_amount(text: str, field: str, what: str, hint: str) -> tuple[Fraction, str]:
    match = _USER_AMOUNT.fullmatch(" ".join(text.split()).lower())
    if not match:
        raise InvalidInput(f"{quoted(text)} is not an amount of {what}: {hint}", field=field)
    number, unit = match.groups()
    if number.startswith("half"):
        return Fraction(1, 2), unit
    return Fraction(1) if number in ("a", "an", "one") else Fraction(number.replace(",", ".")), unit
