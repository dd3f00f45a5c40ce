"""What goes wrong on the way: errors, delays and cut connections, by route and count."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass
class Fault:
    """`route` is "METHOD /path" with shell wildcards ("POST /api/deployments/create", "* /api/*").

    `times` is how often it strikes; None is until cleared. `drop` is "before" (nothing was done) or "after" (the work
    was done and the reply is lost).
    """

    route: str
    times: int | None = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: str | None = None
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.times is not None and self.struck >= self.times


@dataclass
class Faults:
    """All faults set; the first one that fits a request strikes."""

    active: list[Fault] = field(default_factory=list)

    def fail(self, route: str, status: int = 500, body: Any = None, *, times: int | None = 1, **headers: str) -> Fault:
        """Answers with `status` without doing anything; a str body is sent as text, else as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._add(Fault(route, times, status, {"error": "fault"} if body is None else body, named))

    def delay(self, route: str, seconds: float, *, times: int | None = 1) -> Fault:
        return self._add(Fault(route, times, delay=seconds))

    def drop_before(self, route: str, *, times: int | None = 1) -> Fault:
        """Cuts the connection; the request never arrived."""
        return self._add(Fault(route, times, drop="before"))

    def drop_after(self, route: str, *, times: int | None = 1) -> Fault:
        """Does the work, then cuts the connection."""
        return self._add(Fault(route, times, drop="after"))

    def no_stream(self) -> Fault:
        """An older server: the stream route does not exist."""
        body = {"message": "Route GET not found", "error": "Not Found", "statusCode": 404}
        return self.fail("GET */stream", 404, body, times=None)

    def clear(self) -> None:
        self.active.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, counted."""
        for fault in self.active:
            verb, _, pattern = fault.route.partition(" ")
            if not fault.spent and fnmatchcase(method, verb) and fnmatchcase(path, pattern):
                fault.struck += 1
                return fault
        return None

    def _add(self, fault: Fault) -> Fault:
        self.active.append(fault)
        return fault
