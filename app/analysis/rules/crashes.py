"""The program fails by its own fault: a panic, an unhandled exception of its own, a segmentation fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import HINT, POSSIBLE, PRINTED, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_CRASH = Cause.APPLICATION_CRASH

SIGNS = (
    sign(
        _CRASH,
        USUAL + 0.6,
        r"""
        segmentation fault
        SIGSEGV
        segfault
        signal 11
        general protection fault
        access violation
        nil pointer dereference
        invalid memory address
        index out of range
        slice bounds out of range
        concurrent map (?:writes|read)
        assignment to entry in nil map
        interface conversion
        close of closed channel
        integer divide by zero
        SIGABRT
        [Mm]aximum call stack
        stack level too deep
        buffer overflow detected
        double free
        heap-buffer
        stack smashing
        free\(\): invalid
        malloc\(\):[ ]
        corrupted (?:size|double|unsorted)
        Assertion .{0,80}failed
        assertion failed
        core dumped
        AddressSanitizer
        terminate called
        fatal error: (?:unexpected signal|stack overflow|fault|concurrent)
        A fatal error has been detected by the Java Runtime
        hs_err_pid
        # +SIG
        """,
        because="the program itself crashed",
        where=SPOKEN,
    ),
    sign(
        _CRASH,
        USUAL + 0.2,
        r"""
        \b(?:TypeError|ReferenceError|AttributeError|NameError|IndexError|ZeroDivisionError|AssertionError
            ...|RecursionError|UnboundLocalError|IndentationError|NotImplementedError|StopIteration
            ...|UnicodeDecodeError)\b
        \bSyntaxError\b
        KeyError: ['\"]?[a-z]
        NullPointerException
        NullReferenceException
        ArrayIndexOutOfBounds
        ClassCastException
        IllegalStateException
        InvalidOperationException
        ArgumentNullException
        StackOverflow\w*
        ConcurrentModification\w*
        UnsupportedOperationException
        IndexOutOfRange\w*
        KeyNotFoundException
        ObjectDisposedException
        InvalidCastException
        undefined method
        NoMethodError
        uninitialized constant
        wrong number of arguments \(given
        Cannot read propert(?:y|ies)
        is not a function
        is not defined\b
        is not iterable
        undefined is not
        PHP (?:Fatal|Parse) error
        Uncaught (?:Type|Argument)?Error
        Call to (?:a member function|undefined method)
        Undefined (?:index|array key|offset|variable)
        Cannot redeclare
        has no attribute
        unexpected keyword argument
        takes \d+ positional
        unhashable type
        unsupported operand
        not subscriptable
        NoneType
        called `(?:Option|Result)::unwrap\(\)` on
        unwrap\(\)
        unreachable code
        index out of bounds
        attempt to (?:subtract|add|multiply|divide)
        already borrowed
        not yet implemented
        """,
        because="an exception of its own code that nothing caught",
        where=PRINTED,
        unless=r"ImproperlyConfigured|JSON|ENOENT|ECONN|EACCES",
    ),
    sign(
        _CRASH,
        POSSIBLE + 0.1,
        r"""
        \bpanic(?:ked)?\b
        Unhandled(?: \w+)? (?:exception|rejection|error)
        UnhandledPromiseRejection
        Uncaught exception
        uncaughtException
        Exception in thread \"main\"
        Unhandled exception\.
        Application run failed
        Application startup failed
        crashed\b
        \bbug\b
        regression
        throw (?:err|er|new)
        terminated abnormally
        abort(?:ed|ing)?\b
        """,
        because="it ended by an error that it did not handle",
        where=SPOKEN,
        unless=r"recovered|panic mode|aborted by user|onabort|probe",
    ),
    sign(
        _CRASH,
        POSSIBLE - 0.15,
        r"""
        Traceback \(most recent call last\)
        ^\s*at [\w.$]+\(
        ^goroutine \d+
        ^[\w.]*(?:Error|Exception)\b[:\s]
        stack ?trace
        backtrace
        """,
        because="it ended by an error of its own",
        where=PRINTED,
    ),
    sign(
        _CRASH,
        HINT + 0.4,
        r"""
        \bfatal\b
        \berror\b
        \bfailed\b
        exception
        """,
        because="it complains and ends",
        where=PRINTED,
        ambiguous=True,
    ),
)


LAST_WORDS = 0.5
"""What an exception of its own weighs more where it is the last thing that a program which failed has said."""


def _last_words(scene: Scene, clue: Clue) -> bool:
    ended = scene.symptoms.exit_code not in (None, 0)
    return ended and clue.weight >= USUAL and all(scene.evidence.behind.get(one.item, 99) <= 3 for one in clue.quotes)


def read(scene: Scene) -> Iterator[Clue]:
    changed = any(
        word in " ".join(scene.symptoms.recent_changes).lower()
        for word in ("image", "version", "tag", "upgrade", "update", "release")
    )
    for clue in read_signs(scene, SIGNS):
        yield replace(clue, weight=clue.weight + LAST_WORDS) if _last_words(scene, clue) else clue
    if scene.symptoms.exit_code in (139, 134, 136):
        yield scene.clue(
            _CRASH,
            USUAL + 0.4,
            scene.evidence.find("exit_code"),
            because="it died by a signal that a program gives itself",
            remedy=RemedyClass.ROLLBACK if changed else None,
        )
