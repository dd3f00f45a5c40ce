"""Which market a replica is rented in: what fits, cheapest first, and why nothing does. Pure.

A market is a pool of machines with one kind of GPU. Models are matched as people write them ("4090", "RTX 4090",
"nvidia-4090", "A100 80GB"): by the words that tell cards apart, not by a maker's or a family's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

from app.core.errors import InvalidInput
from app.core.placement import Placement, placement_of
from app.core.quoting import listed, quoted
from app.core.spec import AppSpec, PodTemplate
from app.core.spending import Balance, Market, Markets, Quote, dollars

GIB = 1024**3
NEAREST = 3
"""So many alternatives are named."""

_NOISE = frozenset(
    re.findall(
        r"\w+",
        "nvidia geforce rtx gtx tesla quadro gpu gpus graphics card cards generation a an the with vram memory of pcie "
        "nvl community premium",
    )
)
_FORM = re.compile(r"sxm\d?|hbm\d?e?|gddr\d\w?")
_SPACED_MEMORY = re.compile(r"(\d+) ?(?:gib|gb|gi|g)\b")
_MEMORY = re.compile(r"(\d+)gb")
_WORD = re.compile(r"[a-z0-9]+")
_GLUED = re.compile(r"^(?:nvidia|geforce|rtx|gtx)(?=\d)")


# -- models


def _words(text: str) -> list[str]:
    """What tells one card from another: `nvidia-a100-80gb` as `a100`, `80gb`."""
    joined = _SPACED_MEMORY.sub(r"\1gb", text.lower())
    words = (_GLUED.sub("", word) for word in _WORD.findall(joined))
    return [word for word in words if word not in _NOISE and not _FORM.fullmatch(word)]


def _model(text: str) -> list[str]:
    return [word for word in _words(text) if not _MEMORY.fullmatch(word)]


def _joins(words: Sequence[str]) -> set[str]:
    """Every run of neighbours written as one: `pro 6000` is `pro6000` too."""
    return {"".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)}


def names_gpu(wanted: str, market: Market) -> bool:
    """Whether the market's cards are what a person calls `wanted`. "A100 80GB" needs a card with so much memory."""
    words = _words(wanted)
    memory = [int(match[1]) for word in words if (match := _MEMORY.fullmatch(word))]
    model = _model(wanted)
    if not words or (memory and not _has(market, max(memory) * GIB)):
        return False
    for text in (market.slug, market.name, *market.gpus):
        known = _joins(_words(text))
        if all(word in known for word in model) or "".join(model) in known:
            return True
    return False


def _has(market: Market, memory_bytes: int | None) -> bool:
    if memory_bytes is None:
        return True
    return market.gpu_memory_bytes is not None and market.gpu_memory_bytes >= memory_bytes


# -- choosing


def fitting(placement: Placement, gpus: int, markets: Iterable[Market]) -> list[Market]:
    """Those that have what is asked, cheapest first; at one price those with free machines come first. `gpus` is how
    many one replica needs: a machine has one, so more fit nowhere."""
    if gpus > 1:
        return []
    return sorted((market for market in markets if _fits(placement, market)), key=_order)


def _fits(placement: Placement, market: Market) -> bool:
    return (
        _named(placement, market)
        and (not placement.gpu or names_gpu(placement.gpu, market))
        and _has(market, placement.gpu_memory_bytes)
    )


def _named(placement: Placement, market: Market) -> bool:
    if not placement.market:
        return not market.private
    return placement.market in (market.slug, market.address)


def _order(market: Market) -> tuple[Decimal, int, str]:
    """Not known is between free and full."""
    known = 0 if market.idle is None else -market.idle if market.idle else 1
    return market.per_hour, known, market.slug


def choose(placement: Placement, gpus: int, prices: Markets) -> list[Market]:
    """As `fitting`, never empty. Raises `InvalidInput` that says why nothing fits and names what is nearest. What no
    list has a price for is not taken, an address neither: nobody could say what it costs."""
    found = fitting(placement, gpus, prices.markets)
    if not found:
        why = why_none(placement, gpus, prices.markets)
        raise InvalidInput(why if prices.live else f"{why} {_OLD}", field="market")
    return found


