"""A binary for another CPU: the kernel cannot run it, or it uses an instruction that this CPU lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import DECISIVE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass, Source

_ARCH = Cause.ARCHITECTURE

SIGNS = (
    sign(
        _ARCH,
        DECISIVE - 0.4,
        r"""
        no match(?:ing manifest)? for (?:platform|linux/)
        no matching manifest for
        image operating system .{0,60}cannot be used
        does not match the (?:specified|expected) platform
        no image found in (?:manifest list|image index) for architecture
        wrong ELF class
        qemu: uncaught target signal
        qemu-\w+: Could not open
        rosetta error
        cannot execute binary file
        Bad CPU type
        ELF load command
        not a valid Win32 application
        incompatible architecture
        unsupported (?:CPU )?architecture
        wrong architecture
        (?:image|binary|package) (?:is |was )?(?:built|only available|compiled) (?:only )?for (?:arm|amd|x86
            ...|aarch)
        """,
        because="it is built for another kind of CPU",
    ),
    sign(
        _ARCH,
        DECISIVE - 0.3,
        r"""
        ^\S+: (?:line )?\d+: .*[\x00-\x08\x0e-\x1a\ufffd].*(?:not found|syntax error|unexpected)
        ^\S+: (?:line )?\d+: \S*\x7f?ELF
        """,
        because="a shell read the file as a script because the kernel cannot run it: it is a binary",
        toneless=True,
    ),
    sign(
        _ARCH,
        DECISIVE - 0.5,
        r"""
        illegal instruction
        \bSIGILL\b
        requires (?:a CPU with )?AVX
        (?:CPU|processor|machine).{0,60}(?:does not|doesn't|no) .{0,20}(?:support|have|AVX)
        AVX2? (?:support|instructions?).{0,60}(?:not|missing|required|lacks)
        without AVX
        lacks AVX
        AVX.{0,30}(?:not available|unavailable)
        x86-64-v[234]
        CPU ISA level is lower than required
        compiled to use \w+ instructions.{0,60}aren't available
        unsupported CPU feature
        missing CPU feature
        requires ARMv8\.\d
        """,
        because="the CPU lacks an instruction that the program uses",
        remedy=RemedyClass.RESCHEDULE,
    ),
    sign(
        _ARCH,
        USUAL + 0.2,
        r"""
        requested image's platform \(\S+\) does not match
        platform \(linux/\w+\) does not match
        """,
        because="image and host are of different platforms",
        toneless=True,
    ),
)

_FORMAT = re.compile(
    r"exec(?: user process caused)?.{0,80}exec format error|exec format error|OSError: \[Errno 8\]", re.IGNORECASE
)
_SCRIPT = re.compile(
    r"[\w./-]+\.(?:sh|bash|py|rb|pl|js)\b|docker-entrypoint|entrypoint\b(?!.{0,10}process)|\bscript\b"
    r"|shebang|run\.sh",
    re.IGNORECASE,
)
_PLATFORM = re.compile(
    r"\barm(?:64|v\d|hf)?\b|aarch64|amd64|x86[_-]64|apple silicon|\bM[123]\b|raspberry|graviton"
    r"|platform",
    re.IGNORECASE,
)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    if scene.symptoms.exit_code == 132:
        yield scene.clue(
            _ARCH,
            SPECIFIC,
            scene.evidence.find("exit_code"),
            because="signal 4: an instruction this CPU does not know",
            remedy=RemedyClass.RESCHEDULE,
        )
    platform = scene.first(_PLATFORM, Source.LOG, Source.EVENT, Source.CHANGE) is not None or _PLATFORM.search(
        scene.symptoms.image
    )
    for item, _ in scene.matches(_FORMAT):
        script = _SCRIPT.search(item.text) or _SCRIPT.search(scene.symptoms.command)
        if script and not platform:
            yield scene.clue(
                Cause.BAD_COMMAND,
                SPECIFIC - 0.1,
                item,
                because="what is to be run is a script that the kernel cannot interpret: it has no valid first line",
                remedy=RemedyClass.REBUILD_IMAGE,
                ambiguous=True,
            )
        else:
            yield scene.clue(_ARCH, SPECIFIC + 0.3, item, because="the binary is for another kind of CPU")
