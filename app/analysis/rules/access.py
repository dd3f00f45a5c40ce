"""The dependency answers and refuses the credential."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import POSSIBLE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_AUTH = Cause.AUTH

SIGNS = (
    sign(
        _AUTH,
        SPECIFIC + 0.3,
        r"""
        password authentication failed
        access denied for user
        \b1045\b.{0,40}(?:28000|access|denied)
        \bNOAUTH\b
        \bWRONGPASS\b
        invalid username-password pair
        ERR (?:AUTH|invalid password)
        Client sent AUTH, but no password
        (?:MongoServerError|MongoError|mongo\w*).{0,60}Authentication failed
        AuthenticationFailed
        SCRAM.{0,60}(?:fail|mismatch|storedKey)
        Command \w+ requires authentication
        \(Unauthorized\).{0,60}requires authentication
        not authorized on \w+
        ACCESS_REFUSED
        PLAIN login refused
        Login was refused
        SASL.{0,60}(?:authentication failed|auth\w* (?:fail|error))
        SaslAuthenticationException
        TopicAuthorizationException
        Login failed for user
        ORA-01017
        ORA-28000
        InvalidAccessKeyId
        SignatureDoesNotMatch
        InvalidClientTokenId
        UnrecognizedClientException
        ExpiredToken
        security token .{0,30}(?:invalid|expired)
        Unable to locate credentials
        NoCredentialProviders
        CredentialsProviderError
        could not find default credentials
        DefaultCredentialsError
        (?:incorrect|invalid|bad|wrong|expired|revoked) (?:api[- ]?key|credentials?|password|passphrase
            ...|access token|token|login|username or password|user(?:name)? or password|client secret|auth\w*)
        gated repo
        GatedRepo
        Cannot access gated
        access to model .{0,60}is restricted
        You (?:must|need to) (?:be authenticated|have access|log in|be logged)
        security_exception
        missing authentication credentials
        unable to authenticate user
        authentication (?:failed|failure|error|required|unsuccessful)
        failed to authenticate
        auth(?:entication|orization)? (?:was )?(?:rejected|refused|denied|failed)
        could not authenticate
        not authenticated
        unauthenticated
        no pg_hba\.conf entry
        Ident authentication failed
        Peer authentication failed
        role \"[^\"]+\" does not exist
        has no password assigned
        Client does not support authentication protocol
        ER_NOT_SUPPORTED_AUTH_MODE
        caching_sha2_password.{0,60}(?:cannot|not|fail)
        authentication plugin
        Authentication method .{0,40}not supported
        SCRAM-SERVER-FIRST-MESSAGE
        Host '[^']+' is not allowed to connect
        (?:HTTP|status|code|error|response|returned|got|statusCode)\W{0,12}(?:code\W{0,3})?(?:401|403)\b
        \b401\b.{0,30}(?:unauthorized|client error)
        \b403\b.{0,30}(?:forbidden|client error)
        401 Client Error
        403 Client Error
        permission denied for (?:schema|table|database|relation|sequence|function)
        must be owner of
        permission denied to (?:create|set)
        Permission denied \(publickey
        Host key verification failed
        (?:system:serviceaccount|User \"system:).{0,120}(?:cannot|forbidden)
        is forbidden: User
        (?:NT_STATUS_|mount error\(13\)|STATUS_)(?:LOGON_FAILURE|ACCESS_DENIED)?
        535[ -].{0,40}(?:auth|Authentication)
        Bad credentials
        PASSWORD_MISMATCH
        invalid_grant
        invalid_client
        jwt (?:expired|malformed)
        Unauthorized:[ ]
        """,
        because="the service answers and refuses the credential",
        unless=r"pull|registry|manifest|docker login|probe|/healthz?|imagePull|no such file"
        r"|operation not permitted|certificate|(?:GET|POST|PUT|HEAD|DELETE) /\S* HTTP|- - \[",
    ),
    sign(
        _AUTH,
        POSSIBLE + 0.2,
        r"""
        \b(?:unauthorized|forbidden)\b
        access (?:is )?denied
        invalid token
        token .{0,20}(?:invalid|expired|rejected)
        """,
        because="a service refuses it",
        unless=r"pull|registry|manifest|probe|path|file|directory|/v2/|image|GET /|POST /",
    ),
    sign(
        _AUTH,
        USUAL - 0.5,
        r"""
        database \"[^\"]+\" does not exist
        Unknown database '
        """,
        because="the database it asks for is not there",
        remedy=RemedyClass.SET_ENV,
        ambiguous=True,
    ),
)


def read(scene: Scene) -> Iterator[Clue]:
    if scene.pulling:
        return
    own = any("PASSWORD" in name.upper() for name in scene.symptoms.env_names)
    for clue in read_signs(scene, SIGNS):
        generated = "1045" in clue.quotes[0].text or "using password: NO" in clue.quotes[0].text
        if generated and not own and clue.remedy is None:
            yield scene.clue(
                clue.cause,
                clue.weight,
                scene.evidence.find(clue.quotes[0].item),
                because=clue.because,
                remedy=RemedyClass.SET_ENV,
            )
        else:
            yield clue
