"""The error tree. Library exceptions never cross a port: adapters turn them into one of these and chain the cause.

    KubeLiteError
    ├── UserError           the request is wrong; the message says what and how to mend it
    │   ├── InvalidInput    a value or a manifest is not valid
    │   ├── NotFound        no such app, approval, revision; carries near names
    │   ├── Conflict        somebody else changed it first, or it exists already
    │   └── Refused         the gate says no
    └── PortError           what an adapter may raise
        ├── Transient       try again, perhaps after `retry_after` seconds
        │   └── Unreachable the other side does not answer at all: unknown is not gone
        └── Permanent       trying again unchanged cannot help
Everything else that is raised is a bug: caught per key, counted, backed off.
"""

from __future__ import annotations

from collections.abc import Sequence


class KubeLiteError(Exception):
    """Base of all errors of ours; `str()` is one clear sentence for a person."""


class UserError(KubeLiteError):
    """The request cannot be done as asked; nothing was changed."""


class InvalidInput(UserError):
    """A value is not valid. `field` is a dotted path where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(UserError):
    """There is no such thing; `suggestions` are near names, best first."""

    def __init__(self, message: str, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


class Conflict(UserError):
    """The thing changed since it was read, or it is there already."""


class Refused(UserError):
    """The gate refuses the call: role, mode or rule."""


class PortError(KubeLiteError):
    """What an adapter may raise. `reason` is a CamelCase word for events and status."""

    def __init__(self, message: str, *, reason: str = "RuntimeError") -> None:
        super().__init__(message)
        self.reason = reason


class Transient(PortError):
    """May work when tried again; `retry_after` in seconds where the other side said so."""

    def __init__(self, message: str, *, reason: str = "RuntimeBusy", retry_after: float | None = None) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class Unreachable(Transient):
    """The other side does not answer. What was seen last stays; nothing is concluded from silence."""

    def __init__(self, message: str, *, reason: str = "RuntimeUnreachable") -> None:
        super().__init__(message, reason=reason)


class Permanent(PortError):
    """Trying again unchanged cannot help: bad image name, port taken, command missing."""
