"""A service that does not answer (`dependency_unreachable`), or a name that does not resolve (`dns_failure`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import HINT, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, Item, RemedyClass, Source

_DEP, _DNS = Cause.DEPENDENCY, Cause.DNS

UNREACHABLE = (
    sign(
        _DEP,
        SPECIFIC - 0.1,
        r"""
        connection refused
        \bECONNREFUSED\b
        no route to host
        \bEHOSTUNREACH\b
        \bENETUNREACH\b
        network is unreachable
        host is unreachable
        destination host unreachable
        connect(?:ion)? (?:attempt )?(?:has )?timed? ?out
        \bETIMEDOUT\b
        connection timeout
        connect timeout
        ConnectTimeout
        Connection to \S+ timed out
        dial tcp .{0,80}(?:timeout|refused|unreachable|no route)
        (?:could not|cannot|can't|couldn't|unable to|failed to
            ...|failure to) (?:establish (?:a )?(?:new )?connection|connect|reach|contact|communicate)\b
        connection (?:was )?(?:refused|failed|could not be established|to \S+ failed)
        ServerSelectionTimeoutError
        MongoNetworkError
        MongooseServerSelectionError
        MongoServerSelectionError
        No servers? (?:available|found)
        Communications link failure
        Can't connect to (?:local )?(?:MySQL|MariaDB|server)
        CR_CONNECTION_ERROR
        \(2002\)
        \(2003\)
        \[2002\]
        the database system is (?:starting up|shutting down)
        Is the server running
        NoBrokersAvailable
        Connection to node -?\d+ .{0,60}could not be established
        LEADER_NOT_AVAILABLE
        Broker(?:s)? .{0,20}(?:not available|transport failure|may not be available)
        Bootstrap broker .{0,60}disconnected
        all brokers (?:are )?down
        broker transport failure
        KafkaTimeoutError
        Timed out waiting for a node assignment
        host not found in upstream
        connect\(\) failed .{0,60}while connecting to upstream
        no live upstreams
        (?:database|redis|postgres\w*|mysql|mariadb|mongo\w*|rabbitmq|kafka|elasticsearch|broker|backend
            ...|upstream|server|service|queue|api) .{0,30}(?:is |are )?(?:not (?:reachable|available|ready|up
            ...|running|responding)|unreachable|unavailable|down)\b
        (?:gave|giving) up (?:waiting|connecting)
        timed? ?out (?:while )?waiting for .{0,60}(?:database|db|redis|postgres|mysql|mongo|rabbit|kafka
            ...|elastic|service|server|host|port|connection|:\d)
        wait-for-it.{0,40}timeout
        dockerize.{0,40}[Tt]imeout
        AMQPConnectionError
        AMQPConnector
        amqp.{0,60}(?:refused|closed|timeout)
        PRECONDITION_FAILED
        NoNodeAvailable
        No living connections
        ConnectionError.{0,80}(?:refused|Max retries|establish|timed)
        Max retries exceeded with url
        NewConnectionError
        RedisConnectionException
        RedisConnectionError
        redis.exceptions.ConnectionError
        Error (?:\d+ )?connecting to
        JedisConnectionException
        PoolTimedOut
        unavailable: .{0,40}connection
        rpc error: code = Unavailable
        etcdserver: request timed out
        failed to dial
        PrismaClientInitializationError
        P1001
        SequelizeConnection(?:Refused)?Error
        HikariPool.{0,60}(?:not available|timed out)
        Connection is not available, request timed out
        could not obtain connection
        Unable to open JDBC Connection
        (?:Could not open|Failed to obtain|Could not get) JDBC
        CannotGetJdbcConnection
        SQLState: 08
        SQLSTATE\[08006\]
        (?:psycopg2?|pymysql|MySQLdb)\S*OperationalError
        Zookeeper.{0,60}(?:timeout|timed out|not connected|refused)
        SessionExpired
        ConnectionLossException
        Timed out waiting for connection while in state: CONNECTING
        dependency failed to start
        container .{0,60}is unhealthy
        depends_on
        """,
        because="a service that it needs does not answer",
        unless=r"resolve host|name resolution|x509|certificate|EAI_AGAIN|ENOTFOUND|no such host|password"
        r"|authentication|Access denied|unknown database|probe failed|registry|no pg_hba|does not exist"
        r"|too many|probe errored|connect to .{0,4}(?:0\.0\.0\.0|::\W)|role \"|system is shut down",
    ),
    sign(
        _DEP,
        USUAL - 0.2,
        r"""
        \bECONNRESET\b
        connection reset by peer
        broken pipe
        socket hang up
        server closed the connection unexpectedly
        Lost connection to (?:MySQL|server)
        MySQL server has gone away
        premature(?:ly)? clos\w+
        Connection closed unexpectedly
        unexpected EOF.{0,40}connection
        \b50[234]\b.{0,40}(?:gateway|unavailable|upstream|bad)
        (?:bad gateway|service unavailable|gateway timeout)
        deadline exceeded
        timed out
        timeout (?:exceeded|waiting|expired)
        upstream
        waiting for .{0,60}(?:to (?:be|become|start|come|accept)|\.\.\.|connection|database|db\b|redis
            ...|postgres|mysql|mongo|kafka|rabbit|broker|server)
        still waiting
        not yet (?:available|ready|up)
        retrying (?:in|connection)
        attempt \d+ (?:of|/)
        """,
        because="it waits for a service that does not answer",
        unless=r"probe|lock\b|MQLLMEngine|NCCL|collective|resolve|name resolution|registry|pull|grace|shutdown"
        r"|shut down|x509|certificate|entropy|SIGTERM|broadcast block|kill|engine core|no such host"
        r"|EAI_AGAIN|ENOTFOUND",
    ),
)

_LOOKUP = re.compile(
    r"\b(?:EAI_AGAIN|ENOTFOUND|EAI_NONAME)\b|temporary failure in name resolution"
    r"|name or service not known|no such host|could not resolve (?:host|proxy)|could(?:n't"
    r"| not) translate host ?name|name does not resolve|server misbehaving|UnknownHost(?:Exception)?"
    r"|nodename nor servname|bad address ['\"]|gaierror|php_network_getaddresses|getaddrinfo|NXDOMAIN"
    r"|SERVFAIL|NameResolutionError|failed to resolve|unable to resolve|cannot resolve|can't resolve"
    r"|resolution failed|unknown host|lookup \S+(?: on \S+)?: (?:i/o timeout|read udp|dial udp)"
    r"|no servers could be reached|(?:dns|name) (?:lookup|resolution)[\w ]{0,20}(?:fail|error"
    r"|timed? ?out|problem|broken)|Host not found|hostname .{0,60}(?:not found|cannot be resolved"
    r"|unknown)|could not find host|No address associated with hostname|Try again\b.{0,30}(?:resolv"
    r"|host)|Name resolution|resolver",
    re.IGNORECASE,
)
_NO_LOOKUP = re.compile(
    r"host not found in upstream|failed to resolve reference|module|dependency tree|ERESOLVE"
    r"|placeholder|import|symbol|probe|x509|resolver \d|DNS server (?:listen|start)"
    r"|failed to resolve (?:config|env|var|secret|path|type|plugin)",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"(?:is|was|are|not|has|have|still|never|being)? ?(?:exited|not running|not started|not up|is down"
    r"|are down|went down|stopped|crashed|crash-?looping|restarting|initiali[sz]ing|starting up"
    r"|unhealthy|still starting|failed to start|removed|absent|scaled to (?:0|zero))\b"
    r"|Exit(?:ed)? \(?\d|0/1 (?:ready|running)|CrashLoopBackOff.{0,30}(?:db|database|redis|postgres"
    r"|mysql|mongo|backend|service)|no (?:such )?container|no endpoints",
    re.IGNORECASE,
)
_UP = re.compile(
    r"(?:healthy|running|is up\b|reachable|works? (?:fine|elsewhere|from)|resolves? (?:from|on|fine)"
    r"|answers|up and running)",
    re.IGNORECASE,
)
_NOT_UP = re.compile(r"unhealthy|not (?:healthy|running|up|reachable)|no longer", re.IGNORECASE)
_MALFORMED = re.compile(
    r"connecting to \w+://|(?:ENOTFOUND|EAI_AGAIN|lookup|resolve host:?|resolve|host ?name|UnknownHostException:?"
    r"|host)[\s:'\"]*(?:https?\b|\w+://|undefined\b|null\b|none\b|nil\b|\$\{?\w|%|<|\[object|\"\"|''"
    r"|\S*,\S+)|host (?:name )?\"[^\"]*(?:://|\s|@|\$)[^\"]*\"|(?:ENOTFOUND|EAI_AGAIN"
    r"|lookup) [\"'`]\S+|ENOTFOUND \S*(?:://|\$|@|,|=)|lookup (?:https?|tcp)(?: on|:)"
    r"|lookup [\w.-]+:\d{2,5}\b|host ?name \"\" |getaddrinfo ENOTFOUND\s*$"
    r"|translate host name \"[^\"]*[@:/ ][^\"]*\"",
    re.IGNORECASE,
)


def read(scene: Scene) -> Iterator[Clue]:
    if scene.pulling:
        return
    for clue in read_signs(scene, UNREACHABLE):
        yield _settled(scene, clue)
    for item, _ in scene.matches(_LOOKUP):
        if not _NO_LOOKUP.search(item.text):
            yield _settled(scene, _lookup(scene, item))
    for number, one in enumerate(scene.symptoms.neighbours):
        if not one.well:
            yield scene.clue(
                _DEP,
                USUAL if scene.printed else HINT,
                scene.evidence.find(f"neighbour-{number}"),
                because=f"{one.name}, which it talks to, is not well",
            )


def _lookup(scene: Scene, item: Item) -> Clue:
    """A name that does not resolve: its value is malformed, what is behind it is down, or resolution is broken."""
    others = [
        one
        for one in scene.evidence.of(Source.EVENT, Source.LOG, Source.NEIGHBOUR, Source.CHANGE, Source.STATE)
        if one is not item
    ]
    malformed = next((one for one, _ in scene.matches(_LOOKUP) if _MALFORMED.search(one.text)), None)
    if malformed is not None:
        return scene.clue(
            Cause.INVALID_CONFIG,
            SPECIFIC + 0.3,
            malformed,
            because="the host it looks up is no host name: the value is malformed",
            remedy=RemedyClass.SET_ENV,
        )
    up = next(
        (
            one
            for one in others
            if _UP.search(one.text) and not _NOT_UP.search(one.text) and one.source is not Source.LOG
        ),
        None,
    )
    down = next(
        (one for one in others if _DOWN.search(one.text) and one.source in (Source.EVENT, Source.NEIGHBOUR)), None
    )
    if down is not None and up is None:
        return scene.clue(
            _DEP,
            SPECIFIC + 0.3,
            item,
            down,
            because="the name does not resolve because what is behind it is not up",
            remedy=RemedyClass.FIX_DEPENDENCY,
        )
    remedy = RemedyClass.RESTART if up is not None else RemedyClass.FIX_NETWORK
    because = (
        "the name does not resolve although what is behind it is up" if up is not None else "the name does not resolve"
    )
    quieter = (0.6 if scene.evidence.tones[item.id] <= 2 else 0) + scene.past(item)
    return scene.clue(_DNS, SPECIFIC + 0.1 - quieter, item, up, because=because, remedy=remedy)


def _settled(scene: Scene, clue: Clue) -> Clue:
    """A service that did answer later on was not the end of it."""
    if clue.order < scene.last_success:
        return replace(clue, weight=clue.weight - 1.2)
    return clue
