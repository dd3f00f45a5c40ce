"""The API of a host: what its containers do and use, while a job runs there.

Each call carries a header that the manager signs for the job's owner; our key never goes to a host. A host may be gone
while the chain still shows its job as running: then it does not answer, and that is said (`Transient`, HostGone).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from app.core.errors import Transient
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient

SECONDS = 5.0
HEADER_SECONDS = 600.0
"""How long a signed header is used: hosts refuse one older than the job's time, which is an hour or more."""


class NodeClient:
    def __init__(
        self,
        client: ManagerClient,
        clock: Clock,
        node_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._url = node_url
        self._headers: dict[str, tuple[float, str]] = {}
        self._http = httpx.AsyncClient(transport=transport, timeout=SECONDS)

    def base(self, node: str) -> str:
        """Where a host's API is."""
        return self._url.replace("{node}", node).rstrip("/")

    async def header(self, deployment: str, *, fresh: bool = False) -> str:
        """The signed header for jobs of a deployment."""
        at, header = self._headers.get(deployment, (0.0, ""))
        if fresh or not header or self._clock.now() - at > HEADER_SECONDS:
            reply = await self._client.get(f"/deployments/{deployment}/header", {"includeTime": "true"})
            header = str(reply.get("header") or "") if isinstance(reply, dict) else ""
            if not header:
                raise Transient("Nosana signed no header for the host's API.", reason="UnexpectedReply")
            self._headers = {name: kept for name, kept in self._headers.items() if self._clock.now() - kept[0] < 3600}
            self._headers[deployment] = (self._clock.now(), header)
        return header

    async def ops(self, deployment: str, node: str, job: str) -> dict[str, str]:
        """Each container's state in the host's words; empty where it does not know them."""
        return states_of(await self._get(deployment, node, f"/job/{job}/ops"))

    async def stats(self, deployment: str, node: str, job: str, start: float, end: float) -> Any:
        """Samples of the containers' usage between two moments (epoch seconds)."""
        params = {"start": str(int(start * 1000)), "end": str(int(end * 1000))}
        return await self._get(deployment, node, f"/job/{job}/stats", params)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _get(self, deployment: str, node: str, path: str, params: Mapping[str, str] | None = None) -> Any:
        for fresh in (False, True):
            headers = {"authorization": await self.header(deployment, fresh=fresh)}
            try:
                response = await self._http.get(self.base(node) + path, params=params, headers=headers)
            except httpx.HTTPError as error:
                raise gone(node) from error
            if response.status_code not in (401, 403):
                break
        if not response.is_success:
            raise gone(node, response.status_code)
        try:
            return response.json()
        except ValueError:
            return None


def gone(node: str, status: int | None = None) -> Transient:
    """The sentence for a host that does not answer as it should."""
    if status is None or status in (502, 503, 504):
        return Transient(
            f"The host {node} does not answer; it may be gone, though the network still counts it.", reason="HostGone"
        )
    return Transient(f"The host {node} answers with status {status} instead of what was asked.", reason="HostRefused")


def states_of(reply: Any) -> dict[str, str]:
    """`{"web": "running"}` from any of the forms in which hosts tell it."""
    if isinstance(reply, Mapping):
        if isinstance(inner := reply.get("ops") or reply.get("opStates"), list | Mapping):
            return states_of(inner)
        return {
            str(name): _word(told.get("status") if isinstance(told, Mapping) else told) for name, told in reply.items()
        }
    if isinstance(reply, list):
        named = [
            (one.get("operationId") or one.get("opId") or one.get("id"), one)
            for one in reply
            if isinstance(one, Mapping)
        ]
        return {str(name): _word(one.get("status")) for name, one in named if name}
    return {}


def _word(told: Any) -> str:
    return str(told or "").lower()
