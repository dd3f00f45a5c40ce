"""One module per failure family. Each reads a scene and says what speaks for its causes; none decides alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.analysis.clues import Clue, Scene
from app.analysis.rules import (
    access,
    architecture,
    changes,
    commands,
    configuration,
    crashes,
    disk,
    endings,
    files,
    gpu,
    images,
    limits,
    memory,
    network,
    permissions,
    ports,
    probes,
    progress,
    state,
    tls,
)

Rule = Callable[[Scene], Iterator[Clue]]

RULES: tuple[Rule, ...] = (
    memory.read,
    gpu.read,
    images.read,
    architecture.read,
    commands.read,
    configuration.read,
    files.read,
    ports.read,
    permissions.read,
    disk.read,
    limits.read,
    network.read,
    access.read,
    tls.read,
    state.read,
    probes.read,
    progress.read,
    endings.read,
    crashes.read,
    changes.read,
)
