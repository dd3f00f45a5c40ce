"""Where a replica may run among rented machines: the annotations of an app, read into values. Pure.

`kubelite.io/market` (slug or address), `kubelite.io/gpu` (a model: "RTX 4090"), `kubelite.io/gpu-memory` ("24Gi",
"24 GB"), `kubelite.io/job-timeout` ("24h": how long one replica is rented before it moves on).

What chooses the machine stands on the pod template too (`placed`), so that a change of it is a new template and is
rolled out like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil

from app.core.errors import InvalidInput
from app.core.quantities import parse_user_memory
from app.core.quoting import quoted
from app.core.spec import AppSpec, Frozen

MARKET_ANNOTATION = "kubelite.io/market"
GPU_ANNOTATION = "kubelite.io/gpu"
GPU_MEMORY_ANNOTATION = "kubelite.io/gpu-memory"
TIMEOUT_ANNOTATION = "kubelite.io/job-timeout"
GPU_LABELS = (GPU_ANNOTATION, "nvidia.com/gpu.product")
"""Labels of a nodeSelector that choose the GPU's model; the first that is there counts."""
CHOOSING = (MARKET_ANNOTATION, GPU_ANNOTATION, GPU_MEMORY_ANNOTATION)
"""Another value of one of these means another machine."""

MIN_TIMEOUT_MINUTES = 60
"""The network refuses shorter rents that are paid with credits."""
MAX_TIMEOUT_MINUTES = 30 * 24 * 60
"""All of a rent is reserved at once; more than a month of it is a slip of the unit."""
DEFAULT_TIMEOUT_MINUTES = 24 * 60
"""A rent that ends is a cold start on another host; all of it is reserved at once. A day is between the two."""
MAX_GPU_MEMORY = 1024**4
"""No card has a TiB."""

_MARKET = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_MODEL = re.compile(r"[A-Za-z0-9](?:[\w .()+/-]{0,62}[\w)])?", re.ASCII)
_SPAN = re.compile(r"(?:(\d{1,4}) ?d(?:ays?)?)? ?(?:(\d{1,5}) ?h(?:ours?|rs?)?)? ?(?:(\d{1,6}) ?m(?:in(?:utes?)?)?)?")
_HOW_LONG = "write hours or days such as 24h or 7d"


class Placement(Frozen):
    """What a replica asks of the machine under it; everything left empty is free to choose. Memory in bytes."""

    market: str = ""
    gpu: str = ""
    gpu_memory_bytes: int | None = None
    timeout_minutes: int = DEFAULT_TIMEOUT_MINUTES

    @property
    def free(self) -> bool:
        """Any machine will do."""
        return not self.market and not self.gpu and self.gpu_memory_bytes is None


def placement_of(spec: AppSpec) -> Placement:
    """What `spec` asks for: an annotation of the app counts before the same one of its pod template. Raises
    `InvalidInput` that names the annotation, its value and the fix."""
    given = {**spec.template.annotations, **spec.annotations}
    read = {name: _read(name, given[name]) for name in PLACEMENT_CHECKS if name in given}
    return Placement.model_validate({_FIELDS[name]: value for name, value in read.items()})


def placed(spec: AppSpec) -> AppSpec:
    """`spec` with the app's own choice of a machine on its pod template, where a change of it is a new template."""
    own = {name: spec.annotations[name] for name in CHOOSING if name in spec.annotations}
    kept = spec.template.annotations
    if all(kept.get(name) == value for name, value in own.items()):
        return spec
    return spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": {**kept, **own}})})


def with_placement(spec: AppSpec, given: Mapping[str, str | None]) -> AppSpec:
    """`spec` with these placement annotations set, or taken away where None."""
    app = _merged(spec.annotations, given)
    chosen = {name: value for name, value in given.items() if name in CHOOSING}
    template = spec.template.model_copy(update={"annotations": _merged(spec.template.annotations, chosen)})
    return spec.model_copy(update={"annotations": app, "template": template})


def _merged(old: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**old, **given}.items() if value is not None}


def parse_market(text: str, *, field: str = "market") -> str:
    """A slug or an address, without the spaces around it."""
    market = text.strip()
    if _MARKET.fullmatch(market):
        return market
    raise InvalidInput(
        f"{quoted(text)} is not a market: write its slug such as nvidia-4090, or its address", field=field
    )


def parse_gpu(text: str, *, field: str = "gpu_model") -> str:
    """A GPU's model as people write it; which markets have it is for `app.core.markets` to say."""
    model = " ".join(text.split())
    if _MODEL.fullmatch(model):
        return model
    raise InvalidInput(f'{quoted(text)} is not a GPU model: write it like "RTX 4090" or "A100"', field=field)


def parse_gpu_memory(text: str, *, field: str = "gpu_memory") -> int:
    """`24GB`, `24 Gi`, `80g` in bytes. A card of "24 GB" has 24 x 1024^3, and a bare number means that unit: nobody
    asks for 24 bytes."""
    try:
        size = parse_user_memory(f"{text.strip()}GB" if text.strip().isdecimal() else text, field=field)
    except InvalidInput:
        size = 0
    if 0 < size <= MAX_GPU_MEMORY:
        return size
    raise InvalidInput(f"{quoted(text)} is not the memory of a GPU: write it like 24GB", field=field)


def parse_timeout(text: str, *, field: str = "job_timeout") -> int:
    """`24h`, `90m`, `1d 12h` in minutes."""
    minutes = parse_span(text, field=field) / 60
    if minutes < MIN_TIMEOUT_MINUTES:
        raise InvalidInput(f"{quoted(text)} is too short: a machine is rented for at least 60m", field=field)
    if minutes > MAX_TIMEOUT_MINUTES:
        raise InvalidInput(f"{quoted(text)} is too long: a machine is rented for at most 30d at a time", field=field)
    return ceil(minutes)


def parse_span(text: str, *, field: str) -> float:
    """`90m`, `24h`, `1d 12h` in seconds. Raises `InvalidInput`."""
    match = _SPAN.fullmatch(" ".join(text.lower().split()))
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    seconds = days * 86_400.0 + hours * 3600 + minutes * 60
    if seconds <= 0:
        raise InvalidInput(f"{quoted(text)} is not a span of time: {_HOW_LONG}", field=field)
    return seconds


PLACEMENT_CHECKS: dict[str, Callable[[str], object]] = {
    MARKET_ANNOTATION: parse_market,
    GPU_ANNOTATION: parse_gpu,
    GPU_MEMORY_ANNOTATION: parse_gpu_memory,
    TIMEOUT_ANNOTATION: parse_timeout,
}
"""By annotation: reads its value or raises `InvalidInput` with the fix."""
_FIELDS = {
    MARKET_ANNOTATION: "market",
    GPU_ANNOTATION: "gpu",
    GPU_MEMORY_ANNOTATION: "gpu_memory_bytes",
    TIMEOUT_ANNOTATION: "timeout_minutes",
}


def _read(name: str, text: str) -> object:
    try:
        return PLACEMENT_CHECKS[name](text)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error}", field=name) from None
