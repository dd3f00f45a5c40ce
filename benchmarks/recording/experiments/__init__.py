"""All experiments, family by family."""

from __future__ import annotations

from benchmarks.recording.experiment import Experiment
from benchmarks.recording.experiments import (
    caches,
    databases,
    further,
    images,
    probing,
    scripts,
    servers,
    services,
    starts,
)

EXPERIMENTS: tuple[Experiment, ...] = (
    *servers.FAILURES,
    *caches.FAILURES,
    *databases.FAILURES,
    *scripts.FAILURES,
    *services.FAILURES,
    *starts.FAILURES,
    *images.FAILURES,
    *probing.FAILURES,
    *further.FAILURES,
)
