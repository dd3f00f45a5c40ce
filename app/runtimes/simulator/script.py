"""How long a pretended process runs and how it ends, read from its command and environment.

Everything runs for ever, except what a demo or a test asks to end: `true`, `false`, `exit N`, `sleep N`, `echo ...`,
also in a row inside `sh -c`, and the variables EXIT_AFTER (seconds) with EXIT_CODE (1). `trap '' TERM` in a shell
line, or the variable IGNORE_TERM, makes a process that only SIGKILL ends. A program whose name says that it does not
exist (`/no-such-program`) cannot be started. For probes: UNREADY_UNTIL and UNHEALTHY_AFTER, seconds after the start,
and LISTENS_ON, the one port that answers. NEEDS_MEMORY (`200Mi`): under a smaller limit it is killed for its memory.
LEAKS (`100Ki`): its memory grows by so much each second; it is killed when the limit is reached.

What an init container does is seldom known, but that it comes to an end is: it does so soon, with 0.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from app.core.errors import InvalidInput
from app.core.pods import ExitInfo
from app.core.quantities import parse_memory
from app.core.template import Container
from app.runtimes.simulator.images import says_absent

LISTENING_AFTER = 0.2
"""Seconds after its start at which a process says where it listens."""
_SHELLS = ("sh", "bash", "ash", "dash")


@dataclass(frozen=True, slots=True)
class Script:
    """What one container will do. `seconds` None = runs until somebody ends it."""

    seconds: float | None = None
    exit_code: int = 0
    says: tuple[tuple[float, str], ...] = ()
    """What it prints, each line with its seconds after the start."""
    refusal: str = ""
    """Why it cannot even start, in a runtime's words; empty = it can."""
    ignores_term: bool = False
    quiet: bool = False
    """Prints what it says and nothing of what its image usually prints."""
    understood: bool = False
    """Every command is known, so it is known too that nothing in it listens on a port."""
    unready_until: float = 0.0
    """Seconds after the start from which on it is ready."""
    unhealthy_after: float | None = None
    """Seconds after the start from which on it answers no probe."""
    listens_on: int | None = None
    """The only port that answers; None = every one."""
    needs_memory: int | None = None
    """Bytes without which the kernel kills it soon after its start."""
    leaks: int = 0
    """Bytes a second by which its memory grows."""


def read_script(container: Container, env: Mapping[str, str] | None = None) -> Script:
    """The script of one container. `env` are its variables where they are resolved; else its literal ones count."""
    env = {variable.name: variable.value for variable in container.env} if env is None else env
    script = read_words([*container.command, *container.args])
    if (after := _number(env.get("EXIT_AFTER", ""))) is not None:
        code = _number(env.get("EXIT_CODE", "1")) or 0
        script = replace(script, seconds=after, exit_code=int(code) & 255)
    if env.get("IGNORE_TERM", "0") not in ("", "0"):
        script = replace(script, ignores_term=True)
    listens_on = int(_number(env.get("LISTENS_ON", "")) or 0) or None
    return replace(
        script,
        unready_until=_number(env.get("UNREADY_UNTIL", "")) or 0.0,
        unhealthy_after=_number(env.get("UNHEALTHY_AFTER", "")),
        listens_on=listens_on,
        needs_memory=_size(env.get("NEEDS_MEMORY", "")),
        leaks=_size(env.get("LEAKS", "")) or 0,
        says=(*script.says, (LISTENING_AFTER, f"listening on port {listens_on}")) if listens_on else script.says,
        quiet=script.quiet or bool(listens_on),
    )


def _size(text: str) -> int | None:
    try:
        return parse_memory(text) if text else None
    except InvalidInput:
        return None


def ending_soon(script: Script, seconds: float) -> Script:
    """An init container's: where it is not known what it does, it ends well after `seconds`."""
    unknown = script.seconds is None and not script.understood
    return replace(script, seconds=seconds, exit_code=0) if unknown else script


def ending(exit_code: int) -> ExitInfo:
    """How a process ends that ends by itself."""
    return ExitInfo(exit_code, "Error" if exit_code else "Completed")


def read_words(words: Sequence[str]) -> Script:
    """The script of a command line."""
    if len(words) > 2 and PurePosixPath(words[0]).name in _SHELLS and words[1] == "-c":
        return _of_line(words[2])
    if words and says_absent(words[0]):
        missing = f"stat {words[0]}: no such file or directory"
        return Script(
            refusal=f'exec: "{words[0]}": '
            + (missing if "/" in words[0] else "executable file not found in $PATH")
            + ": unknown"
        )
    return _of_commands([words]) if words else Script()


def _of_line(line: str) -> Script:
    try:
        return _of_commands(list(_commands(line)))
    except ValueError:
        return Script(
            0.0, 2, says=((0.0, "sh: syntax error: unterminated quoted string"),), quiet=True, understood=True
        )


def _commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a shell line. Raises `ValueError` on an open quote."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|\n")
    lexer.whitespace, lexer.whitespace_split = " \t", True
    command: list[str] = []
    for token in lexer:
        if token.strip(";&|\n"):
            command.append(token)
        elif command:
            yield command
            command = []
    if command:
        yield command


def _of_commands(commands: Sequence[Sequence[str]]) -> Script:
    """The commands in a row, up to the first that is not known: that one runs for ever."""
    seconds, code, ignores_term = 0.0, 0, False
    says: tuple[tuple[float, str], ...] = ()
    for command in commands:
        words = command[1:] if command[0] == "exec" and len(command) > 1 else command
        name, first = PurePosixPath(words[0]).name, words[1] if len(words) > 1 else ""
        if name == "sleep" and first in ("infinity", "inf"):
            return Script(says=says, ignores_term=ignores_term, quiet=True, understood=True)
        pause = _number(first.removesuffix("s"))
        if name == "echo":
            says, code = (*says, (seconds, " ".join(words[1:]))), 0
        elif name == "sleep" and pause is not None:
            seconds, code = seconds + pause, 0
        elif name in ("true", "false"):
            code = int(name == "false")
        elif name == "trap":
            ignores_term = not first
        elif name == "exit":
            code = int(_number(first) or 0) & 255
            break
        else:
            return Script(says=says, ignores_term=ignores_term, quiet=bool(says))
    return Script(seconds, code, says, ignores_term=ignores_term, quiet=True, understood=True)


def _number(text: str) -> float | None:
    """A count from text; None where it is none (`sleep infinity`)."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value < 1e9 else None
