"""The world's file: what runs in the pretended world outlives the process that pretends it, also a killed one."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Discriminator, TypeAdapter, ValidationError

from app.core.errors import Permanent
from app.core.pods import PodId
from app.ports.clock import Clock
from app.runtimes.simulator.pod import SimPod
from app.runtimes.simulator.saved_v1 import FirstSnapshot
from app.runtimes.simulator.world import Snapshot

SAVE_SECONDS = 0.1
"""How long a change may wait for others before all are written together."""


class WorldFile:
    """The file of a world. Saving replaces it whole; a file that cannot be read is set aside, never overwritten."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._any: TypeAdapter[FirstSnapshot | Snapshot] = TypeAdapter(
            Annotated[FirstSnapshot | Snapshot, Discriminator("version")]
        )
        self._adapter = TypeAdapter(Snapshot)
        self._pod_adapter = TypeAdapter(SimPod)
        self._pieces: dict[PodId, tuple[SimPod, bytes]] = {}
        self._turn = threading.Lock()
        self._saved = 0

    def load(self) -> tuple[Snapshot, str]:
        """The world and a warning, empty when all is well. Raises `Permanent` when the path cannot be used."""
        try:
            found = self._any.validate_json(self._path.read_bytes())
            return found if isinstance(found, Snapshot) else found.renewed(), ""
        except FileNotFoundError:
            return Snapshot(), ""
        except ValidationError:
            aside = self._path.with_name(self._path.name + ".corrupt")
            self._path.replace(aside)
            return Snapshot(), f"the saved world could not be read and is set aside as {aside.name}; this one is empty"
        except OSError as error:
            raise Permanent(
                f"the simulator's file {self._path} cannot be read: {error.strerror}", reason="InvalidConfig"
            ) from error

    def save(self, snapshot: Snapshot, number: int) -> None:
        """Called from threads: of two at once the higher `number` wins. No fsync: a world may be lost with the
        machine's power, only not with the process."""
        with self._turn:
            if number <= self._saved:
                return
            data = self._encoded(snapshot)
            fresh = self._path.with_name(f".{self._path.name}.new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
            fresh.replace(self._path)
            self._saved = number

    def _encoded(self, snapshot: Snapshot) -> bytes:
        """JSON of the whole, of which only the pods that changed are made anew: encoding thousands in one go would
        hold the interpreter, and with it the event loop, for too long."""
        pieces: dict[PodId, tuple[SimPod, bytes]] = {}
        for pod in snapshot.pods:
            known = self._pieces.get(pod.id)
            pieces[pod.id] = known if known and known[0] is pod else (pod, self._pod_adapter.dump_json(pod))
        self._pieces = pieces
        rest = self._adapter.dump_json(snapshot, exclude={"pods"})
        return rest[:-1] + b',"pods":[' + b",".join(piece for _, piece in pieces.values()) + b"]}"


class Saver:
    """Writes the world soon after a change, off the loop. A disk that fails costs a warning, not the world."""

    def __init__(self, file: WorldFile, clock: Clock, snapshot: Callable[[], Snapshot]) -> None:
        self.warning = ""
        self._file = file
        self._clock = clock
        self._snapshot = snapshot
        self._changes = 0
        self._written = 0
        self._task: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Where no event loop runs yet, the next change or the close writes it."""
        self._changes += 1
        if self._task is None or self._task.done():
            with suppress(RuntimeError):
                loop = asyncio.get_running_loop()
                self._task = loop.create_task(self._run(), name="simulator: save")

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._written < self._changes:
            await self._flush()

    async def _run(self) -> None:
        while self._written < self._changes:
            await self._clock.sleep(SAVE_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        number = self._changes
        try:
            await asyncio.to_thread(self._file.save, self._snapshot(), number)
            self.warning = ""
        except OSError as error:
            self.warning = f"the simulated world is not saved: {error.strerror}"
        self._written = number
