"""Which words of a wish to deploy are images, which name the app, and what is said of which of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from app.agent.rules.clause import Clause
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.core.images import app_name_from_image
from app.core.names import suggest_name

_BEFORE_IMAGE = ("using", "with", "from", "on", "of", "in")
_NAMEABLE = frozenset({Role.APP, Role.UNKNOWN, Role.PRODUCT, Role.QUOTE})
_SLIPS = 2
"""Letters by which a product may be misspelt and still be that product."""
_ELSEWHERE = ("for", "in", "about", "like")
"""Prepositions after which a free word is no image: "deploy something for marketing"."""


@dataclass(frozen=True, slots=True)
class Order:
    """One app to deploy: the image as written, its name if given ("" if not), and the clause about it."""

    image: str
    name: str
    clause: Clause


def orders(clause: Clause) -> list[Order]:
    """The apps a clause wants; empty where it names no image."""
    verb = clause.items[clause.head] if clause.head >= 0 else None
    joined = tuple(_with_tags(clause.items))
    clause = replace(clause, items=joined, head=next((at for at, item in enumerate(joined) if item is verb), -1))
    items = clause.items
    images = [place for place, item in enumerate(items) if place != clause.head and is_image(item)]
    name = next((item.sense(Role.NAME) for item in clause.all(Role.NAME)), "")
    if not images:
        return _from_plain_words(clause, name)
    if _several(items, images):
        return _split(clause)
    exact = [place for place in images if items[place].has(Role.IMAGE)]
    if not exact:
        item = items[images[0]]
        return [Order(_image_text(item), name or _quoted_name(clause) or _product_name(item), clause)]
    word = _name_before(items, clause.head, exact[0])
    return [Order(_image_text(items[exact[0]]), name or (_as_name(items[word]) if word is not None else ""), clause)]


def is_image(item: Item) -> bool:
    return item.has(Role.IMAGE) or item.has(Role.PRODUCT)


def _image_text(item: Item) -> str:
    return item.sense(Role.IMAGE) or item.sense(Role.PRODUCT)


def _with_tags(items: Sequence[Item]) -> list[Item]:
    """`nginx 1.25`, `redis version 7`, `postgres 16`: a product with its tag becomes one image."""
    found: list[Item] = []
    for item in items:
        before = found[-1] if found else None
        tag = _tag(item)
        if tag and before is not None and before.has(Role.PRODUCT) and not before.has(Role.IMAGE):
            image = f"{before.sense(Role.PRODUCT)}:{tag}"
            found[-1] = replace(before, senses={Role.IMAGE: image}, text=f"{before.text} {tag}")
        else:
            found.append(item)
    return found


def _tag(item: Item) -> str:
    """The tag a piece is after a product: a version, or a plain number that counts no replicas."""
    count = item.value if isinstance(item.value, Count) else None
    if count is not None and (count.of_replicas or count != Count(count.value, count.problem)):
        return ""
    return item.sense(Role.VERSION) or (item.text if count is not None and count.value is not None else "")


def _name_before(items: Sequence[Item], head: int, image: int) -> int | None:
    """The word that names the app in "make shop from caddy:2"; it stands between the verb and the image."""
    marked = items[image].text != items[image].sense(Role.IMAGE)
    joined = marked or (image > 0 and items[image - 1].has(Role.PREP, *_BEFORE_IMAGE))
    for place in range(max(head + 1, 0), image):
        item = items[place]
        kind = item.sense(Role.CATEGORY)
        told = place > 0 and items[place - 1].has(Role.CATEGORY, "something") and item.has(Role.NOUN)
        nameable = item.senses.keys() & _NAMEABLE or (marked and (told or kind not in ("", "something")))
        if nameable and not item.has(Role.IMAGE) and (joined or item.has(Role.QUOTE)):
            return place
    return None


def _as_name(item: Item) -> str:
    if isinstance(item.value, AppMention) and item.value.sure:
        return item.value.names[0]
    text = item.sense(Role.QUOTE) or item.text
    return text if item.has(Role.QUOTE) or not item.has(Role.PRODUCT) else suggest_name(text)


def _product_name(item: Item) -> str:
    """The word that was said, where the image is called otherwise: `vllm` for `vllm/vllm-openai`."""
    said, usual = suggest_name(item.text), app_name_from_image(item.sense(Role.PRODUCT))
    return "" if said[:3] in usual or OSA.distance(said, usual) <= _SLIPS else said


def _quoted_name(clause: Clause) -> str:
    return next((item.sense(Role.QUOTE) for item in clause.all(Role.QUOTE)), "")


def _several(items: Sequence[Item], images: Sequence[int]) -> bool:
    """More than one image, and not one that is said twice or called by a product's name ("a redis from redis:7")."""
    texts = {_image_text(items[place]) for place in images}
    exact = [place for place in images if items[place].has(Role.IMAGE)]
    if len(texts) < 2:
        return False
    if len(exact) == 1 and not any(item.has(Role.BREAK) or item.has(Role.CONNECT, "and") for item in items):
        return False
    return len({text.partition(":")[0] for text in texts}) > 1 or len(exact) > 1


def _from_plain_words(clause: Clause, name: str) -> list[Order]:
    """An image nobody knows by name: the one free word after the verb, as it was written."""
    unknown = [
        item
        for place, item in enumerate(clause.items)
        if item.has(Role.UNKNOWN)
        and place > clause.head
        and not item.has(Role.APP)
        and not (place and clause.items[place - 1].has(Role.PREP, *_ELSEWHERE))
    ]
    if len(unknown) == 1 and not clause.any(Role.CATEGORY):
        return [Order(unknown[0].text, name, clause)]
    quoted = [item.sense(Role.QUOTE) for item in clause.all(Role.QUOTE) if not item.has(Role.APP)]
    return [Order(quoted[0], name, clause)] if quoted and not unknown and not clause.any(Role.CATEGORY) else []


def _split(clause: Clause) -> list[Order]:
    """Several images: each with what is said in its part of the list; a later part that names one goes to that one, one
    with "each" to all."""
    parts: dict[str, list[Item]] = {}
    owner = ""
    shared: list[Item] = []
    for piece in _pieces(clause):
        if parts and not any(map(is_image, piece)) and any(item.has(Role.ALL, "all") for item in piece):
            shared.extend(item for item in piece if not item.has(Role.ALL))
            continue
        images = [_image_text(item) for item in piece if is_image(item)]
        owner = images[0] if images else owner
        parts.setdefault(owner, []).extend(piece)
        parts.update({image: [] for image in images[1:] if image not in parts})
    before = parts.pop("", [])
    return [
        Order(
            image,
            next((item.sense(Role.NAME) for item in part if item.has(Role.NAME)), ""),
            replace(clause, items=(*before, *part, *shared), head=-1),
        )
        for image, part in parts.items()
    ]


def _pieces(clause: Clause) -> list[list[Item]]:
    pieces: list[list[Item]] = [[]]
    for place, item in enumerate(clause.items):
        if item.has(Role.BREAK) or item.has(Role.CONNECT, "and"):
            pieces.append([])
        elif place != clause.head:
            pieces[-1].append(item)
    return [piece for piece in pieces if piece]
