"""Numbers meet their units: "256 megs" is memory, "2 more" a change, "10 lines" lines, "June 12" no number at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from app.agent.rules.senses import Count, Item, Role

_REACH = 4
"""Words between a number and the word for replicas: "3 more nginx web containers"."""
_BETWEEN = frozenset(
    {Role.PRODUCT, Role.APP, Role.UNKNOWN, Role.IMAGE, Role.FILLER, Role.DEGREE, Role.CATEGORY, Role.QUOTE, Role.PREP}
)
_FACTORS = {"*2": Fraction(2), "*3": Fraction(3), "*4": Fraction(4), "/2": Fraction(1, 2)}
_ONE = frozenset({"a", "an", "one", "un", "una", "une", "ein", "eine", "um", "uma", "一个", "ek", "एक"})
_ANNOUNCING = frozenset({Role.PREP, Role.COLON, Role.NOUN, Role.FILLER, Role.AUX, Role.MARK, Role.APP})
"""What may stand between a word for a resource and its amount."""
_PER_WEEK = 7


def settle(items: Sequence[Item]) -> list[Item]:
    """The items with each number bound to what it counts."""
    return _Settler(items).run()


class _Settler:
    def __init__(self, items: Sequence[Item]) -> None:
        self._items = list(items)
        self._out: list[Item] = []
        self._resource = ""
        self._timed = any(
            item.has(Role.NOUN, "logs", "events") or item.has(Role.MARK, "since", "last") for item in self._items
        )

    def run(self) -> list[Item]:
        at = 0
        while at < len(self._items):
            at += self._step(at)
        return self._out

    def _step(self, at: int) -> int:
        item = self._items[at]
        self._note_resource(item)
        if item.has(Role.MEMORY) and item.has(Role.CPU):
            self._out.append(self._bare_m(at))
            return 1
        if item.has(Role.COUNT):
            return self._count(at)
        if item.has(Role.DEGREE):
            return self._degree(at)
        if item.has(Role.ORDINAL) and (taken := self._ordinal(at)):
            return taken
        ordinal = self._at(at + 1).has(Role.ORDINAL) and self._replicas_or_gpu(at + 2)
        if item.has(Role.FILLER) and item.text.lower() in _ONE and not ordinal:
            unit = self._at(at + 1).sense(Role.UNIT)
            if unit == "replicas" and self._out and self._out[-1].has(Role.PREP, "to"):
                self._out.append(item.only(Role.COUNT, item.text, Count(1, of_replicas=True)))
                return 1
            if unit and not unit.startswith(("replicas", "lines", "times", "percent")):
                self._out.append(self._measured(item, self._at(at + 1), "1"))
                return 2
        if item.has(Role.TIME, "month") and self._at(at + 1).has(Role.COUNT):
            self._out.append(item.only(Role.DATE, item.text))
            return 2
        self._out.append(item)
        return 1

    def _note_resource(self, item: Item) -> None:
        if item.has(Role.END):
            self._resource = ""
        for resource in ("memory", "cpu", "gpu"):
            if item.has(Role.MARK, resource):
                self._resource = resource

    def _at(self, at: int) -> Item:
        return self._items[at] if 0 <= at < len(self._items) else Item("", 0, 0, {})

    def _count(self, at: int) -> int:
        item, after = self._items[at], self._at(at + 1)
        unit = after.sense(Role.UNIT)
        if self._at(at - 1).has(Role.ALL) and after.has(Role.NOUN, "apps"):
            self._out.append(item.only(Role.FILLER, "counted"))
            return 1
        if after.has(Role.MARK, "min") and self._bounded(at):
            unit = ""
        if after.has(Role.TIME, "month"):
            self._out.append(item.only(Role.DATE, item.text))
            return 2
        more = self._at(at + 2).sense(Role.UNIT) if after.has(Role.DEGREE, "+", "-") else ""
        if more.startswith("memory:") or more in ("cpu", "millicpu", "gpu"):
            measured = self._measured(item, self._at(at + 2), item.text)
            self._out.append(replace(measured, value=1 if after.has(Role.DEGREE, "+") else -1))
            return 3
        if unit in ("cpu", "gpu") and self._at(at + 2).has(Role.PERCENT):
            unit = ""
        if unit and unit != "replicas":
            if unit == "times":
                self._out.append(self._counted(item, replace(item.value, value=None, factor=_whole(item.value))))
            else:
                self._out.append(self._measured(item, after, item.text))
            return 2
        if after.has(Role.DEGREE, "many"):
            self._out.append(self._counted(item, replace(item.value, value=None, factor=_whole(item.value))))
            return 2
        if self._resource and self._announced(at) and not self._replicas_at(at + 1):
            self._out.append(item.only(Role(self._resource), item.text))
            return 1
        if after.has(Role.MARK, "port") and item.text.isdecimal() and not self._at(at + 2).has(Role.COUNT):
            self._out.append(item.only(Role.PORT, item.text, (None, int(item.text[:18]))))
            return 2
        if self._means_port(at):
            self._out.extend(item.only(Role.PORT, text, (None, int(text))) for text in item.text.split(","))
            return 1
        return self._replica_count(at, item)

    def _bounded(self, at: int) -> bool:
        """Whether "min" behind a number is a lower bound, no minutes: an upper bound is near."""
        return any(item.has(Role.MARK, "max") for item in self._items[at + 1 : at + 1 + _REACH])

    def _means_port(self, at: int) -> bool:
        """Whether a bare number is a port: "expose 3000", "on 8080", "on 15672 and 5672"."""
        item, before = self._items[at], self._at(at - 1)
        if not all(part.isascii() and part.isdigit() for part in item.text.split(",")):
            return False
        listed = before.has(Role.BREAK) or before.has(Role.CONNECT, "and")
        if self._at(at + 1).has(Role.PREP, "to") and self._at(at + 2).has(Role.COUNT):
            return False
        goes_on = listed and len(self._out) > 1 and self._out[-2].has(Role.PORT)
        announced = goes_on or before.has(Role.PREP, "on")
        return before.has(Role.VERB, "expose") or (announced and not self._noun_follows(at + 1))

    def _replica_count(self, at: int, item: Item) -> int:
        count: Count = item.value
        if self._out and self._out[-1].has(Role.DEGREE, "factor"):
            self._out[-1] = self._counted(item, replace(count, value=None, factor=_whole(count)))
            return 1
        length = 1
        after = self._at(at + 1)
        if after.has(Role.DEGREE, "+", "-"):
            count = replace(count, change=1 if after.has(Role.DEGREE, "+") else -1)
            length = 2
        if self._out and self._out[-1].has(Role.DEGREE, "+", "-"):
            count = replace(count, change=1 if self._out[-1].has(Role.DEGREE, "+") else -1)
            self._out.pop()
        if place := self._replicas_at(at + length):
            count = replace(count, of_replicas=True)
            self._items[place] = _spent(self._items[place])
        self._out.append(self._counted(item, count))
        return length

    def _replicas_or_gpu(self, at: int) -> bool:
        return self._at(at).has(Role.UNIT, "gpu") or self._replicas_at(at) > 0

    def _ordinal(self, at: int) -> int:
        """ "a second GPU" is two of them; 0 where it is only one of several."""
        item, unit = self._items[at], self._at(at + 1)
        number = item.sense(Role.ORDINAL)
        if self._at(at - 1).text.lower() not in _ONE or not number.isdecimal():
            return 0
        if unit.has(Role.UNIT, "gpu"):
            self._out.append(self._measured(item, unit, number))
            return 2
        if self._replicas_at(at + 1):
            self._out.append(self._counted(item, Count(int(number), of_replicas=True)))
            return 1
        return 0

    def _degree(self, at: int) -> int:
        item, after = self._items[at], self._at(at + 1)
        sense = item.sense(Role.DEGREE)
        if sense in _FACTORS:
            skip = 1 if after.has(Role.FILLER) and not after.has(Role.UNIT) else 0
            unit = self._at(at + 1 + skip).sense(Role.UNIT)
            if sense == "/2" and unit and unit not in ("replicas", "lines", "times", "percent"):
                self._out.append(self._measured(item, self._at(at + 1 + skip), "0.5"))
                return 2 + skip
            if item.has(Role.VERB):
                self._out.append(item)
            self._out.append(self._counted(item, Count(factor=_FACTORS[sense])))
            return 1
        single = item.text.lower() in ("another", "additional", "extra") and not after.has(Role.COUNT)
        if sense == "+" and single and (self._replicas_at(at + 1) or after.senses.keys() & {Role.APP, Role.PRODUCT}):
            if place := self._replicas_at(at + 1):
                self._items[place] = _spent(self._items[place])
            self._out.append(self._counted(item, Count(1, change=1, of_replicas=True)))
            return 1
        self._out.append(item)
        return 1

    def _bare_m(self, at: int) -> Item:
        """`500m` alone: CPU or memory by the word beside it, a time where logs are spoken of."""
        item, after = self._items[at], self._at(at + 1)
        if after.senses.keys() & {Role.UNIT, Role.MARK, Role.NOUN}:
            for role in (Role.CPU, Role.MEMORY):
                if after.has(Role.NOUN, role.value) or after.has(Role.MARK, role.value):
                    return item.only(role, item.text)
        if self._resource in ("cpu", "memory"):
            return item.only(Role(self._resource), item.text)
        return item.only(Role.SPAN, item.text.lower()) if self._timed else item.only(Role.MEMORY, item.text)

    def _measured(self, item: Item, unit: Item, number: str) -> Item:
        sense = unit.sense(Role.UNIT)
        text = f"{item.text} {unit.text}"
        made = replace(item, text=text, end=max(item.end, unit.end))
        if isinstance(item.value, Count) and item.value.value is not None:
            number = str(item.value.value)
        if sense.startswith("memory:"):
            return made.only(Role.MEMORY, f"{number}{sense.partition(':')[2]}")
        if sense in ("cpu", "millicpu", "gpu"):
            self._resource = ""
            role = Role.GPU if sense == "gpu" else Role.CPU
            return made.only(role, f"{number}{'m' if sense == 'millicpu' else ''}")
        if sense == "money":
            return made.only(Role.MONEY, number)
        if sense == "lines":
            kept = {Role.NOUN: unit.sense(Role.NOUN)} if unit.has(Role.NOUN, "logs") else {}
            return replace(made, senses={Role.LINES: number, **kept}, value=None)
        if sense == "percent":
            return made.only(Role.PERCENT, number, int(number) if number.isdigit() else None)
        if sense == "w":
            return made.only(Role.SPAN, f"{int(number) * _PER_WEEK}d" if number.isdigit() else number)
        return made.only(Role.SPAN, f"{number}{sense}")

    def _announced(self, at: int) -> bool:
        """The last word for a resource stands right before this number: "memory to 512", "cpu limit of 2"."""
        for place in range(at - 1, max(at - 6, -1), -1):
            item = self._items[place]
            if item.has(Role.MARK, self._resource):
                return True
            if not item.senses.keys() & _ANNOUNCING:
                return False
        return False

    def _replicas_at(self, at: int) -> int:
        """Where the word for replicas is that a number at `at - 1` counts; 0 without one."""
        for place in range(at, min(at + _REACH, len(self._items))):
            item = self._items[place]
            if item.has(Role.UNIT, "replicas") or item.has(Role.NOUN, "replicas"):
                return place
            if not item.senses.keys() & _BETWEEN or (item.has(Role.PREP) and not item.has(Role.PREP, "of")):
                return 0
        return 0

    def _noun_follows(self, at: int) -> bool:
        return bool(self._at(at).senses.keys() & {Role.UNIT, Role.NOUN, Role.PRODUCT, Role.APP})

    def _counted(self, item: Item, count: Count) -> Item:
        return replace(item, senses={**_kept(item), Role.COUNT: item.text}, value=count)


def _kept(item: Item) -> dict[Role, str]:
    return {role: sense for role, sense in item.senses.items() if role in (Role.VERSION, Role.PRONOUN)}


def _spent(item: Item) -> Item:
    """A word for replicas that was counted says nothing more."""
    app = item.sense(Role.APP)
    return replace(item, senses={Role.APP: app} if app else {Role.FILLER: "counted"})


def _whole(count: Count) -> Fraction | None:
    return Fraction(count.value) if count.value is not None else None
