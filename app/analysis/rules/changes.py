"""What was changed last. A change proves nothing alone; it tips the scale between causes that the rest leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import HINT, USUAL, Clue, Scene
from app.core.diagnosis import Cause, RemedyClass, Source

LEADS: tuple[tuple[re.Pattern[str], tuple[Cause, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), causes)
    for pattern, causes in (
        (
            r"\bimage\b|\bversion|\btag\b|upgrad|updat|release|deploy|roll(?:ed )?out",
            (Cause.APPLICATION_CRASH, Cause.STATE, Cause.MISSING_FILE, Cause.ARCHITECTURE),
        ),
        (r"memory|\bheap\b|-Xmx", (Cause.OUT_OF_MEMORY,)),
        (r"probe|health ?check", (Cause.PROBE,)),
        (r"\bports?\b", (Cause.PORT_CONFLICT, Cause.PROBE)),
        (r"\benv\b|environment|variable", (Cause.MISSING_CONFIG, Cause.INVALID_CONFIG)),
        (r"password|secret|token|credential|rotat|api key", (Cause.AUTH, Cause.MISSING_CONFIG, Cause.IMAGE_AUTH)),
        (r"config|setting|\.conf\b|\.ya?ml\b", (Cause.INVALID_CONFIG,)),
        (r"mount|volume", (Cause.MISSING_FILE, Cause.PERMISSION, Cause.STATE)),
        (r"network|\bdns\b|resolv|firewall|polic", (Cause.DNS, Cause.DEPENDENCY)),
        (r"\buser\b|runAs|security ?context|read-?only|chown|owner|rootless", (Cause.PERMISSION,)),
        (r"command|\bargs?\b|argument|entrypoint|flag", (Cause.BAD_COMMAND,)),
        (r"certificate|\btls\b|\bCA\b", (Cause.TLS,)),
        (r"driver|gpu|cuda|toolkit", (Cause.GPU,)),
        (r"\bnode\b|\bhost\b|machine|architecture|arm64|graviton|moved to", (Cause.ARCHITECTURE, Cause.GPU)),
        (
            r"(?:database|redis|postgres|mysql|broker|backend)\b.{0,40}(?:stop|remov|restart|mov|migrat)",
            (Cause.DEPENDENCY,),
        ),
        (r"model|context length|max-model-len|batch", (Cause.GPU_MEMORY,)),
    )
)
_LESS_MEMORY = re.compile(r"memory.{0,60}(?:lower|reduc|from|to|limit)|limit.{0,40}memory", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    for item in scene.evidence.of(Source.CHANGE):
        for pattern, causes in LEADS:
            if pattern.search(item.text):
                yield from (
                    scene.clue(cause, HINT + 0.2, item, because="it was changed just before") for cause in causes
                )
        if (
            scene.symptoms.exit_code == 137
            and scene.symptoms.oom_killed is not False
            and _LESS_MEMORY.search(item.text)
        ):
            because = "it was killed after its memory was changed"
            yield scene.clue(Cause.OUT_OF_MEMORY, USUAL, item, because=because, remedy=RemedyClass.INCREASE_MEMORY)
