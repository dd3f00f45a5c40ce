"""Who is there. The Jupyter way: a token in the data directory is the local admin; the link in the terminal carries it
once and leaves a signed cookie. A shell sends the same token as `Authorization: Bearer`.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.agent.turns import Person
from app.core.approvals import Role
from app.settings import Settings
from app.web.context import backend
from app.web.hosts import WILDCARDS

ADMIN = "admin"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>KubeLite</title><link rel="stylesheet" href="/public/kubelite/kubelite.css"><body class="kl kl-plain">
<main><h1>Not logged in</h1><p>{text}</p></main></body></html>"""
WRONG = (
    "This login link is not valid. The right one is printed in the terminal where KubeLite was started; "
    "<code>kubelite doctor</code> prints it again."
)

router = APIRouter()


def login_link(settings: Settings, port: int, token: str) -> str:
    """The link to print in the terminal. A wildcard bind address is shown as the loopback one."""
    host = "127.0.0.1" if settings.host in WILDCARDS else settings.host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/enter?token={quote(token, safe='')}"


def token_is_right(given: str, token: str) -> bool:
    """In constant time; an empty token is never right."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def admin_user() -> Any:
    """Chainlit's user value of the local admin."""
    import chainlit as cl

    return cl.User(identifier=ADMIN, metadata={"role": Role.ADMIN.value, "provider": "token"})


def check_password(username: str, password: str) -> Any:
    """The plain login form: user `admin`, the token as password. None when wrong."""
    if username.strip() == ADMIN and token_is_right(password.strip(), backend().home.token):
        return admin_user()
    return None


def person_of(user: Any) -> Person:
    """From Chainlit's user; an unknown or missing role may only look."""
    role = (user.metadata or {}).get("role", "")
    known = isinstance(role, str) and role in set(Role)
    return Person(user=user.identifier, role=Role(role) if known else Role.VIEWER)


async def identify(request: Request) -> Person:
    """FastAPI dependency of everything under `/api`: the bearer token or the login cookie, else 401."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() == "bearer" and token_is_right(given.strip(), backend().home.token):
            return Person(user=ADMIN, role=Role.ADMIN)
        raise HTTPException(401, "The bearer token is wrong; it is in the login link (`kubelite doctor` prints it).")
    if (person := from_cookie(request)) is not None:
        return person
    raise HTTPException(401, "Not logged in; open the login link in your terminal or send the token as bearer.")


def from_cookie(request: Request) -> Person | None:
    """The person of a valid login cookie. Reads the signed cookie only: no database at each poll.

    A cookie that is signed but holds something else (of another version of Chainlit) is no login either.
    """
    from chainlit.auth import decode_jwt, get_token_from_cookies
    from jwt import InvalidTokenError

    token = get_token_from_cookies(request.cookies)
    if not token:
        return None
    try:
        return person_of(decode_jwt(token))
    except (InvalidTokenError, KeyError, TypeError, ValueError):
        return None


@router.get("/enter", include_in_schema=False)
async def enter(request: Request, token: str = "") -> Response:
    """The login link: sets the cookie and goes to the page. Only as a navigation, so that no image can guess tokens."""
    request.scope["query_string"] = b""  # the server's access log reads it after us
    if request.headers.get("sec-fetch-dest", "document") != "document":
        return HTMLResponse(PAGE.format(text=WRONG), 400)
    if not token_is_right(token, backend().home.token):
        return HTMLResponse(PAGE.format(text=WRONG), 403)
    response = RedirectResponse("/", status_code=303)
    await _log_in(request, response)
    return response


async def _log_in(request: Request, response: Response) -> None:
    from chainlit.auth import create_jwt, set_auth_cookie
    from chainlit.data import get_data_layer

    user = admin_user()
    if (layer := get_data_layer()) is not None:
        await layer.create_user(user)
    set_auth_cookie(request, response, create_jwt(user))
