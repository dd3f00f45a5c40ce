"""What is to be run is wrong: no such executable, an unknown flag, a script that cannot be interpreted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, PRINTED, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_BAD = Cause.BAD_COMMAND

SIGNS = (
    sign(
        _BAD,
        SPECIFIC + 0.4,
        r"""
        executable file not found in \$PATH
        exec: \"[^\"]*\": (?:stat [^:]+: )?no such file or directory
        exec user process caused: \"?no such file or directory
        starting container process caused.{0,80}no such file or directory
        no command specified
        exec: \"[^\"]*\": is a directory
        Cmd or Entrypoint not (?:set|specified)
        no entrypoint
        no ENTRYPOINT
        unable to start container process: exec:(?!.{0,80}permission denied)
        \[dumb-init\].{0,60}No such file
        \[FATAL tini.{0,40}exec .{0,80}No such file
        tini.{0,60}No such file
        failed to (?:create shim|start shim).{0,120}executable file not found
        su-exec: .{0,60}No such file
        gosu: .{0,60}No such file
        exec .{0,20}: no such file
        """,
        because="the command to run does not exist in the image",
    ),
    sign(
        _BAD,
        SPECIFIC + 0.4,
        r"""
        exec /\S+: no such file or directory
        /bin/(?:ba)?sh\^M
        env: .{0,20}\\r
        bad interpreter
        \$'\\r': command not found
        \\r'?: (?:command )?not found
        /usr/bin/env: .{0,40}No such file
        env: can't execute
        illegal option -.{0,6}\\r
        set: -\W*\r
        invalid option.{0,10}\r
        syntax error.{0,40}\\r
        CRLF
        carriage return
        windows line ending
        shebang
        """,
        because="the script that is to be run cannot be interpreted: carriage returns or no interpreter line",
        remedy=RemedyClass.REBUILD_IMAGE,
    ),
    sign(
        _BAD,
        SPECIFIC,
        r"""
        unknown (?:long |short )?(?:flag|option|shorthand flag|switch|command|argument)\b
        unrecognized (?:option|argument|command|flag)
        flag provided but not defined
        no such (?:option|command|subcommand)\b
        invalid (?:option|flag|switch|command line)
        unexpected argument
        (?:error )?parsing (?:the )?command line
        illegal option
        bad option
        unrecognised (?:option|argument)
        not a recognized (?:option|command)
        Found argument .{0,60}wasn't expected
        is not an? [\w' -]{0,40}command
        Unknown subcommand
        invalid choice:
        Unrecognized VM option
        Could not find or load main class
        Unable to access jarfile
        (?:too many|extra|positional) arguments?\b
        the following arguments are required
        usage: \S+ \[
        (?:flag|option|argument) .{0,40}(?:was removed|no longer exists|is not supported|not recogni[sz]ed
            ...|requires a value|needs an argument)
        got unexpected extra argument
        """,
        because="the program does not know an argument it is given",
        unless=r"\.(?:cnf|conf|ya?ml|toml|ini|properties)\b|in (?:the )?config|configuration (?:key|file|option)"
        r"|config option",
    ),
    sign(
        _BAD,
        USUAL - 0.6,
        r"""
        ^\W*usage:[ ]
        """,
        where=PRINTED,
        because="it only prints how it is to be called",
        toneless=True,
    ),
    sign(
        _BAD,
        USUAL + 0.3,
        r"""
        (?:sh|bash|ash|dash|line \d+|\d+): (?:\d+: )?\S+: (?:command )?not found
        command not found
        Could not find command
        no such executable
        executable (?:file )?not found
        missing script:
        Missing start script
        npm ERR! missing script
        is not recognized as an internal or external command
        Unknown command
        """,
        because="a command that is to be run does not exist in the image",
        unless=r"curl|wget|health",
    ),
    sign(
        _BAD,
        USUAL,
        r"""
        syntax error: unexpected
        syntax error near unexpected token
        unterminated quoted string
        unexpected end of file
        """,
        where=PRINTED,
        because="the shell cannot read the command",
        remedy=RemedyClass.FIX_COMMAND,
        unless=r"sql|php|json|yaml",
    ),
)

_NO_MAIN_FILE = re.compile(r"(?:Cannot find module|can't open file|Could not open input file:?) ['\"]?(/[^'\"\s]+)")
_CONTAINER_START = re.compile(r"ContainerCannotRun|StartError|RunContainerError|CreateContainerError", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    yield from _main_file(scene)
    code = scene.symptoms.exit_code
    if code == 127:
        yield scene.clue(
            _BAD, USUAL + 0.2, scene.evidence.find("exit_code"), because="exit code 127: the command was not found"
        )
    if code == 126:
        yield scene.clue(
            _BAD,
            POSSIBLE,
            scene.evidence.find("exit_code"),
            because="exit code 126: the command cannot be executed",
            ambiguous=True,
        )
    if found := _CONTAINER_START.search(scene.symptoms.state_reason):
        yield scene.clue(
            _BAD,
            POSSIBLE - 0.4,
            scene.evidence.find("state"),
            because=f"{found.group()}: the process never started",
            ambiguous=True,
        )


def _main_file(scene: Scene) -> Iterator[Clue]:
    """The interpreter is there, and the very file that the command names is not."""
    for item, found in scene.matches(_NO_MAIN_FILE, *PRINTED):
        if found.group(1) in scene.symptoms.command:
            yield scene.clue(
                _BAD,
                DECISIVE + 0.3 - scene.past(item),
                item,
                because="the file that the command names is not in the container",
                remedy=RemedyClass.FIX_COMMAND,
            )
