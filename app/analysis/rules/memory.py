"""Host memory: the platform's OOM flag, the kernel's kill, a runtime that cannot allocate. Not GPU memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import DECISIVE, HINT, PLATFORM, POSSIBLE, PRINTED, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass, Source

_NOT_HOST = r"cuda|gpu|vram|\bhip\b|native thread|pthread|shared memory|/dev/shm|max_map_count|ORA-04031"
_OOM = Cause.OUT_OF_MEMORY

SIGNS = (
    sign(_OOM, DECISIVE, r"\bOOM-?Killed\b", r"OOMKilling", where=PLATFORM, unless=r"not OOM|OOMKilled[\"']?: ?false",
         because="the platform says it was killed for its memory"),
    sign(_OOM, DECISIVE, r"Memory cgroup out of memory", r"Killed process \d+.*(?:total-vm|anon-rss)", r"invoked oom-killer",
         r"oom[-_]kill(?:er|ed)?\b.*(?:process|task|container|constraint)", r"out of memory: kill(?:ed)? process",
         unless=_NOT_HOST, because="the kernel killed it for its memory"),
    sign(_OOM, SPECIFIC, r"JavaScript heap out of memory", r"Reached heap limit Allocation failed", r"Allocation failed - JavaScript",
         r"java\.lang\.OutOfMemoryError", r"OutOfMemoryError: (?:Java heap|GC overhead|Metaspace|Direct buffer)",
         r"Cannot allocate memory", r"\bENOMEM\b", r"std::bad_alloc", r"System\.OutOfMemoryException", r"\bMemoryError\b",
         r"fatal error: runtime: out of memory", r"Allowed memory size of \d+ bytes exhausted", r"NoMemoryError",
         r"There is insufficient memory for the Java Runtime", r"memory allocation of \d+ bytes failed", r"runtime: cannot allocate",
         r"failed to (?:allocate|map|reserve)(?: \S+){0,4} (?:memory|bytes)", r"Native memory allocation \((?:mmap|malloc)\) failed",
         r"Can't allocate memory", r"Unable to allocate .{0,40}(?:[KMGT]i?B|bytes|memory|array)", r"std::length_error.*memory",
         r"DefaultCPUAllocator: (?:can't|not enough)", r"insufficient memory", r"not enough memory", r"out of memory allocating",
         r"OOM command not allowed when used memory", r"heap limit", r"Cannot reserve .{0,20}(?:memory|heap)", r"could not reserve enough space",
         r"exceed(?:s|ed|ing)?(?: \S+){0,3} memory limit", r"memory limit (?:was |is )?(?:reached|exceeded|hit)", r"requires more (?:system )?memory",
         unless=_NOT_HOST + r"|vm\.overcommit|might fail|can fail", because="it could not get the memory it asked for"),
    sign(_OOM, USUAL, r"\bout of memory\b", r"\bOOM\b", unless=_NOT_HOST + r"|not (?:an )?OOM|no OOM|oom_?score|oom.?killed.{0,3}false",
         because="it speaks of memory that ran out"),
    sign(_OOM, SPECIFIC, r"low on resource: memory", r"MemoryPressure", r"Container .* exceeded memory", where=PLATFORM,
         because="the node ran out of memory"),
    sign(_OOM, POSSIBLE, r"(?:worker|process).{0,60}(?:SIGKILL|signal 9|signal: killed).{0,40}(?:memory|OOM)", r"Perhaps out of memory",
         where=PRINTED, because="a worker was killed, perhaps for its memory"),
)

_HEAVY = re.compile(r"load(?:ing|ed) (?:the )?(?:\w+ )?(?:weights|model|checkpoint|dataset|index|shards?)|loading .{0,30}(?:safetensors|gguf|ckpt)", re.I)
_KILLED = re.compile(r"(?:^|[:\d\s])Killed\s*(?:\(|$)|signal:? (?:killed|9)\b|SIGKILL", re.I)
_MEMORY_SEEN = re.compile(
    r"memory (?:usage|use|rises|rose|grows|grew|climbs?|spikes?|peaks?|is full|near|at \d)|ram (?:usage|is full|full|fills)|memory leak|uses? all (?:the )?(?:memory|ram)"
    r"|[89]\d(?:\.\d+)?% (?:of )?(?:memory|ram)|swap (?:is )?full|more (?:memory|ram) (?:helps|fixe[sd]|solve[sd])|\d+ ?[MG]i?B of \d+ ?[MG]i?B",
    re.I,
)
_NO_MEMORY_SIGN = re.compile(r"no (?:memory|OOM)|memory (?:is )?(?:fine|low|normal|enough)|not (?:a )?memory|plenty of (?:memory|ram)|nothing in", re.I)
NEAR_LIMIT = 0.95


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    facts = scene.symptoms
    if facts.oom_killed:
        yield scene.clue(_OOM, DECISIVE + 0.2, scene.evidence.find("oom_killed"), scene.evidence.find("state"),
                         because="the runtime set the OOM flag")
    killed = facts.exit_code == 137 or any(True for _ in scene.matches(_KILLED))
    if not killed or facts.oom_killed is False:
        return
    near = facts.memory_limit and facts.memory_used and facts.memory_used >= NEAR_LIMIT * facts.memory_limit
    if near:
        yield scene.clue(_OOM, USUAL + 0.4, scene.evidence.find("memory_used"), scene.evidence.find("exit_code"),
                         because="it was killed while it used all of its memory limit")
    for item, _ in scene.matches(_MEMORY_SEEN, Source.EVENT, Source.LOG, Source.PREVIOUS):
        if not _NO_MEMORY_SIGN.search(item.text):
            yield scene.clue(_OOM, USUAL + 0.3, item, because="it was killed while its memory was nearly full")
    heavy = scene.first(_HEAVY, Source.LOG, Source.PREVIOUS)
    if heavy is not None:
        yield scene.clue(_OOM, USUAL, heavy, scene.first(_KILLED), because="it was killed while it loaded something large")


def stops_while_loading(scene: Scene) -> Clue | None:
    """Output that just stops while a model or index is read into memory: the usual end of a process that was killed."""
    last = scene.printed[-3:]
    heavy = next((item for item in last if _HEAVY.search(item.text)), None)
    if heavy is None or scene.symptoms.exit_code not in (None, 137):
        return None
    return scene.clue(_OOM, POSSIBLE + 0.3, heavy, because="the output stops while something large is loaded",
                      ambiguous=True, remedy=RemedyClass.INCREASE_MEMORY)


assert HINT < POSSIBLE
