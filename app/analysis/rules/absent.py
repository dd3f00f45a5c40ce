"""The signs of a setting, variable, ConfigMap or Secret that is not there. Read by `configuration`."""

from __future__ import annotations

from app.analysis.clues import DECISIVE, PLATFORM, PRINTED, SPECIFIC, USUAL, sign
from app.core.diagnosis import Cause, RemedyClass

_MISSING = Cause.MISSING_CONFIG

ABSENT = (
    sign(
        _MISSING,
        DECISIVE - 0.2,
        r"""
        secrets? \S+ (?:was )?not found
        secret .{0,80}(?:is missing|does not exist|not found)
        couldn't find key .{0,60} in (?:Secret|ConfigMap)
        references non-existent (?:secret|config) key
        """,
        remedy=RemedyClass.ADD_CREDENTIALS,
        where=PLATFORM | PRINTED,
        because="a Secret that it needs is not there",
    ),
    sign(
        _MISSING,
        DECISIVE - 0.3,
        r"""
        config ?maps? .{0,80}(?:not found|is missing|does not exist)
        """,
        where=PLATFORM,
        because="a ConfigMap or Secret that it needs is not there",
    ),
    sign(
        _MISSING,
        USUAL,
        r"""
        CreateContainerConfigError
        """,
        where=PLATFORM,
        because="a ConfigMap or Secret that it needs is not there",
    ),
    sign(
        _MISSING,
        SPECIFIC + 0.2,
        r"""
        unbound variable
        ^\S+: (?:line )?\d+: (?-i:[A-Z][A-Z0-9_]{2,}): (?!.{0,20}(?:not found|denied|no such|not a|bad|syntax))
        (?:input|url|uri|host|hostname|address)['\"]?: ?['\"]undefined['\"]
        Invalid URL:? ['\"]?undefined\b
        parameter (?:is )?(?:not set|null or not set)
        (?:environment|env)\.? ?(?:variable|var)s?\b.{0,80}(?:not (?:set|defined|found|provided|present
            ...|specified)|missing|required|must be|empty|undefined|unset)
        (?:required|missing|undefined|unset|no)(?: \w+){0,2} (?:environment|env)\.? ?(?:variable|var)
        (?:set|provide|define|specify|export)(?: \w+){0,3} (?:<NAME>|environment variable)
        \b<NAME>\b[\"'`]?(?: \w+){0,2} (?:is|was|are|must|has|not|isn't|needs|required|missing
            ...|undefined)(?: \w+){0,3} ?(?:set|required|missing|defined|provided|empty|undefined|specified
            ...|configured|given|non-empty|blank)?\b
        KeyError: ['\"]<NAME>['\"]
        KeyError: ['\"](?-i:[A-Z][A-Z0-9_]{2,})['\"]
        key not found: \"<NAME>\"
        (?:missing|required|undefined)[^.]{0,40}[\"'`: ]<NAME>\b
        superuser password is not specified
        password option is not specified
        You need to specify one (?:or more )?of
        Missing `?secret_key_base
        secret_key_base.{0,30}(?:missing|not set|must)
        SECRET_KEY setting must not be empty
        ImproperlyConfigured: .{0,40}(?:set the|must)
        api_key client option must be set
        No (?:API|api) key (?:was )?(?:provided|found|set)
        (?:API|access) key (?:is )?(?:missing|required|not (?:set|provided|configured))
        OPENAI_API_KEY
        Missing credentials\. Please pass
        (?:mandatory|required) (?:setting|option|configuration|config|property|parameter|value|key
            ...|field)s?\b.{0,80}(?:not|missing|absent|unset|empty)
        Missing required (?:configuration|config|setting|option|property|value|key|field|environment|secret
            ...|parameter|variable)
        field required
        Field required
        which has no default value
        [Nn]either .{0,80} nor .{0,60}(?:provided|set|given|specified|configured)
        envvar
        EnvVarError
        environs\.\w+
        decouple\.UndefinedValueError
        NullPointerException.{0,40}System\.getenv
        Could not resolve placeholder
        must specify .{0,40}(?:password|user|url|key|token|variable)
        (?:password|token|secret|credential|license|connection string|database url)s? (?:is|was
            ...|were) (?:not (?:set|provided|configured|specified|supplied|given)|missing|required|empty|undefined)
        no (?:password|token|secret|credentials?|license(?: key)?|connection string|database url
            ...|encryption key|auth token) (?:is |was |were |has been )?(?:set|provided|configured|specified
            ...|supplied|given|found)
        connectionString.{0,30}(?:null|undefined|empty)
        Value cannot be null\. \(Parameter 'connectionString'\)
        client password must be a string
        """,
        because="a setting that it needs is not there",
        unless=r"optional|default(?:s|ing)? to|using default|node_env|https?_proxy|LC_ALL|LANG\b|PATH is"
        r"|already (?:set|defined)|is set to|is deprecated|duplicate|is invalid|invalid value|too (?:long"
        r"|short)",
    ),
    sign(
        _MISSING,
        USUAL + 0.3,
        r"""
        \bno (?:[\w-]+ ){1,3}(?:was |were |is |has been )?(?:provided|configured|specified|supplied|given|set)\b
        ConnectionString.{0,40}(?:not|null|empty)
        has not been (?:initialized|configured|provided|set)
        process\.env
        os\.environ
        Received undefined
        os\.Getenv
        \b[a-z]+(?:[_-][a-z]+)+\b[\"'`]? (?:is (?:required|not set|missing|mandatory|empty)|must (?:be set
            ...|be provided|be specified|not be empty))
        (?:must|should|need to|have to) (?:be )?(?:set|provided?|specif(?:y|ied)|configured?|define[d]?)\b
        not (?:provided|configured|specified|supplied)\b
        (?:is|are|was) required but
        """,
        because="a setting that it needs is not there",
        where=PRINTED,
        unless=r"optional|default|recommended|probe|invalid value|higher|lower|greater|less|\blimit|level|timeout"
        r"|no .{0,20}errors?",
    ),
)
