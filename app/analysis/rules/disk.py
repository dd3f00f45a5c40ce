"""Real disk space is used up. A full /dev/shm or an inotify limit says the same words and is another family."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause

_DISK = Cause.DISK_FULL
_NOT_DISK = (
    r"shared memory|shm|inotify|watch(?:er|es)|semaphore|semget|sem_|epoll|cgroup|gpu|vram"
    r"|redirect"
)

SIGNS = (
    sign(
        _DISK,
        SPECIFIC + 0.5,
        r"""
        no space left on device
        \bENOSPC\b
        disk quota exceeded
        \bEDQUOT\b
        No space left
        not enough (?:free )?(?:disk )?space
        insufficient (?:free )?(?:disk|storage) ?space
        (?:disk|volume|filesystem|file system|partition|drive|storage) (?:is |was |got[ ]
            ...|has become )?(?:completely |nearly |almost )?full\b
        disk[- ]full
        There is not enough space on the disk
        errno:? ?28\b
        OS errno 28
        \(28\)
        (?:out of|ran out of|no more|low on|run out of) (?:disk|storage|free) ?(?:space)?\b
        free space.{0,60}(?:below|too low|less than|insufficient)
        database or disk is full
        """,
        because="the disk has no space left",
        unless=_NOT_DISK,
    ),
    sign(
        _DISK,
        DECISIVE - 0.2,
        r"""
        DiskPressure
        ephemeral[- ](?:local )?storage
        low on resource: ephemeral
        disk[- ]pressure
        evict.{0,60}(?:disk|storage)
        """,
        because="the node evicted it for disk space",
    ),
    sign(
        _DISK,
        SPECIFIC + 0.2,
        r"""
        flood[- ]stage disk watermark
        (?:high|low) disk watermark .{0,40}exceeded
        read-only.{0,5}allow.delete
        disk usage exceeded
        FORBIDDEN/12/index read-only
        free disk space .{0,60}insufficient
        disk_free_limit
        disk free (?:space )?(?:alarm|limit)
        disk resource limit alarm
        MISCONF .{0,80}(?:disk|RDB)
        stop-writes-on-bgsave-error
        DiskSpaceUtil
        available space .{0,40}(?:below|less)
        could not (?:extend|write) file .{0,80}(?:space|disk)
        could not write .{0,60}space
        short write (?:while|when|to|on)\b
        """,
        because="the database stops for want of disk space",
    ),
    sign(
        _DISK,
        USUAL,
        r"""
        of a different size 0 pages
        auto-extending data file .{0,60} 0 pages
        """,
        because="a data file was created and never written: the disk was full when it grew",
        ambiguous=True,
    ),
    sign(
        _DISK,
        POSSIBLE,
        r"""
        (?:9[5-9]|100)% (?:of )?(?:the )?(?:disk|storage|used|full)
        (?:disk|storage|volume|/\w*) .{0,20}(?:9[7-9]|100)%
        """,
        because="the disk is nearly full",
    ),
)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
