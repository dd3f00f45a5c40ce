"""Data kept from before that does not fit what runs now: another version's files, migrations, left-over locks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import DECISIVE, POSSIBLE, PRINTED, SPECIFIC, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_STATE = Cause.STATE

SIGNS = (
    sign(
        _STATE,
        DECISIVE - 0.2,
        r"""
        database files are incompatible
        data directory was initialized by
        initialized by PostgreSQL version
        (?:data|database|index|storage|file|schema)\b.{0,60}(?:created|written|made|initiali[sz]ed
            ...|upgraded) (?:by|with|in|from) .{0,30}(?:newer|later|older|previous|different|incompatible|another
            ...|version)
        incompatible (?:data|database|index|storage|schema|on-disk|version of the data)
        (?:data|index|storage|database|schema|on-disk|volume) .{0,30}(?:is|are|format is) (?:not compatible
            ...|incompatible|too (?:old|new)|newer)
        (?:database|schema|data|db|config|index)(?: \w+)? version .{0,60}(?:newer|higher|greater|too (?:new
            ...|old|low|high)|not supported|unsupported|incompatible|mismatch|does not match|from the future|ahead
            ...|older than|lower than|is less than)
        (?:downgrad\w+|skip\w* (?:major )?version).{0,80}(?:not (?:supported|allowed|possible|permitted)
            ...|cannot|refus|impossible|unsupported)
        (?:from|by|of|with) a (?:later|newer|more recent) (?:release|version)
        (?:cannot|can't|unable to|refus\w+ to) (?:downgrade|upgrade (?:from|directly))
        Cannot upgrade
        cannot be upgraded
        (?:must|need to|have to|should) (?:first |be )?(?:upgrade|migrate)d? (?:first|through|to|from|via
            ...|the data)
        UPGRADE PROBLEM
        featureCompatibilityVersion
        feature flags?.{0,60}(?:required|enabled|missing|disabled)
        Wrong mongod version
        unsupported WiredTiger
        This version of MongoDB is too
        Unsupported redo log format
        redo log.{0,60}(?:created|upgrade|corrupt|format)
        Upgrade after a crash is not supported
        Invalid flags? .{0,40}tablespace
        Data Dictionary initialization failed
        tablespace .{0,60}(?:missing|corrupt)
        Can't handle RDB format
        Bad file format reading the append only
        Wrong signature trying to load DB
        Short read or OOM loading DB
        Unexpected end of file reading the append only
        AOF .{0,40}(?:corrupt|truncated|bad)
        \bcorrupt(?:ed|ion)?\b
        checksum (?:mismatch|verification failed|error)
        invalid page
        bad magic number
        unexpected magic
        malformed database
        database disk image is malformed
        file is not a database
        invalid checkpoint
        could not locate (?:a )?(?:valid|required) checkpoint
        unable to read (?:data|superblock)
        \bWAL\b.{0,60}(?:corrupt|invalid|damaged|mismatch)
        panic: (?:page|freepages|invalid page)
        cluster ?ID .{0,80}(?:match|mismatch)
        InconsistentClusterId
        InconsistentBrokerId
        meta\.properties
        node\.id .{0,40}(?:match|differ)
        Found index for different type
        index .{0,80}(?:incompatible|was created with version)
        cannot be read .{0,40}(?:older|newer) version
        IndexFormatToo(?:New|Old)
        codec .{0,60}not (?:available|found|supported)
        """,
        because="data from before does not fit what runs now",
        unless=r"configuration (?:file )?is corrupt|image.{0,30}corrupt|no corruption|heap corruption"
        r"|memory corruption|stack corruption|(?:might|may|could) (?:become|be|get) corrupt",
    ),
    sign(
        _STATE,
        SPECIFIC + 0.1,
        r"""
        dirty database version
        Dirty database
        database is (?:in a )?dirty
        migrations?\b.{0,100}(?:fail|error|could not|cannot|conflict|missing|not found|mismatch|unknown
            ...|checksum|already|aborted|inconsistent|locked out|out of order)
        (?:fail|error|could not|cannot|unable)\w*.{0,60}\bmigrat\w+
        Validate failed
        Migration checksum mismatch
        FlywayValidate\w*
        Detected (?:failed migration|applied migration not resolved)
        Can't locate revision identified
        InconsistentMigrationHistory
        ActiveRecord::(?:PendingMigration|Migration|Irreversible)\w*
        P3009
        P3018
        P3005
        LiquibaseException
        ValidationFailedException
        Multiple head revisions
        (?:relation|table|column|index|type|constraint|schema) [\"'`][^\"'`]+[\"'`] (?:already exists
            ...|does not exist|doesn't exist)
        no such (?:table|column)
        (?:could not find|missing|unknown|duplicate) (?:the )?(?:table|column)\b
        Table '[^']+' (?:already exists|doesn't exist)
        Unknown column
        Duplicate column
        Table \S+ doesn't exist
        UndefinedTable
        UndefinedColumn
        PG::Undefined\w+
        PG::Duplicate\w+
        ProgrammingError.{0,80}(?:relation|column)
        duplicate key value violates
        unique constraint failed
        schema (?:is |has |version )?(?:out of date|outdated|mismatch|missing|unexpected|changed|too old)
        unexpected schema
        database needs (?:to be )?(?:migrat|upgrad)\w+
        cannot find .{0,20}schema
        foreign key constraint .{0,40}(?:fail|incorrect)
        """,
        because="the stored data is not in the shape that this version expects",
        where=SPOKEN,
        unless=r"successfully|0 errors|network",
    ),
    sign(
        _STATE,
        SPECIFIC + 0.1,
        r"""
        (?:lock|pid) ?file .{0,80}(?:already )?(?:exists|present|found|held|stale|is empty|left)
        \.(?:pid|lock)\b.{0,60}(?:already )?(?:exists|present|in use|held|stale|found)
        a server is already running
        server is already running
        Is another postmaster
        (?:process|instance|server|daemon|broker|node|httpd|supervisord|program)(?: \S+){0,4} (?:is[ ]
            ...|are )?already (?:running|started|using)
        already running as process
        pid \d+\W+already running
        another instance
        Another (?:program|process) is (?:already )?(?:using|running|listening)
        (?:unable|failed|could not|cannot|can't) (?:to )?(?:acquire|obtain|get|take|create|lock
            ...|grab)(?: \w+){0,4} (?:lock\b|locks\b|lockfile|\.lock|node locks|lock file)(?!.{0,30}timeout)
        (?:data|database|storage|directory|db|index)\b.{0,40} (?:is )?(?:already )?(?:locked|in use)(?: by)?
        LOCK: (?:Resource temporarily unavailable|already held)
        resource temporarily unavailable.{0,60}LOCK
        lock hold by current process
        Database (?:is )?(?:already )?(?:in use|locked)
        Locked by another
        unlock the database
        singleton ?lock
        Server is already active for display
        stale (?:lock|pid|socket|session|state)
        left[- ]?over
        unclean shutdown
        not cleanly shut ?down
        """,
        because="a lock or pid file is left over from before, or another process holds the data",
        remedy=RemedyClass.NEEDS_HUMAN,
        where=SPOKEN,
        unless=r"changelog|waiting for|lock wait|mlock|memory lock|advisory|address (?:already )?in use.{0,40}:\d"
        r"|listening on port|port \d+",
    ),
    sign(
        _STATE,
        USUAL,
        r"""
        directory .{0,80}(?:exists but is not empty|is not empty|not empty)
        initdb: .{0,60}(?:exists|not empty)
        unsupported pickle protocol
        UnpicklingError
        InvalidClassException.{0,60}serialVersionUID
        --initialize specified but the data directory has files
        data directory .{0,80}(?:unusable|invalid|not a|missing|incomplete|has invalid)
        is not a database cluster directory
        Old (?:data|version) .{0,30}(?:found|detected)
        (?:existing|old|previous) (?:data|database|volume|installation) .{0,60}(?:found|detected
            ...|incompatible|version)
        PG_VERSION
        in \d+\+, these Docker images are configured to store
        mysql\.(?:user|plugin|db|component)' doesn't exist
        InnoDB: .{0,80}(?:log sequence number|different size|corrupt|doublewrite|page)
        (?:open|create) the system tablespace
        Plugin 'InnoDB' (?:init|registration)
        ibdata1
        ib_logfile\d
        Failed to initialize DD
        Fatal error: Can't open and lock privilege tables
        (?:encryption|secret|session|signing) key (?:has )?(?:changed|does not match|mismatch)
        (?:could not|cannot|unable to|failed to) decrypt
        decryption failed
        cipher: message authentication failed
        Mismatching encryption keys
        bad decrypt
        Invalid (?:state|snapshot|journal|wal|index) (?:file|version)
        state file
        snapshot .{0,40}(?:invalid|mismatch|fail)
        unexpected (?:format|version) .{0,20}(?:file|data)
        unknown (?:file|data|format) version
        unsupported (?:file|data|format|version of)
        """,
        where=PRINTED,
        because="the stored data is not what this version expects",
        unless=r"configuration",
    ),
    sign(
        _STATE,
        POSSIBLE,
        r"""
        (?:schema|index|data(?:base)?) .{0,30}(?:mismatch|not match)
        """,
        because="stored data and program do not agree",
    ),
)

_DAMAGED = re.compile(
    r"corrupt|checkpoint|after a crash|not empty|magic|malformed|checksum mismatch on|cluster ?id"
    r"|doesn't match stored|truncat|damaged",
    re.IGNORECASE,
)


def read(scene: Scene) -> Iterator[Clue]:
    if not scene.pulling:
        for clue in read_signs(scene, SIGNS):
            damaged = clue.remedy is None and _DAMAGED.search(clue.quotes[0].text)
            yield replace(clue, remedy=RemedyClass.NEEDS_HUMAN) if damaged else clue
