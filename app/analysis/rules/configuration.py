"""Configuration that is absent (`missing_config_or_env`) or there and rejected (`invalid_config`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.clues import DECISIVE, PLATFORM, POSSIBLE, PRINTED, SPECIFIC, SPOKEN, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_MISSING, _INVALID = Cause.MISSING_CONFIG, Cause.INVALID_CONFIG
_NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"

MISSING = (
    sign(_MISSING, DECISIVE - 0.2, r"secrets? \S+ (?:was )?not found", r"secret .{0,80}(?:is missing|does not exist|not found)", r"couldn't find key .{0,60} in (?:Secret|ConfigMap)|references non-existent (?:secret|config) key", remedy=RemedyClass.ADD_CREDENTIALS, where=PLATFORM | PRINTED, because="a Secret that it needs is not there"),
    sign(_MISSING, DECISIVE - 0.3, r"config ?maps? .{0,80}(?:not found|is missing|does not exist)", r"CreateContainerConfigError", where=PLATFORM, because="a ConfigMap or Secret that it needs is not there"),
    sign(_MISSING, SPECIFIC + 0.2, r"unbound variable", r"parameter (?:is )?(?:not set|null or not set)", rf"(?:environment|env)\.? ?(?:variable|var)s?\b.{{0,80}}(?:not (?:set|defined|found|provided|present|specified)|missing|required|must be|empty|undefined|unset)",
         r"(?:required|missing|undefined|unset|no)(?: \w+){0,2} (?:environment|env)\.? ?(?:variable|var)", rf"(?:set|provide|define|specify|export)(?: \w+){{0,3}} (?:{_NAME}|environment variable)", rf"\b{_NAME}\b[\"'`]?(?: \w+){{0,2}} (?:is|was|are|must|has|not|isn't|needs|required|missing|undefined)(?: \w+){{0,3}} ?(?:set|required|missing|defined|provided|empty|undefined|specified|configured|given|non-empty|blank)?\b",
         rf"KeyError: ['\"]{_NAME}['\"]", rf"KeyError: ['\"][A-Z][A-Z0-9_]{{2,}}['\"]", rf"key not found: \"{_NAME}\"", rf"(?:missing|required|undefined)[^.]{{0,40}}[\"'`: ]{_NAME}\b", r"superuser password is not specified", r"password option is not specified", r"You need to specify one (?:or more )?of",
         r"Missing `?secret_key_base|secret_key_base.{0,30}(?:missing|not set|must)", r"SECRET_KEY setting must not be empty", r"ImproperlyConfigured: .{0,40}(?:set the|must)", r"api_key client option must be set", r"No (?:API|api) key (?:was )?(?:provided|found|set)", r"(?:API|access) key (?:is )?(?:missing|required|not (?:set|provided|configured))",
         r"OPENAI_API_KEY|Missing credentials\. Please pass", r"(?:mandatory|required) (?:setting|option|configuration|config|property|parameter|value|key|field)s?\b.{0,80}(?:not|missing|absent|unset|empty)", r"Missing required (?:configuration|config|setting|option|property|value|key|field|environment|secret|parameter|variable)", r"field required|Field required", r"which has no default value",
         r"envvar|EnvVarError|environs\.\w+|decouple\.UndefinedValueError", r"NullPointerException.{0,40}System\.getenv", r"Could not resolve placeholder", r"must specify .{0,40}(?:password|user|url|key|token|variable)", r"(?:password|token|secret|credential|license|connection string|database url)s? (?:is|was|were) (?:not (?:set|provided|configured|specified|supplied|given)|missing|required|empty|undefined)",
         r"no (?:password|token|secret|credentials?|license(?: key)?|connection string|database url|encryption key|auth token) (?:is |was |were |has been )?(?:set|provided|configured|specified|supplied|given|found)", r"connectionString.{0,30}(?:null|undefined|empty)|Value cannot be null\. \(Parameter 'connectionString'\)", r"client password must be a string", because="a setting that it needs is not there",
         unless=r"optional|default(?:s|ing)? to|using default|node_env|https?_proxy|LC_ALL|LANG\b|PATH is|already (?:set|defined)|is set to|is deprecated|duplicate|is invalid|invalid value|too (?:long|short)"),
)

INVALID = (
    sign(_INVALID, SPECIFIC + 0.3, r"yaml: (?:line|unmarshal|control|did not|mapping|found|block)", r"did not find expected", r"found character that cannot start", r"mapping values are not allowed", r"could not find expected ':'", r"error (?:converting YAML|unmarshal\w+|parsing|reading|loading|decoding|validating) .{0,60}(?:config|settings|ya?ml|json|toml|file)",
         r"(?:cannot|can't|could not|couldn't|unable to|failed to) (?:parse|unmarshal|decode|read|load|deserialize|validate).{0,60}(?:config|settings|ya?ml|json|toml|properties|\.conf)(?!.{0,80}(?:no such file|not found|permission))", r"toml: |TOML parse error|toml\.decoder", r"JSONDecodeError.{0,40}", r"Unexpected token .{0,30} in JSON|is not valid JSON", r"invalid character .{0,20} (?:looking for|after|in)", r"ParserError|ScannerError|yaml\.(?:scanner|parser)",
         r"FATAL CONFIG FILE ERROR", r"Bad directive or wrong number of arguments", r"\[emerg\].{0,80}(?:unknown directive|invalid|unexpected|directive is|duplicate|is not allowed|not terminated|unknown \"|no \"|conflicting)", r"AH0\d{4}: Syntax error|Syntax error on line \d+ of|Invalid command '[^']*', perhaps misspelled",
         r"(?:unknown|unrecogni[sz]ed|unsupported|unexpected|invalid|illegal|bad|obsolete|removed|deprecated) (?:configuration|config|setting|property|directive|key|field|variable|stanza|section|keyword|top[- ]level|parameter)\b", r"configuration (?:is |file is |file )?(?:invalid|not valid|corrupt|error|contains? errors?|failed validation)", r"invalid configuration|bad configuration|config(?:uration)? (?:validation|check|test) failed|ConfigException: Invalid|InvalidConfig",
         r"unknown variable '", r"Additional propert(?:y|ies).{0,40}not allowed", r"schema validation|does not match (?:the )?schema|validation error", r"field \S+ not found in type", r"has invalid keys|unknown keys?\b|unused keys?|undefined keys?", r"(?:was|has been|is) (?:removed|renamed|no longer supported).{0,60}(?:config|setting|option|version|use)|no longer (?:a )?(?:valid|supported) (?:config|setting|option)",
         r"(?:parse|parsing|syntax) error (?:in|at|on|near) .{0,60}(?:config|line|\.conf|\.ya?ml|\.ini|\.toml|\.cnf)", r"proxy: unknown|config .{0,20}version .{0,30}(?:not supported|unsupported|mismatch)|unsupported config version|written for (?:a|another) (?:newer|older|major)", r"\bconfig(?:uration)?\b.{0,40}: (?:line \d+|invalid|unknown|unexpected)", r"duplicate (?:key|entry|directive|zone|listen|upstream|mount|service|section)", r"haproxy.{0,60}(?:\[ALERT\]|error detected)|\[ALERT\].{0,60}(?:parsing|config|proxy)", r"Error\(s\) found in configuration file|Fatal errors found in configuration",
         because="its configuration is rejected", unless=r"\.(?:so|py|js|jar|rb):\d+ not found"),
    sign(_INVALID, SPECIFIC - 0.2, r"invalid (?:value|port|url|uri|log ?level|number|boolean|duration|address|host(?:name)?|dsn|format|connection string|cron|time ?zone|mode|type|regex|input value|setting|endpoint|scheme|path|timeout|size|cidr|ip address|subnet|key length|secret length)", r"ERR_INVALID_URL|Invalid URL|URI malformed|MalformedURL|InvalidURL|invalid URI|unsupported protocol scheme|missing protocol scheme|No scheme supplied|URL must start with|first path segment in URL",
         r"strconv\.\w+: parsing", r"invalid literal for int", r"NumberFormatException|FormatException", r"could not convert string to float", r"is not a valid\b", r"must be (?:a|an|one of|between|greater|less|at least|in the|set to|either|positive|of type|exactly|either|a multiple|32|16)\b", r"not a valid (?:url|port|number|boolean|value)", r"(?:port|value) (?:must|should|out of range|is out)", r"ERR_SOCKET_BAD_PORT|RangeError.{0,40}port",
         r"malformed", r"expected .{0,40}(?:but (?:got|found|was)|, got)", r"invalid (?:DATABASE_URL|REDIS_URL|connection)|Could not parse .{0,40}(?:URL|DSN)", r"(?:unsupported|unknown) (?:driver|dialect|database type|scheme|storage|backend|provider|log level|locale|timezone|time zone|protocol|algorithm)", r"unrecognized configuration parameter|invalid value for parameter|invalid server address|wrong number of arguments", r"No security protocol defined|advertised\.listeners.{0,60}(?:cannot|must)|Invalid vote|incorrect padding", r"Wrong type|type mismatch|is the wrong (?:length|size|type)|key (?:must be|length)|must not be", r"(?:encryption|secret|private) key .{0,30}(?:invalid|wrong|bad|length)|Invalid key|bad decrypt", because="a setting has a value that it does not accept",
         unless=r"memory address|certificate|credential|password|token|username|signature|api key|checksum|checkpoint|magic|page|block|migration|expected token"),
    sign(_INVALID, POSSIBLE + 0.2, r"\bconfig(?:uration)?\b.{0,60}(?:error|invalid|wrong|failed|problem)", r"(?:error|invalid|wrong|failed|problem).{0,60}\bconfig(?:uration)?\b", r"unable to parse|failed to parse|parse error|cannot parse|parsing failed", where=SPOKEN, because="it complains about its configuration",
         unless=r"not found|no such file|permission denied|connection|kube-?config|connect|timeout"),
)

_REQUIRED_FIELD = re.compile(r"field required|\[type=missing|is required\b", re.I)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, MISSING)
    required = scene.first(_REQUIRED_FIELD)
    for clue in read_signs(scene, INVALID):
        if required is not None and "validation error" in clue.quotes[0].text.lower():
            yield scene.clue(_MISSING, clue.weight, required, because="a setting that it needs is not there")
        else:
            yield clue
    if required is not None:
        yield scene.clue(_MISSING, USUAL - 0.3, required, because="it says that a value is required")
