"""Word order: Japanese and Hindi say "5 to" for "to 5", and in these and German the verb of an order may come last.

Prepositions are put in front and last verbs marked, so that one grammar reads all languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.senses import Item, Role

_VALUES = frozenset(
    {Role.APP, Role.COUNT, Role.IMAGE, Role.PRODUCT, Role.VERSION, Role.MEMORY, Role.CPU, Role.PORT, Role.NAME}
)
_COUNTERS = frozenset({Role.UNIT, Role.FILLER})
"""What may stand between a number and its preposition: the word for what is counted."""

_CLOSING = frozenset({Role.FILLER, Role.NOT})
_ENDING = frozenset({Role.END, Role.BREAK, Role.CONNECT, Role.CORRECTION})
LAST = "last"
"""The value of a verb that ends its clause."""


def verbs_marked(items: Sequence[Item]) -> list[Item]:
    """The items with the verbs marked that stand at the end of their clause."""
    found = list(items)
    open_end = True
    for place in range(len(found) - 1, -1, -1):
        item = found[place]
        if item.has(Role.VERB) and open_end and not item.has(Role.APP) and item.value is None:
            found[place] = replace(item, value=LAST)
        ends = bool(item.senses.keys() & _ENDING)
        open_end = ends or (open_end and item.senses.keys() <= _CLOSING)
    return found


def turned(items: Sequence[Item]) -> list[Item]:
    """The items with each preposition before the value it belongs to."""
    found: list[Item] = []
    for item in items:
        place = _value_before(found) if item.has(Role.PREP) and not item.senses.keys() & _VALUES else -1
        if place >= 0:
            found.insert(place, item)
        else:
            found.append(item)
    return found


def _value_before(found: Sequence[Item]) -> int:
    """The place of the value that ends `found`, with the words that count it; -1 where there is none."""
    at = len(found) - 1
    while at > 0 and found[at].senses.keys() & _COUNTERS and not found[at].senses.keys() & _VALUES:
        at -= 1
    if at < 0 or not found[at].senses.keys() & _VALUES:
        return -1
    counted = at < len(found) - 1
    return at if not counted or found[at].has(Role.COUNT) else -1
