"""It runs and makes no progress: a long silence, a lock never given, a collective call that does not return."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import PRINTED, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.analysis.tone import Tone
from app.core.diagnosis import Cause, Item, RemedyClass, Source

_HANG = Cause.HANG

SIGNS = (
    sign(
        _HANG,
        SPECIFIC + 0.5,
        r"""
        all goroutines are asleep
        \[CRITICAL\] WORKER TIMEOUT
        ^Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!
        No available shared memory broadcast block
        Waiting for output from MQLLMEngine
        Watchdog caught collective operation timeout
        collective operation timeout
        NCCL (?:watchdog|timeout)
        NCCL .{0,60}(?:timed out|hang|stuck)
        Waiting for changelog lock
        Could not acquire change log lock
        waiting for (?:\w+ ){0,3}(?:advisory |migration |table |database |file |global |the )?lock\b
        deadlock(?:ed)?\b
        Found one Java-level deadlock
        blocked for more than \d+ (?:seconds|s)\b
        task \S+ blocked for more than
        thread (?:starvation|.{0,40}(?:stuck|blocked|hung))
        STUCK thread
        Thread starvation or clock leap
        event loop .{0,30}(?:blocked|stalled|lag)
        Possible thread leak
        soft lockup
        lockup
        (?:not enough|insufficient|low|lack of|waiting for|gather\w*) .{0,20}entropy
        /dev/random
        getrandom
        SecureRandom .{0,80}(?:took|slow|block)
        Creation of SecureRandom instance
        (?:engine core|worker|rank|peer)\S* .{0,60}(?:did not (?:respond|finish|return)|not responding|hung
            ...|no response)
        Timed out waiting for (?:engine|worker|rank|clients)
        DistStoreError
        store .{0,20}timeout after
        Timeout waiting for .{0,40}(?:rank|workers?|rendezvous)
        RendezvousTimeout
        still waiting for \w+Lock
        NCCL communicator.{0,120}(?:timeout|timed out)
        wait timeout after \d+ ?ms
        Waiting for \d+ core engine proc
        lock wait timeout exceeded
        could not obtain lock.{0,40}timeout
        lock timeout
        canceling statement due to lock timeout
        database is locked
        """,
        because="it waits for something that never comes",
        remedy=None,
        toneless=True,
        unless=r"deadlock detector (?:is )?(?:on|enabled)|deadlock_timeout|lock file|no deadlock"
        r"|innodb_print_all_deadlocks",
    ),
    sign(
        _HANG,
        SPECIFIC - 0.3,
        r"""
        \bhangs?\b
        \bhung\b
        hanging
        \bstuck\b
        freezes?\b
        \bfrozen\b
        unresponsive
        not responding
        stops? responding
        no longer responds
        does(?: not|n't) (?:respond|return|proceed|progress|continue)
        never (?:returns?|finish\w*|complete\w*|responds?|listens?|proceeds?|gets? (?:past|further)
            ...|progress\w*|comes up|ends|starts listening|becomes ready)
        no (?:further |more )?(?:progress|output|response|activity)(?: for| after|\b)
        no (?:new |further |more )?(?:log )?(?:lines?|output|logs?|messages?) (?:for|after|since|follow)
        nothing (?:more |further )?(?:happens|follows|is (?:logged|printed))
        (?:prints?|logs?|outputs?|does) nothing (?:more|else|further)
        futex
        silen(?:ce|t) (?:for|after|since)
        (?:\d+|several|many) (?:minutes?|hours?) (?:of silence|without (?:output|a line|progress)|pass)
        (?:cpu|load) (?:is |stays |at )?(?:idle|0 ?%|100 ?%)
        spins?\b
        waits? (?:for ever|forever|indefinitely|endlessly)
        blocked? (?:for ever|forever|indefinitely|on)
        (?:sits|stays|waits|stops|stands) (?:there|here|at this|still)
        sits at
        remains? at
        stays at
        the log (?:ends|stops) here
        output (?:ends|stops) here
        """,
        where=frozenset({Source.EVENT, Source.LOG, Source.PREVIOUS, Source.STATE}),
        because="it runs on and makes no progress",
        unless=r"stuck in (?:CrashLoop|ImagePull|Pending|restart)|socket hang up|SIGHUP|could not|ImagePull"
        r"|no (?:log )?output\W*$|log stops here",
        toneless=True,
    ),
    sign(
        _HANG,
        USUAL - 0.2,
        r"""
        \(repeats?\b.{0,60}\)
        repeats? (?:every|endlessly|for ever|forever)
        same line (?:repeat|over and over)
        (?:for|over|after) (?:about |more than |over )?(?:an hour|\d+ (?:hours?|minutes?|min|h)\b)
        """,
        where=PRINTED,
        because="the same line again and again, with no end",
        unless=r"restart|refused|EAI_AGAIN|certificate|error|fail|denied|retry|cannot|unable",
    ),
)
_WAITS = re.compile(r"waiting for|waiting on|still waiting|not (?:yet )?ready|in progress", re.IGNORECASE)
_WHO = re.compile(
    r"database|postgres|mysql|redis|mongo|kafka|rabbit|broker|\bdb\b|:\d{2,5}|host|service|server"
    r"|connection",
    re.IGNORECASE,
)
ENDLESS = 20
_BEGINS = re.compile(
    r"(?<![\w.])(?!(?:listening|serving|running|accepting|starting|booting|warming|loading|initiali[sz]ing|using"
    r"|exiting|stopping|shutting|leaving|during|nothing|string|warning|according)\b)[a-z]{3,}ing (?:\w|/)",
    re.IGNORECASE,
)
_ALIVE = re.compile(r"(?:liveness|health)[ -]?(?:probe|check)s? failed", re.IGNORECASE)
_NO_ANSWER = re.compile(r"liveness probe failed.{0,40}(?:no answer within|timed? ?out|deadline)", re.IGNORECASE)
WORKED = 20
"""Lines after which a program has shown that it works."""


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    yield from _announced(scene)
    yield from _stopped_answering(scene)
    repeated: Item | None = next(
        (
            item
            for item in scene.printed
            if item.times >= ENDLESS and _WAITS.search(item.text) and not _WHO.search(item.text)
        ),
        None,
    )
    if repeated is not None and scene.symptoms.exit_code is None:
        yield scene.clue(
            _HANG,
            USUAL,
            repeated,
            because="it says the same again and again and does nothing else",
            remedy=RemedyClass.RESTART,
        )


def _stopped_answering(scene: Scene) -> Iterator[Clue]:
    """It did its work, as many lines show, and now it takes connections and answers none: not the probe's fault."""
    failing = scene.first(_NO_ANSWER, Source.EVENT, Source.STATE)
    if failing is not None and sum(item.times for item in scene.printed) >= 5 * WORKED:
        yield scene.clue(
            _HANG,
            SPECIFIC - 0.1,
            failing,
            because="it worked, and then it gave no answer in time",
            ambiguous=True,
        )


def _announced(scene: Scene) -> Iterator[Clue]:
    """It worked, said what it begins, and nothing came after that; then its check began to fail."""
    failing = scene.first(_ALIVE, Source.EVENT, Source.STATE)
    if failing is None or sum(item.times for item in scene.printed) < WORKED:
        return
    for item in scene.printed:
        final = scene.evidence.behind.get(item.id) == 0 and item.times == 1
        if final and scene.evidence.tones[item.id] < Tone.ERROR and _BEGINS.search(item.text):
            yield scene.clue(
                _HANG,
                USUAL + 0.4,
                item,
                failing,
                because="it said what it begins, and nothing came after that",
                ambiguous=True,
            )
