"""Where a replica may run among rented machines: the annotations of an app, read into values. Pure.

`kubelite.io/market` (slug or address), `kubelite.io/gpu` (a model: "RTX 4090"), `kubelite.io/gpu-memory` ("24Gi",
"24 GB"), `kubelite.io/job-timeout` ("24h": how long one replica is rented before it moves on).
"""

from __future__ import annotations

from app.core.spec import Frozen

MARKET_ANNOTATION = "kubelite.io/market"
GPU_ANNOTATION = "kubelite.io/gpu"
GPU_MEMORY_ANNOTATION = "kubelite.io/gpu-memory"
TIMEOUT_ANNOTATION = "kubelite.io/job-timeout"

MIN_TIMEOUT_MINUTES = 60
"""The network refuses shorter rents that are paid with credits."""
DEFAULT_TIMEOUT_MINUTES = 24 * 60
"""A rent that ends is a cold start on another host; all of it is reserved at once. A day is between the two."""


class Placement(Frozen):
    """What a replica asks of the machine under it; everything left empty is free to choose. Memory in bytes."""

    market: str = ""
    gpu: str = ""
    gpu_memory_bytes: int | None = None
    timeout_minutes: int = DEFAULT_TIMEOUT_MINUTES
