"""What a refusal of the deployment manager means, as pure functions: (status, body) becomes an error kind of ours.

The status alone does not tell: a deployment in the wrong state is answered with 500, and a create that is not valid
with a 400 that says nothing. Bodies come in three shapes: `{"error": ...}`, `{"message": ...}` and plain text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from app.core.errors import Permanent, PortError, Transient
from app.core.redact import redact

WRONG_STATE = "WrongState"
ARCHIVED = "Archived"
NOT_FOUND = "NotFound"
UNAUTHORIZED = "Unauthorized"
NOT_REVISABLE = "NotRevisable"
NO_FUNDS = "InsufficientFunds"

KEY_REFUSED = (
    "Nosana does not accept the API key: it may have been revoked or have run out. Make a new one at "
    "https://deploy.nosana.com (Account > API Keys), put it into NOSANA_API_KEY and start KubeLite again"
)

_WORDS = 300
_NO_MONEY = re.compile(r"insufficient (credits|funds|balance)|not enough credits", re.IGNORECASE)


def words_of(body: Any) -> str:
    """The server's own words in one line, bounded and without anything that looks like a secret."""
    if isinstance(body, dict):
        told = body.get("message") or body.get("error") or ""
        body = told if isinstance(told, str) else json.dumps(told)
    line = " ".join(str(body or "").split())
    if line.startswith("<"):
        return "a web page instead of an answer"
    return redact(line[:_WORDS])


def retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header; its date form is left to our own pace."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return min(max(seconds, 0.0), 3600.0)


def classify(status: int, body: Any, wait: float | None = None) -> PortError:
    """The error a refused call stands for, in plain words followed by the server's own."""
    words = words_of(body)
    said = f": {words}" if words else f" (status {status})"
    if status in (401, 403):
        return Permanent(f"{KEY_REFUSED}{said}.", reason=UNAUTHORIZED)
    if status == 402 or _NO_MONEY.search(words):
        return Permanent(f"The Nosana account has not enough credits{said}.", reason=NO_FUNDS)
    if "incorrect state" in words:
        return Permanent("The deployment is in a state in which Nosana does not do this.", reason=WRONG_STATE)
    if "archived deployment" in words:
        return Permanent("The deployment is archived for good: Nosana changes nothing of it.", reason=ARCHIVED)
    if status == 404:
        return Permanent(f"Nosana does not know this{said}", reason=NOT_FOUND)
    if status == 413:
        return Permanent("The job definition is larger than Nosana takes (1 MiB).", reason="InvalidConfig")
    if status == 429:
        return Transient("Nosana asks for fewer requests.", reason="TooManyRequests", retry_after=wait)
    if status >= 500:
        return Transient(f"Nosana's server failed{said}", reason="ServerError", retry_after=wait)
    if 300 <= status < 400:
        return Permanent("Nosana's API answers with a redirect: is NOSANA_API_URL right?", reason="WrongAddress")
    return Permanent(f"Nosana refuses the request{said}", reason="InvalidConfig")
