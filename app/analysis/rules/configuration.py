"""Configuration that is absent (`missing_config_or_env`) or there and rejected (`invalid_config`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import (
    POSSIBLE,
    SPECIFIC,
    SPOKEN,
    USUAL,
    Clue,
    Scene,
    read_signs,
    sign,
)
from app.analysis.rules.absent import ABSENT
from app.core.diagnosis import Cause, RemedyClass

_MISSING, _INVALID = Cause.MISSING_CONFIG, Cause.INVALID_CONFIG

INVALID = (
    sign(
        _INVALID,
        SPECIFIC + 0.3,
        r"""
        (?:Marked)?YAMLException
        ConfigurationError
        ConfigError
        ConfigParse\w*
        ConfigurationException
        InvalidConfiguration\w*
        SettingsError
        Expected one of #
        yaml: (?:line|unmarshal|control|did not|mapping|found|block)
        did not find expected
        found character that cannot start
        mapping values are not allowed
        could not find expected ':'
        error (?:converting YAML|unmarshal\w+|parsing|reading|loading|decoding|validating) .{0,60}(?:config
            ...|settings|ya?ml|json|toml|file)
        (?:cannot|can't|could not|couldn't|unable to|failed to) (?:parse|unmarshal|decode|read|load
            ...|deserialize|validate).{0,60}(?:config|settings|ya?ml|json|toml|\.properties
            ...|\.conf)(?!.{0,80}(?:no such file|file not found|permission))
        toml:[ ]
        TOML parse error
        toml\.decoder
        JSONDecodeError.{0,40}
        Unexpected token .{0,30} in JSON
        is not valid JSON
        invalid character .{0,20} (?:looking for|after|in)
        ParserError
        ScannerError
        yaml\.(?:scanner|parser)
        FATAL CONFIG FILE ERROR
        Bad directive or wrong number of arguments
        \[emerg\].{0,80}(?:unknown directive|invalid|unexpected|directive is|duplicate|is not allowed
            ...|not terminated|unknown \"|no \"|conflicting)
        AH0\d{4}: Syntax error
        Syntax error on line \d+ of
        Invalid command '[^']*', perhaps misspelled
        (?:unknown|unrecogni[sz]ed|unsupported|unexpected|invalid|illegal|bad|obsolete|removed
            ...|deprecated) (?:configuration|config|setting|property|directive|key|field|variable|stanza|section
            ...|keyword|top[- ]level|parameter)\b
        configuration (?:is |file is |file )?(?:invalid|not valid|corrupt|error|contains? errors?
            ...|failed validation)
        invalid configuration
        bad configuration
        config(?:uration)? (?:validation|check|test) failed
        ConfigException: Invalid
        InvalidConfig
        unknown variable '
        unrecognized configuration parameter
        invalid value for parameter
        Additional propert(?:y|ies).{0,40}not allowed
        schema validation
        does not match (?:the )?schema
        validation error
        field \S+ not found in type
        has invalid keys
        unknown keys?\b
        unused keys?
        undefined keys?
        (?:was|has been|is) (?:removed|renamed|no longer supported).{0,60}(?:config|setting|option|version|use)
        no longer (?:a )?(?:valid|supported) (?:config|setting|option)
        (?:parse|parsing|syntax) error (?:in|at|on|near) .{0,60}(?:config|line|\.conf|\.ya?ml|\.ini|\.toml
            ...|\.cnf)
        proxy: unknown
        config .{0,20}version .{0,30}(?:not supported|unsupported|mismatch)
        unsupported config version
        written for (?:a|another) (?:newer|older|major)
        \bconfig(?:uration)?\b.{0,40}: (?:line \d+|invalid|unknown|unexpected)
        duplicate (?:key|entry|directive|zone|listen|upstream|mount|service|section)
        haproxy.{0,60}(?:\[ALERT\]|error detected)
        \[ALERT\].{0,60}(?:parsing|config|proxy)
        get(?:pw|gr)nam\(\"[^\"]+\"\) failed
        """,
        because="its configuration is rejected",
        unless=r"\.(?:so|py|js|jar|rb):\d+ not found|no such file|cannot open|command line|Unable to locate"
        r"|(?:Error\(s\)|Fatal errors) found in configuration",
    ),
    sign(
        _INVALID,
        SPECIFIC - 0.2,
        r"""
        invalid (?:value|port|url|uri|log ?level|number|boolean|duration|address|host(?:name)?|dsn|format
            ...|connection string|cron|time ?zone|mode|type|regex|input value|setting|endpoint|scheme|path|timeout
            ...|size|cidr|ip address|subnet|key length|secret length)
        ERR_INVALID_URL
        Invalid URL
        URI malformed
        MalformedURL
        InvalidURL
        invalid URI
        unsupported protocol scheme
        missing protocol scheme
        No scheme supplied
        URL must start with
        first path segment in URL
        strconv\.\w+: parsing
        invalid literal for int
        NumberFormatException
        FormatException
        could not convert string to float
        is not a valid\b
        must be (?:a|an|one of|between|greater|less|at least|in the|set to|either|positive|exactly|either
            ...|a multiple|32|16)\b
        not a valid (?:url|port|number|boolean|value)
        (?:port|value) (?:must|should|out of range|is out)
        ERR_SOCKET_BAD_PORT
        RangeError.{0,40}port
        malformed
        expected .{0,40}(?:but (?:got|found|was)|, got)
        invalid (?:DATABASE_URL|REDIS_URL|connection)
        Could not parse .{0,40}(?:URL|DSN)
        (?:unsupported|unknown) (?:driver|dialect|database type|scheme|storage|backend|provider|log level
            ...|locale|timezone|time zone|protocol|algorithm)
        invalid server address
        wrong number of arguments
        No security protocol defined
        advertised\.listeners.{0,60}(?:cannot|must)
        Invalid vote
        incorrect padding
        Wrong type
        type mismatch
        is the wrong (?:length|size|type)
        key (?:must be|length)
        must not be
        (?:encryption|secret|private) key .{0,30}(?:invalid|wrong|bad|length)
        Invalid key
        bad decrypt
        """,
        because="a setting has a value that it does not accept",
        remedy=RemedyClass.SET_ENV,
        unless=r"TypeError|Argument #|memory address|certificate|credential|password|token|username|signature"
        r"|api key|checksum|checkpoint|magic|page|block|migration|expected token",
    ),
    sign(
        _INVALID,
        POSSIBLE + 0.2,
        r"""
        \bconfig(?:uration)?\b.{0,60}(?:error|invalid|wrong|failed|problem)
        (?:error|invalid|wrong|failed|problem).{0,60}\bconfig(?:uration)?\b
        Error\(s\) found in configuration file
        Fatal errors found in configuration
        unable to parse
        failed to parse
        parse error
        cannot parse
        parsing failed
        """,
        where=SPOKEN,
        because="it complains about its configuration",
        unless=r"not found|no such file|permission denied|connection|kube-?config|connect|timeout",
    ),
)

_REQUIRED_FIELD = re.compile(r"field required|\[type=missing|is required\b", re.IGNORECASE)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, ABSENT)
    required = scene.first(_REQUIRED_FIELD)
    for clue in read_signs(scene, INVALID):
        if required is not None and "validation error" in clue.quotes[0].text.lower():
            yield scene.clue(_MISSING, clue.weight, required, because="a setting that it needs is not there")
        else:
            yield clue
    if required is not None:
        yield scene.clue(_MISSING, USUAL - 0.3, required, because="it says that a value is required")
