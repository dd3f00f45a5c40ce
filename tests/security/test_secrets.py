"""Where a password could end up: what a model is sent, what the API and the page say, the log, the files, the process
list. It belongs into the wish (`kubelite.db`) and into an export that is asked for; nowhere else."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

from tests.e2e.product import Product
from tests.openai_server import OpenAIServer, Reply, Say, Use
from tests.security.conftest import SECRET, VAULT, bearer, server

KEY = "sk-test-0123456789abcdefghijkl"
LOOKS = ("describe", "history", "events", "status", "logs", "metrics", "diff")
"""Tools that are given an app and show something of it."""


def asked(product: Product) -> str:
    """All that the API says about the app, one after the other."""
    said = [json.dumps(product.ask(f"{tool} vault")) for tool in (*LOOKS, "export")]
    with server(product) as client:
        body = {"arguments": {"app": "vault"}}
        said += [client.post(f"/api/tools/{tool}", headers=bearer(product), json=body).text for tool in LOOKS]
        said += [client.get(path, headers=bearer(product)).text for path in ("/api/state", "/metrics", "/readyz")]
    return "\n".join(said)


def command_line(product: Product) -> str:
    """As `ps` shows it to everybody."""
    assert product.process is not None
    return Path(f"/proc/{product.process.pid}/cmdline").read_text()


def test_the_token_is_not_sent_to_a_proxy_of_the_environment(product: Product) -> None:
    proxied = Product(product.home, {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"})
    ended = proxied.command("status", "--json")
    assert (ended.returncode, "vault" in ended.stdout) == (0, True), ended.stderr


async def test_secrets_stay_where_they_belong(tmp_path: Path) -> None:
    script: list[Reply] = []
    for tool in (*LOOKS, "export_manifest"):
        script += [Use([(tool, {"app": "vault"})]), Say("There it is.")]
    async with OpenAIServer(script).running() as model:
        environment = {"KUBELITE_RUNTIME": "simulator", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": KEY}
        product = Product(tmp_path / "home", environment)
        await asyncio.to_thread(product.start)
        try:
            with server(product) as client:
                body = {"arguments": {"yaml": VAULT}}
                client.post("/api/tools/apply_manifest", headers=bearer(product), json=body)
            said = await asyncio.to_thread(asked, product)
            arguments = command_line(product)
        finally:
            product.end(signal.SIGTERM)
    sent = json.dumps(model.requests)
    token = (product.home / "token").read_text().strip()
    assert len(model.requests) == 2 * len((*LOOKS, "export"))
    assert "(hidden)" in sent
    for place in (sent, said, product.log, arguments, (product.home / "chat.db").read_bytes().decode("latin-1")):
        for secret in (SECRET, KEY, token, (product.home / "auth_secret").read_text().strip()):
            assert secret not in place
    files = [path for path in product.home.iterdir() if path.is_file()]
    assert {path.name for path in files if path.stat().st_mode & 0o077} == set()
