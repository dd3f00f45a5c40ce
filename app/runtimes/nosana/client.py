"""A small client of Nosana's HTTP API: the key, timeouts, pages, retries of reads, and error kinds in one place.

Only reads are tried again by themselves. A write whose reply was lost may have happened: `Transient` (ReplyLost), and
whoever asked looks first. The key goes into the header of this API's requests and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.ports.clock import Clock
from app.runtimes.nosana.faults import classify, retry_after

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WRITE_SECONDS = 60.0
"""A create pins the definition and lists jobs before it answers."""
READS = 3
PATIENCE = 5.0
"""Seconds of a `Retry-After` that are waited out at once; more is for the caller."""
PAGE = "100"
PAGES = 500
"""A list that never ends is a fault of the server, not work."""

M = TypeVar("M", bound=BaseModel)


class _Bearer(httpx.Auth):
    """Puts the key into the header of each request; neither repr nor pickle of a client shows it."""

    def __init__(self, key: str) -> None:
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Permanent("NOSANA_API_KEY has characters that no key has; copy it again.", reason="Unauthorized")
        self.__value = f"Bearer {key}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self.__value
        yield request


class ManagerClient:
    """Speaks to one manager. Raises `Unreachable`, `Transient` and `Permanent` only."""

    def __init__(
        self, api_url: str, api_key: str, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._clock = clock
        self._base = api_url.rstrip("/")
        self._http = httpx.AsyncClient(
            auth=_Bearer(api_key),
            transport=transport,
            headers={"Accept": "application/json"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, attempts: int = READS) -> Any:
        """The JSON of a read, tried again where that may help."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=_pause,
            retry=retry_if_exception(_worth_retrying),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return await retrying(self._once, "GET", path, params, None)

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of a write, None where the reply is empty. Without a `body` nothing is sent, and no content type:
        the server takes an empty body with one for malformed."""
        return await self._once(method, path, None, body)

    async def reach(self) -> None:
        """Raises `Unreachable` when the API does not answer; any answer will do."""
        try:
            await self.get("/credits/balance", attempts=1)
        except Unreachable:
            raise
        except PortError:
            return

    async def pages(self, path: str, field: str, params: Mapping[str, str] | None = None) -> AsyncIterator[list[Any]]:
        """Page after page of a list, the newest first unless `sort_order` says otherwise. A cursor that the server
        does not take any more is `Transient`: whoever wants all begins again."""
        query = {"limit": PAGE, **(params or {})}
        for _ in range(PAGES):
            reply = await self.get(path, query, attempts=1 if "cursor" in query else READS)
            if not isinstance(reply, dict):
                raise _unexpected(path)
            yield list(reply.get(field) or ())
            cursor = (reply.get("pagination") or {}).get("cursor_next")
            if not cursor or cursor == query.get("cursor"):
                return
            query["cursor"] = str(cursor)

    async def everything(self, path: str, field: str, params: Mapping[str, str] | None = None) -> list[Any]:
        """All pages together; begun once more where a cursor was refused midway."""
        for last in (False, True):
            found: list[Any] = []
            try:
                async for page in self.pages(path, field, params):
                    found += page
            except Transient as error:
                if last or isinstance(error, Unreachable) or not found:
                    raise
                continue
            return found
        raise AssertionError("the second round returns or raises")

    @asynccontextmanager
    async def open_stream(self, path: str, silence: float) -> AsyncIterator[httpx.Response]:
        """An answer that goes on; `silence` = the longest pause between two pieces in seconds."""
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, read=silence)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        try:
            async with self._http.stream("GET", self._base + path, headers=headers, timeout=timeout) as response:
                if response.status_code >= 300:
                    raise classify(response.status_code, _decoded(await response.aread()))
                yield response
        except httpx.HTTPError as error:
            raise Unreachable("The stream of news from Nosana was lost.") from error

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> Any:
        seconds = READ_SECONDS if method == "GET" else WRITE_SECONDS
        try:
            response = await self._http.request(
                method,
                self._base + path,
                params=params,
                json=body,
                timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _lost(method, error) from error
        answer = _decoded(response.content)
        if response.is_success:
            if isinstance(answer, str) and answer:
                raise Unreachable("What answers at NOSANA_API_URL is not Nosana's API.", reason="WrongAddress")
            return answer or None if response.status_code == 204 else answer
        raise classify(response.status_code, answer, retry_after(response.headers.get("Retry-After")))


def read(model: type[M], reply: Any, what: str) -> M:
    """A reply as `model`. Raises `Transient` naming the first field that is not as it should be, never its value."""
    try:
        return model.model_validate(reply)
    except (ValidationError, ValueError, TypeError) as error:
        where = ""
        if isinstance(error, ValidationError):
            where = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
        # `from None`: pydantic's text quotes what was read, and that may hold a definition with secrets.
        raise _unexpected(what, where) from None


def _unexpected(what: str, where: str = "") -> Transient:
    at = f" at {where}" if where else ""
    return Transient(f"Nosana's reply ({what}) cannot be read{at}.", reason="UnexpectedReply")


def _lost(method: str, error: Exception) -> PortError:
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Permanent("NOSANA_API_URL is no web address.", reason="WrongAddress")
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if method == "GET" or never_sent:
        how = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
        return Unreachable(f"Nosana's API {how}; what runs there goes on running. Is this machine online?")
    return Transient("Nosana's reply was lost, so it may have been done or not.", reason="ReplyLost")


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, Transient) and (error.retry_after or 0.0) <= PATIENCE


_backoff = wait_exponential(multiplier=0.25, max=2.0)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    told = error.retry_after if isinstance(error, Transient) else None
    return told if told is not None else _backoff(state)


def _decoded(data: bytes) -> Any:
    if not data:
        return None
    text = data.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
