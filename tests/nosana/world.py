"""The whole stand-in as one state machine in injected time: credits, markets, chain, hosts, manager, faults, records.

    world = NosanaWorld(clock.now)
    async with httpx.AsyncClient(transport=..., headers=world.headers()) as client: ...

Nothing runs by itself: every request, and `advance()`, first does all that was due up to `now()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.nosana.agenda import Agenda
from tests.nosana.behaviours import Behaviour
from tests.nosana.chain import Chain
from tests.nosana.credits import Account, Credits
from tests.nosana.faults import Faults
from tests.nosana.feed import Feed
from tests.nosana.hosts import Hosts
from tests.nosana.manager import Manager
from tests.nosana.markets import Host, Market, hosts_of, usual_markets
from tests.nosana.names import address, signature
from tests.nosana.records import Deployment, Job, OpRun, State
from tests.nosana.timings import Timings

KEY = "nos_standin_key_of_the_tests"
SECRET = "only-the-host-may-see-this"
"""What tests put into Secrets, so that it is looked for in every request."""
PLENTY = 100.0
"""USD on every new account."""


@dataclass
class Record:
    """One request: what came, and the status that went. No secret header is kept."""

    at: float
    method: str
    path: str
    query: str
    body: Any
    authorization: str
    """valid, missing or wrong"""
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    """None: the connection was cut, or the reply is not out yet."""

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    def shows(self, *texts: str) -> bool:
        """Whether one of these is anywhere in it, as it stands."""
        body = json.dumps(self.body, ensure_ascii=False)
        said = [self.path, self.query, body, *self.headers.values()]
        return any(text in part or json.dumps(text)[1:-1] in part for text in texts for part in said)


@dataclass(frozen=True)
class Refusal:
    """A request that the schema refused."""

    route: str
    why: str


@dataclass
class Quirks:
    """How this server differs: switches for tests."""

    newer: bool = False
    """Every reply carries fields, and the stream kinds, that no client knows."""
    refusal: str = "text"
    """Body of a 401: "text" (the manager), "message" or "error" (forms an edge may use)."""


class NosanaWorld:
    """`now()` gives seconds since the epoch; `speed` is how many of them pass per second of the running loop."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        timings: Timings | None = None,
        markets: list[Market] | None = None,
        credits_: float = PLENTY,
        seed: int = 1,
        speed: float = 1.0,
    ) -> None:
        self.now = now
        self.speed = speed
        self.seed = seed
        self.timings = timings or Timings()
        self.agenda = Agenda(now())
        self.feed = Feed()
        self.credits = Credits(self.agenda, credits_, self.timings.settle_lag)
        self.behaviours: dict[str, Behaviour] = {}
        self.hosts = Hosts(self.agenda, self.timings, self.behaviours)
        places = usual_markets() if markets is None else markets
        self.chain = Chain(self.agenda, self.timings, places, self.hosts, self.credits, seed)
        self.manager = Manager(self.agenda, self.timings, self.chain, self.feed, seed=seed)
        self.manager.pays = lambda key: key in self.keys
        self.manager.crashed = self._crash
        self.hosts.tunnel = self.manager.tunnel
        self.keys: dict[str, str] = {KEY: address("owner/one")}
        self.faults = Faults()
        self.quirks = Quirks()
        self.recorded: list[Record] = []
        self.refused: list[Refusal] = []
        self.ignored: list[tuple[str, str]] = []
        """(route, field) of every body field that the server does not know and passes over."""
        self.crashed: str | None = None
        self.bugs: list[str] = []
        """Exceptions of the stand-in's own code: every test that uses it ends with none."""
        self.jump: Callable[[float], None] | None = None
        self._turn = 0

    # --- time

    def advance(self) -> None:
        """Does everything that is due by now."""
        self.agenda.run(self.now())

    def next_at(self) -> float | None:
        """When something happens next by itself."""
        return self.agenda.next_at()

    # --- who asks

    def headers(self, key: str = KEY) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}

    def owner(self, key: str = KEY) -> str:
        return self.keys[key]

    def new_key(self, key: str, owner: str | None = None) -> str:
        """Another account's key, or one more of the same owner's. Returns the owner's address."""
        self.keys[key] = owner or address(f"owner/{key}")
        return self.keys[key]

    def revoke(self, key: str = KEY) -> None:
        """401 from now on, and deployments made with it can pay no more."""
        del self.keys[key]

    def signed(self, owner: str, message: str, with_time: bool) -> str:
        """A node-API header as the manager signs it."""
        stamp = f":{int(self.now() * 1000)}" if with_time else ""
        return f"{message}:{signature(f'{owner}/{message}')}{stamp}"

    def signed_by(self, header: str) -> str | None:
        """The owner whose signature this header is, or None."""
        parts = header.split(":")
        if parts[-1].isdigit():
            parts.pop()
        message = ":".join(parts[:-1])
        owners = {*self.keys.values(), *(job.owner for job in self.chain.jobs.values())}
        return next((owner for owner in sorted(owners) if signature(f"{owner}/{message}") == parts[-1]), None)

    # --- what tests look at

    @property
    def deployments(self) -> list[Deployment]:
        """All, oldest first, archived ones too; as of now."""
        self.advance()
        return list(self.manager.deployments.values())

    def jobs(self, deployment: str | None = None, *states: State) -> list[Job]:
        """Jobs in these states (all without), oldest first; as of now."""
        self.advance()
        return [
            job
            for job in self.chain.jobs.values()
            if (deployment is None or job.deployment == deployment) and (not states or job.state in states)
        ]

    def market(self, slug: str) -> Market:
        return next(market for market in self.chain.markets.values() if market.slug == slug)

    def account(self, key: str = KEY) -> Account:
        self.advance()
        return self.credits.accounts[self.keys[key]]

    def leaks(self, *secrets: str) -> list[Record]:
        """Requests that show one of these texts to the public: all but definitions of confidential deployments."""
        return [record for record in self.recorded if not self._private(record) and record.shows(*secrets)]

    def wrongs(self, *secrets: str) -> list[str]:
        """What no client may do, nor this stand-in: the end of every test of ours that uses one finds none. Refused for
        its form, a field passed over, a secret (or the key) shown to the public, a crash, a bug."""
        return [
            *(f"refused {one.route}: {one.why}" for one in self.refused),
            *(f"passed over {field} of {route}" for route, field in self.ignored),
            *(f"shown to the public by {record.route}" for record in self.leaks(KEY, SECRET, *secrets)),
            *([f"crashed: {self.crashed}"] if self.crashed is not None else []),
            *self.bugs,
        ]

    def requests(self, route: str) -> list[Record]:
        """Recorded requests whose "METHOD /path" begins with `route`."""
        return [record for record in self.recorded if record.route.startswith(route)]

    # --- what tests do to it

    def set_credits(self, spendable: float, key: str = KEY) -> None:
        """Changes what is assigned so that this much can be spent now."""
        self.advance()
        account = self.account(key)
        account.assigned = account.reserved + account.settled + spendable

    def claw_back(self, key: str = KEY) -> None:
        """The balance turns negative: the manager archives all of the owner's deployments."""
        self.advance()
        account = self.account(key)
        account.assigned = -1.0
        self.manager.ban(self.keys[key])

    def set_hosts(self, slug: str, count: int) -> None:
        """A market with `count` hosts: new ones are idle; idle ones leave first, then busy ones are lost."""
        self.advance()
        market = self.market(slug)
        while len(market.hosts) > count:
            host = next((host for host in market.hosts if host.job is None), market.hosts[-1])
            market.hosts.remove(host)
            if host.job is not None:
                self.lose_host(host.address)
        for host in hosts_of(market.address, count)[len(market.hosts) :]:
            known = self.hosts.hosts.setdefault(host.address, host)
            market.hosts.append(known if known.job is None else self._fresh(market, len(market.hosts)))
        self.chain.match(market.address)

    def lose_host(self, of: str) -> None:
        """The host (or the host of this job) goes dark: RUNNING on chain, dead for everyone else."""
        self.advance()
        host = self._host(of)
        host.lost_at = self.agenda.time
        job = self.chain.jobs.get(host.job or "")
        if job is not None:
            self.hosts.lose(job)

    def find_host(self, of: str) -> None:
        """The lost host is back, its containers with it if their job still runs."""
        self.advance()
        host = self._host(of)
        host.lost_at = None
        job = self.chain.jobs.get(host.job or "")
        if job is not None:
            self.hosts.find(job)
        self.chain.match(host.market)

    def say(self, job: str, text: str, op: str | None = None, kind: str = "stdout") -> None:
        """A container of the job prints a line."""
        self.advance()
        record = self.chain.jobs[job]
        run = op_of(record, op)
        assert run is not None, f"job {job} has no op {op}"
        self.hosts.log(record, run, text, kind)

    def watch_tunnels(self, watched: bool = True) -> None:
        """Whether the network reacts to lost tunnels by itself."""
        self.manager.watches_tunnels = watched

    def skip(self, seconds: float) -> None:
        """Lets time jump, where the clock can (`serve`, e2e); what was due meanwhile happens at its own moments."""
        assert self.jump is not None, "this world's clock cannot jump"
        self.jump(seconds)
        self.advance()

    # --- the inside

    def refuse(self, route: str, why: str) -> None:
        self.refused.append(Refusal(route, why))

    def _private(self, record: Record) -> bool:
        """Whether the body is a definition that only the manager and the host get to see."""
        if record.route == "POST /api/deployments/create":
            return isinstance(record.body, dict) and record.body.get("confidential") is True
        name = record.path.removesuffix("/create-revision").rpartition("/")[2]
        deployment = self.manager.deployments.get(name)
        return record.path.endswith("/create-revision") and deployment is not None and deployment.confidential

    def turn(self) -> int:
        """Counts up: which replica the balancer takes next."""
        self._turn += 1
        return self._turn

    def _host(self, of: str) -> Host:
        job = self.chain.jobs.get(of)
        return self.hosts.hosts[of if job is None else str(job.node)]

    def _fresh(self, market: Market, number: int) -> Host:
        host = hosts_of(market.address, 1, first=1000 + len(self.hosts.hosts) + number)[0]
        self.hosts.hosts[host.address] = host
        return host

    def _crash(self, why: str) -> None:
        self.crashed = why
        self.refuse("crash", why)


def op_of(job: Job, op_id: str | None) -> OpRun | None:
    """The named op of a job, or its first container."""
    if op_id is not None:
        return job.op(op_id)
    return next((op for op in job.ops if op.kind == "container/run"), None)