_OLD = "That is by a built-in list, for the live one could not be read: try again in a minute."


def why_none(placement: Placement, gpus: int, markets: Sequence[Market]) -> str:
    """One sentence with the way out, for a placement that fits nowhere."""
    markets = [market for market in markets if not market.private or _named(placement, market)]
    if gpus > 1:
        return f"A rented machine has one GPU, not {gpus}: ask for one GPU per replica and for more replicas."
    if not markets:
        return "There is no market to rent from at the moment; try again later."
    if placement.market:
        return _why_not_there(placement, markets)
    cards = [market for market in markets if not placement.gpu or names_gpu(placement.gpu, market)]
    if not cards:
        near = _nearest(placement.gpu, markets)
        return f"No market has a {quoted(placement.gpu)}; there is {_offers(near)}."
    need = _gigabytes(placement.gpu_memory_bytes)
    most = max(cards, key=lambda market: market.gpu_memory_bytes or 0)
    has = _gigabytes(most.gpu_memory_bytes)
    if placement.gpu:
        roomier = fitting(placement.model_copy(update={"gpu": ""}), gpus, markets)
        instead = f"; with so much there is {_offers(roomier[:NEAREST])}" if roomier else ""
        return f"A {placement.gpu} has {has} of memory, not {need}{instead}."
    return f"No market has a GPU with {need} of memory: the largest is {most.slug} with {has}."


def _why_not_there(placement: Placement, markets: Sequence[Market]) -> str:
    named = placement.market
    market = next((one for one in markets if named in (one.slug, one.address)), None)
    if market is None:
        near = _nearest(named, markets)
        return f"There is no market {quoted(named)}; there is {_offers(near)}."
    others = fitting(placement.model_copy(update={"market": ""}), 1, markets)[:NEAREST]
    instead = f"; what is asked is in {_offers(others)}" if others else ""
    if placement.gpu and not names_gpu(placement.gpu, market):
        return f"The market {market.slug} has no {quoted(placement.gpu)}{instead}."
    need, has = _gigabytes(placement.gpu_memory_bytes), _gigabytes(market.gpu_memory_bytes)
    return f"The GPUs of {market.slug} have {has} of memory, not {need}{instead}."


def _nearest(wanted: str, markets: Sequence[Market]) -> list[Market]:
    """By name; the cheapest where no name is near."""
    by_price = sorted(markets, key=_order)
    names = ["".join(_model(market.slug)) for market in by_price]
    near = get_close_matches("".join(_model(wanted)), list(dict.fromkeys(names)), n=NEAREST, cutoff=0.6)
    return [by_price[names.index(name)] for name in near] or by_price[:NEAREST]


def _offers(markets: Sequence[Market]) -> str:
    return listed([f"{market.slug} ({dollars(market.per_hour)} an hour)" for market in markets])


def _gigabytes(size: int | None) -> str:
    return "an unknown amount" if size is None else f"{Fraction(size, GIB).__ceil__()} GB"


# -- prices


def quote(spec: AppSpec, market: Market, prices: Markets, balance: Balance | None = None) -> Quote:
    """What `spec` costs there. Raises `InvalidInput` for annotations that cannot be read."""
    placement = placement_of(spec)
    per_hour = market.per_hour * spec.replicas
    return Quote(
        market=market,
        replicas=spec.replicas,
        timeout_minutes=placement.timeout_minutes,
        per_hour=per_hour,
        reserved=per_hour * placement.timeout_minutes / 60,
        live=prices.live,
        balance=balance,
        as_of=prices.as_of,
    )


def quotes(spec: AppSpec, prices: Markets, balance: Balance | None = None) -> list[Quote]:
    """In every market that fits, cheapest first. Raises `InvalidInput` when none does."""
    found = choose(placement_of(spec), gpus_of(spec.template), prices)
    return [quote(spec, market, prices, balance) for market in found]


def gpus_of(template: PodTemplate) -> int:
    """How many GPUs one replica needs, all its containers together."""
    return max(
        sum(container.resources.gpus for container in template.containers),
        max((container.resources.gpus for container in template.init_containers), default=0),
    )
