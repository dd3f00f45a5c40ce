"""Host memory: the platform's OOM flag, the kernel's kill, a runtime that cannot allocate. Not GPU memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import (
    DECISIVE,
    PLATFORM,
    POSSIBLE,
    PRINTED,
    PROBE_FAILED,
    SPECIFIC,
    USUAL,
    Clue,
    Scene,
    read_signs,
    sign,
)
from app.core.diagnosis import Cause, RemedyClass, Source

_NOT_HOST = r"cuda|gpu|vram|\bhip\b|native thread|pthread|shared memory|/dev/shm|max_map_count|ORA-04031"
_OOM = Cause.OUT_OF_MEMORY

SIGNS = (
    sign(
        _OOM,
        DECISIVE,
        r"""
        \bOOM-?Killed\b
        OOMKilling
        """,
        where=PLATFORM,
        unless=r"not OOM|OOMKilled[\"']?: ?false",
        because="the platform says it was killed for its memory",
    ),
    sign(
        _OOM,
        DECISIVE,
        r"""
        Memory cgroup out of memory
        Killed process \d+.*(?:total-vm|anon-rss)
        invoked oom-killer
        oom[-_]kill(?:er|ed)?\b.*(?:process|task|container|constraint)
        out of memory: kill(?:ed)? process
        """,
        unless=_NOT_HOST,
        because="the kernel killed it for its memory",
    ),
    sign(
        _OOM,
        SPECIFIC,
        r"""
        JavaScript heap out of memory
        Reached heap limit Allocation failed
        Allocation failed - JavaScript
        java\.lang\.OutOfMemoryError
        OutOfMemoryError: (?:Java heap|GC overhead|Metaspace|Direct buffer)
        Cannot allocate memory
        \bENOMEM\b
        std::bad_alloc
        System\.OutOfMemoryException
        \bMemoryError\b
        fatal error: runtime: out of memory
        Allowed memory size of \d+ bytes exhausted
        NoMemoryError
        There is insufficient memory for the Java Runtime
        memory allocation of \d+ bytes failed
        runtime: cannot allocate
        failed to (?:allocate|map|reserve)(?: \S+){0,4} (?:memory|bytes)
        Native memory allocation \((?:mmap|malloc)\) failed
        Can't allocate memory
        Unable to allocate .{0,40}(?:[KMGT]i?B|bytes|memory|array)
        std::length_error.*memory
        DefaultCPUAllocator: (?:can't|not enough)
        insufficient memory
        not enough memory
        out of memory allocating
        OOM command not allowed when used memory
        heap limit
        Cannot reserve .{0,20}(?:memory|heap)
        could not reserve enough space
        exceed(?:s|ed|ing)?(?: \S+){0,3} memory limit
        memory limit (?:was |is )?(?:reached|exceeded|hit)
        requires more (?:system )?memory
        """,
        unless=_NOT_HOST + r"|vm\.overcommit|might fail|can fail",
        because="it could not get the memory it asked for",
    ),
    sign(
        _OOM,
        USUAL,
        r"""
        \bout of memory\b
        \bOOM\b
        """,
        unless=_NOT_HOST + r"|not (?:an )?OOM|no OOM|oom_?score|oom.?killed.{0,3}false",
        because="it speaks of memory that ran out",
    ),
    sign(
        _OOM,
        SPECIFIC,
        r"""
        low on resource: memory
        MemoryPressure
        Container .* exceeded memory
        """,
        where=PLATFORM,
        because="the node ran out of memory",
    ),
    sign(
        _OOM,
        USUAL + 0.2,
        r"""
        (?:worker|process).{0,60}(?:SIGKILL|signal 9|signal: killed).{0,40}(?:memory|OOM)
        Perhaps out of memory
        [Kk]illed signal terminated program
        """,
        where=PRINTED,
        because="a worker was killed, perhaps for its memory",
    ),
)

_HEAVY = re.compile(
    r"load(?:ing|ed) (?:the )?(?:\w+ )?(?:weights|model|checkpoint|dataset|index|shards?)"
    r"|loading .{0,30}(?:safetensors|gguf|ckpt)",
    re.IGNORECASE,
)
_WORKER_KILLED = re.compile(
    r"(?:worker|child|process|subprocess)\b.{0,60}(?:terminated|killed|died|exited).{0,30}(?:signal 9\b|SIGKILL)"
    r"|died with <Signals\.SIGKILL",
    re.IGNORECASE,
)
_TOO_SLOW = re.compile(r"worker.{0,20}timeout|did not (?:stop|end|exit) in time|grace", re.IGNORECASE)
_KILLED = re.compile(r"(?:^|[:\d\s])Killed\s*(?:\(|$)|signal:? (?:killed|9)\b|SIGKILL", re.IGNORECASE)
_MEMORY_SEEN = re.compile(
    r"memory (?:rises|rose|grows|grew|climbs?|spikes?|peaks?|is full|near|at \d)"
    r"|memory (?:usage|use) (?:\S+ ){0,3}(?:rises|grows|climbs|near|above|over|9\d|100)|ram (?:is full|full|fills)"
    r"|memory leak|uses? all (?:the )?(?:memory|ram)"
    r"|[89]\d(?:\.\d+)?% (?:of )?(?:memory|ram)|swap (?:is )?full|more (?:memory|ram) (?:helps"
    r"|fixe[sd]|solve[sd])",
    re.IGNORECASE,
)
_NO_MEMORY_SIGN = re.compile(
    r"no (?:memory|OOM)|memory (?:is )?(?:fine|low|normal|enough)|not (?:a )?memory"
    r"|plenty of (?:memory|ram)|nothing in",
    re.IGNORECASE,
)
NEAR_LIMIT = 0.95


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    yield from _workers(scene)
    facts = scene.symptoms
    if facts.oom_killed:
        yield scene.clue(
            _OOM,
            DECISIVE + 0.2,
            scene.evidence.find("oom_killed"),
            scene.evidence.find("state"),
            because="the runtime set the OOM flag",
        )
    killed = facts.exit_code == 137 or scene.first(_KILLED, Source.LOG, Source.PREVIOUS) is not None
    if not killed or facts.oom_killed is False:
        return
    near = facts.memory_limit and facts.memory_used and facts.memory_used >= NEAR_LIMIT * facts.memory_limit
    if near:
        yield scene.clue(
            _OOM,
            USUAL + 0.4,
            scene.evidence.find("memory_used"),
            scene.evidence.find("exit_code"),
            because="it was killed while it used all of its memory limit",
        )
    for item, _ in scene.matches(_MEMORY_SEEN, Source.EVENT, Source.LOG, Source.PREVIOUS):
        if not _NO_MEMORY_SIGN.search(item.text):
            yield scene.clue(_OOM, USUAL + 0.3, item, because="it was killed while its memory was nearly full")
    heavy = scene.first(_HEAVY, Source.LOG, Source.PREVIOUS)
    if heavy is not None:
        yield scene.clue(
            _OOM, USUAL, heavy, scene.first(_KILLED), because="it was killed while it loaded something large"
        )


def _workers(scene: Scene) -> Iterator[Clue]:
    """The kernel kills a worker whose memory passes the limit; the one that started it lives on and starts another."""
    killed = scene.first(_WORKER_KILLED, *PRINTED)
    if killed is None or not scene.symptoms.memory_limit or scene.first(_TOO_SLOW, *PRINTED) is not None:
        return
    yield scene.clue(
        _OOM,
        USUAL + 0.9,
        killed,
        scene.evidence.find("memory_limit"),
        because="a worker was killed with signal 9, nobody says that he did it, and there is a memory limit",
    )


def stops_while_loading(scene: Scene) -> Clue | None:
    """Output that just stops while a model or index is read into memory: the usual end of a process that was killed."""
    last = scene.printed[-3:]
    heavy = next((item for item in last if _HEAVY.search(item.text)), None)
    probed = scene.first(PROBE_FAILED, Source.EVENT) is not None
    if heavy is None or probed or scene.symptoms.exit_code not in (None, 137):
        return None
    return scene.clue(
        _OOM,
        POSSIBLE + 0.3,
        heavy,
        because="the output stops while something large is loaded",
        ambiguous=True,
        remedy=RemedyClass.INCREASE_MEMORY,
    )
