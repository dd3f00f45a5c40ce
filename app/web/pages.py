"""The HTML pages: Chainlit's template without its links to public hosts, and the dashboard."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.web.environment import PROJECT_ROOT
from app.web.login import from_cookie

EXTERNAL = re.compile(r'<(?:link|meta)\b[^>]*(?:href|content)="https?://[^"]*"[^>]*>', re.DOTALL)
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
LOAD_AGAIN = """<script>
      {
        const key = 'kubelite-again';
        let missing = false;
        addEventListener('error', (event) => {
          const again = Number(sessionStorage.getItem(key));
          const part = event.target.matches?.('script, link[rel=stylesheet]') && document.readyState !== 'complete';
          if (!part || missing || again >= 5) return;
          missing = true;
          sessionStorage.setItem(key, again + 1);
          location.reload();
        }, true);
        addEventListener('load', () => missing || sessionStorage.removeItem(key));
      }
    </script>"""
"""A page that lacks a script stays dead or half dead, so it is loaded again, five times at most. Chromium gives up what
it loads when a network of this machine changes, and Docker changes one with every container that starts or stops."""

router = APIRouter(include_in_schema=False)
_hashes: tuple[str, ...] = ()


def local_only() -> None:
    """Takes every link to a public host out of Chainlit's page, and adds what loads it again when a part is missing.

    Its font and its formula style come from a CDN and block the script: where packets are dropped, the page does not
    appear for a minute.
    """
    import chainlit.server as server

    original = server.get_html_template

    def stripped(root_path: str) -> str:
        return EXTERNAL.sub("", original(root_path)).replace("<head>", f"<head>\n    {LOAD_AGAIN}", 1)

    server.get_html_template = stripped
    global _hashes  # noqa: PLW0603
    _hashes = hashes_of(stripped("/"))


def hashes_of(html: str) -> tuple[str, ...]:
    """CSP sources of the page's inline scripts, so that no other inline script runs."""
    return tuple(
        "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        for body in INLINE_SCRIPT.findall(html)
    )


def script_hashes() -> tuple[str, ...]:
    return _hashes


@router.get("/dashboard")
async def dashboard(request: Request) -> Response:
    """The board alone, for a monitor on the wall."""
    if from_cookie(request) is None:
        return RedirectResponse("/login", status_code=303)
    return HTMLResponse((PROJECT_ROOT / "public" / "kubelite" / "dashboard.html").read_text(encoding="utf-8"))
