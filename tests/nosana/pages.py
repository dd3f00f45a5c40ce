"""Lists as the manager gives them: filters, a keyset cursor, four sizes."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.nosana.schema import Refused

SIZES = {"10": 10, "20": 20, "50": 50, "100": 100}
Item = TypeVar("Item")
Key = tuple[float, int]


class BadCursor(Exception):
    """Not one of ours: 500 in the real thing."""


@dataclass(frozen=True)
class Page:
    """`limit` items from `cursor` on; `newest_first` is the default order."""

    limit: int
    newest_first: bool
    cursor: str | None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Page:
        """Raises Refused."""
        limit = query.get("limit", "10")
        if limit not in SIZES:
            raise Refused("querystring/limit must be equal to one of the allowed values")
        order = query.get("sort_order", "desc")
        if order not in ("asc", "desc"):
            raise Refused("querystring/sort_order must be equal to one of the allowed values")
        return cls(SIZES[limit], order == "desc", query.get("cursor") or None)

    def cut(self, items: Iterable[Item], key: Callable[[Item], Key]) -> tuple[list[Item], dict[str, Any]]:
        """The page and its `pagination`. Raises BadCursor."""
        ordered = sorted(items, key=key, reverse=self.newest_first)
        start = 0
        if self.cursor is not None:
            place, back = _decode(self.cursor)
            start = next((n for n, item in enumerate(ordered) if not _before(key(item), place, self)), len(ordered))
            if back:
                start = max(0, start - self.limit)
            elif start < len(ordered) and key(ordered[start]) == place:
                start += 1
        page = ordered[start : start + self.limit]
        more = start + self.limit < len(ordered)
        return page, {
            "cursor_next": _encode(key(page[-1]), back=False) if page and more else None,
            "cursor_prev": _encode(key(page[0]), back=True) if page and start > 0 else None,
            "total_items": len(ordered),
        }


def _before(one: Key, other: Key, page: Page) -> bool:
    return one > other if page.newest_first else one < other


def _encode(key: Key, *, back: bool) -> str:
    text = json.dumps({"t": key[0], "n": key[1], "d": "prev" if back else "next"})
    return base64.b64encode(text.encode()).decode()


def _decode(cursor: str) -> tuple[Key, bool]:
    try:
        place = json.loads(base64.b64decode(cursor, validate=True))
        return (float(place["t"]), int(place["n"])), place["d"] == "prev"
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise BadCursor(cursor) from error


def one_of(query: Mapping[str, str], name: str, value: str) -> bool:
    """Whether the value is in the query's comma list; no list lets all pass."""
    wanted = query.get(name)
    return not wanted or value in [word.strip() for word in wanted.split(",")]


def between(query: Mapping[str, str], stem: str, time: float) -> bool:
    """`<stem>_after` and `<stem>_before`, ISO dates. Raises Refused."""
    after, before = query.get(f"{stem}_after"), query.get(f"{stem}_before")
    if after and time <= _date(f"{stem}_after", after):
        return False
    return not (before and time >= _date(f"{stem}_before", before))


def _date(name: str, text: str) -> float:
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise Refused(f'querystring/{name} must match format "date-time"') from None
