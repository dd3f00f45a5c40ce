"""The pretended machine's host ports and pod addresses: who holds which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from app.core.errors import Permanent
from app.core.objects import ObjectKey
from app.core.pods import PodId, PublishedPort
from app.core.template import Protocol

HOST = "127.0.0.1"
FIRST_PORT = 20000
LAST_PORT = 60999
FIRST_SERVICE_PORT = 30000
LAST_SERVICE_PORT = 32767

_ADDRESSES = 2**16
_RESERVED = 10
"""The first addresses of the network: its own, the gateway's."""

Owner = PodId | ObjectKey


@dataclass(slots=True)
class HostPorts:
    """Numbers given back are given out again only after all others."""

    _owners: dict[tuple[Protocol, int], Owner] = field(default_factory=dict)
    _next: int = FIRST_PORT

    def take(self, owner: Owner, protocol: Protocol, asked: int | None) -> int:
        """The number asked for, or a free one. Raises `Permanent` (PortInUse)."""
        number = self._free(FIRST_PORT, LAST_PORT, self._next, protocol) if asked is None else asked
        if asked is None:
            self._next = FIRST_PORT if number >= LAST_PORT else number + 1
        self.hold(owner, protocol, number)
        return number

    def take_for_service(self, owner: ObjectKey, protocol: Protocol, asked: int) -> int:
        """As `take`, with 0 for any, which comes from the range of node ports."""
        number = asked or self._free(FIRST_SERVICE_PORT, LAST_SERVICE_PORT, FIRST_SERVICE_PORT, protocol)
        self.hold(owner, protocol, number)
        return number

    def hold(self, owner: Owner, protocol: Protocol, number: int) -> None:
        """Raises `Permanent` (PortInUse) where another one holds it."""
        other = self._owners.setdefault((protocol, number), owner)
        if other != owner:
            whose = f"{other.name} of {other.app}" if isinstance(other, PodId) else str(other)
            raise Permanent(
                f"Bind for {HOST}:{number} failed: port is already allocated (by {whose})", reason="PortInUse"
            )

    def free(self, owner: Owner, ports: Iterable[tuple[Protocol, int]]) -> None:
        for port in ports:
            if self._owners.get(port) == owner:
                del self._owners[port]

    def _free(self, first: int, last: int, begin: int, protocol: Protocol) -> int:
        for number in chain(range(begin, last + 1), range(first, begin)):
            if (protocol, number) not in self._owners:
                return number
        raise Permanent(f"no free port between {first} and {last} is left", reason="PortInUse")


@dataclass(slots=True)
class Addresses:
    """Of the pods' network, 10.244.0.0/16."""

    _held: set[str] = field(default_factory=set)
    _next: int = _RESERVED

    def take(self) -> str:
        """Raises `Permanent` (InvalidConfig) when all are taken."""
        for _ in range(_ADDRESSES):
            number, self._next = self._next, max(_RESERVED, (self._next + 1) % _ADDRESSES)
            address = f"10.244.{number >> 8}.{number & 255}"
            if address not in self._held:
                self._held.add(address)
                return address
        raise Permanent("no address is left in the pods' network 10.244.0.0/16", reason="InvalidConfig")

    def hold(self, address: str) -> None:
        if address:
            self._held.add(address)

    def free(self, address: str) -> None:
        self._held.discard(address)


def held(ports: Iterable[PublishedPort]) -> list[tuple[Protocol, int]]:
    return [(port.protocol, port.host_port) for port in ports]
