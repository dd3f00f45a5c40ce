"""Secrets in running text: by shape, by place, by name, over line ends and inside base64; and no others."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.redact import E_MAIL, HIDDEN, SHAPES, TOKEN_SHAPES, redact, spans


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LONG = "Ab3" * 20
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{LONG}\n{LONG}\n-----END RSA PRIVATE KEY-----"
TOKENS = {
    "private key": KEY,
    "OpenAI or Anthropic key": "sk-proj-" + LONG[:30],
    "GitHub token": "ghp_" + LONG[:36],
    "GitLab token": "glpat-" + LONG[:20],
    "Slack token": "xoxb-12345678-" + LONG[:12],
    "Slack webhook": "hooks.slack.com/services/T00/B00/" + LONG[:20],
    "AWS key id": "AKIA" + "A1B2" * 4,
    "Google API key": "AIza" + LONG[:35],
    "Google client secret": "GOCSPX-" + LONG[:28],
    "JSON web token": f"eyJ{LONG[:20]}.eyJ{LONG[:20]}.{LONG[:20]}",
    "Hugging Face token": "hf_" + LONG[:34],
    "Nosana key": "nos_" + LONG[:32],
    "npm token": "npm_" + LONG[:36],
    "PyPI token": "pypi-" + LONG[:40],
    "Docker token": "dckr_pat_" + LONG[:27],
    "Stripe key": "sk_live_" + LONG[:24],
    "SendGrid key": f"SG.{LONG[:22]}.{LONG[:43]}",
    "DigitalOcean token": "dop_v1_" + "0a1b" * 16,
    "Vault token": "hvs." + LONG[:24],
    "age key": "AGE-SECRET-KEY-1" + "Q2Z" * 19,
    "Telegram token": "123456789:AA" + LONG[:33],
}
PLACES = {
    "password in a URL": ("postgres://app:hunter2@db:5432/x", "hunter2"),
    "authorization header": ("Authorization: Bearer abc-def_123", "abc-def_123"),
    "cookie": ("Set-Cookie: sid=abc123; Path=/", "sid=abc123; Path=/"),
    "e-mail": ("mail to ann.b+x@mail.example.com, please", "ann.b+x@mail.example.com"),
    "value of a secret name": ("DB_PASSWORD=hunter2", "hunter2"),
    "option with a secret name": ("login --password hunter2 now", "hunter2"),
    "variable of a manifest": ("- name: DB_PASSWORD\n  value: hunter2\n", "hunter2"),
    "value of a Secret manifest": ("kind: Secret\ndata:\n  a: aGk=\n", "aGk="),
}


def test_every_shape_has_an_example() -> None:
    assert {*TOKENS, *PLACES} == set(SHAPES)
    assert len(SHAPES) >= 15


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("around", ["{}", "key is {}.", '"{}",', "({})", "x={}\n", "GET /?a={}&b=2"])
def test_tokens(kind: str, around: str) -> None:
    token = TOKENS[kind]
    shown = redact(around.format(token))
    assert HIDDEN in shown
    assert token[-12:] not in shown


@pytest.mark.parametrize("kind", TOKENS)
def test_tokens_in_base64_once_and_twice(kind: str) -> None:
    once = _b64(f"the key is {TOKENS[kind]} ok")
    for text in (once, _b64(once), f"data: {once}\nmore"):
        assert redact(text).replace("data: ", "").replace("\nmore", "") == HIDDEN


@pytest.mark.parametrize("kind", [kind for kind in TOKENS if kind != "Slack webhook"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\\\n", "\n    "])
def test_tokens_over_a_line_end(kind: str, end: str) -> None:
    token = TOKENS[kind]
    cut = token[:10] + end + token[10:] if kind != "private key" else token.replace("\n", end)
    shown = redact(f"it is\n{cut}\nand more words here")
    assert token[-10:] not in shown
    assert shown.startswith("it is\n")
    assert shown.endswith("and more words here")


def test_base64_wrapped_at_76() -> None:
    wrapped = base64.encodebytes(f"config\n{KEY}\nend of it\n".encode()).decode()
    assert redact(f"file:\n{wrapped}") in (f"file:\n{HIDDEN}", f"file:\n{HIDDEN}\n")


@pytest.mark.parametrize("kind", PLACES)
def test_places(kind: str) -> None:
    text, secret = PLACES[kind]
    assert redact(text) == text.replace(secret, HIDDEN)
    assert [span.kind for span in spans(text)] == [kind]


def test_a_kind_can_be_left() -> None:
    assert redact("ann@example.com TOKEN=abc1", but=(E_MAIL,)) == f"ann@example.com TOKEN={HIDDEN}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"password": "two words", "user": "ann"}', f'{{"password": "{HIDDEN}", "user": "ann"}}'),
        ("password: hunter\nuser: ann\n", f"password: {HIDDEN}\nuser: ann\n"),
        ("PASSWORD='it is'", f"PASSWORD='{HIDDEN}'"),
        ("--token=abc", f"--token={HIDDEN}"),
        ("Server=db;User Id=sa;Password=S3cr;Encrypt=yes", f"Server=db;User Id=sa;Password={HIDDEN};Encrypt=yes"),
        ("https://x/?user=1&access_token=abc&n=2", f"https://x/?user=1&access_token={HIDDEN}&n=2"),
        ("AccountName=a;AccountKey=bG9uZw==", f"AccountName=a;AccountKey={HIDDEN}"),
        ("redis://:pw@h:1 amqp://a:b@c", f"redis://:{HIDDEN}@h:1 amqp://a:{HIDDEN}@c"),
        ("password => 'x1y2'", f"password => '{HIDDEN}'"),
        ('unclosed TOKEN="abc def', f"unclosed TOKEN={HIDDEN} def"),
        ("-----BEGIN PRIVATE KEY-----\\nAbC\\n-----END PRIVATE KEY-----", HIDDEN),
    ],
)
def test_values_of_secret_names(text: str, shown: str) -> None:
    assert redact(text) == shown


HARMLESS = [
    "scale web to 5",
    "Deployed **web** from nginx:1.27 with 3 replicas; 3 of 3 ready.",
    "nginx@sha256:" + "0a1b2c3d" * 8,
    "registry.example.com:5000/team/api:v1.2.3-rc.1",
    "pod web-7f9c4d5b6-x2x9z restarted, exit code 137 (OOMKilled)",
    "git clone git@github.com:owner/repo.git",
    "Error: unexpected token: }",
    "token: invalid",
    "the password for web is wrong",
    "max_tokens=100, tokens=33",
    "secretName: web-tls",
    "secretKeyRef: {name: creds, key: user}",
    "PASSWORD_FILE=/run/secrets/pw",
    "POSTGRES_PASSWORD=$PGPASS and TOKEN=${TOKEN} and KEY=<your key>",
    "password=true token=null",
    "Secret default/creds created",
    "show secrets; delete the secret creds",
    "key: value",
    "monkey=1 keyboard=us AUTHOR=ann",
    "basic setup, bearer of news",
    "http://127.0.0.1:32768/healthz and http://host:80/a@b",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256 " + "ab12" * 16,
    "kind: ConfigMap\ndata:\n  a: b\n",
    "kind: SealedSecret\nspec:\n  data:\n    a: b\n",
    "2026-01-31T09:41:07Z INFO request GET /api/state 200 12ms",
    "der Schlüssel ist falsch, 密码错误, パスワードが違います",
    _b64("just some long text that is nothing at all, only words"),
    "/usr/share/nginx/html/index.html",
    "max-age=3600, public-key: none, partition key=user",
    "apps: web, api, redis. Delete them?",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    found = spans(text)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.text(alphabet="ab:=\n \"'{}-0", max_size=60), st.sampled_from(list(TOKENS)), st.sampled_from(" \n\t,"))
def test_a_token_is_found_in_any_text(text: str, kind: str, edge: str) -> None:
    token = TOKENS[kind]
    assert token not in redact(f"{text}{edge}{token}{edge}{text}")


@given(st.sampled_from([text for text, _ in PLACES.values()]))
def test_what_is_hidden_stays_as_it_is(text: str) -> None:
    assert redact(redact(text)) == redact(text)


SIZE = 150_000


def _repeated(text: str, size: int) -> str:
    return text * (size // len(text))


WORST: dict[str, Callable[[int], str]] = {
    **{f"tokens {shape.kind}": partial(_repeated, shape.hints[0]) for shape in TOKEN_SHAPES},
    "one letter": lambda n: "a" * n,
    "spaces": lambda n: " " * n,
    "line ends": lambda n: "\n" * n,
    "assignments": lambda n: "a=" * (n // 2),
    "secret names": lambda n: "password=" * (n // 9),
    "open quotes": lambda n: 'password="' * (n // 10),
    "at signs": lambda n: "a@" * (n // 2),
    "dots": lambda n: "a@" + "a." * (n // 2),
    "URLs": lambda n: "://a:" * (n // 5),
    "keys without end": lambda n: "-----BEGIN PRIVATE KEY-----" * (n // 27),
    "cookies": lambda n: "cookie:a=" * (n // 9),
    "one base64": lambda n: _b64("A" * (n * 3 // 4)),
    "lines of base64": lambda n: (_b64("x" * 57) + "\n") * (n // 77),
    "backslashes": lambda n: "\\\n" * (n // 2),
    "data": lambda n: "kind: Secret\n" + "data:\n" * (n // 6),
    "flows": lambda n: "kind: Secret\n" + "data: {" * (n // 7),
    "documents": lambda n: "kind: Secret\n---\n" * (n // 17),
    "names": lambda n: "name: a\n" * (n // 8),
}


@pytest.mark.parametrize("shape", WORST)
def test_time_does_not_grow_with_the_square(shape: str) -> None:
    """Linear, this is a fraction of a second of CPU; with the square of the length it would be minutes."""
    begun = time.process_time()
    redact(WORST[shape](SIZE))
    assert time.process_time() - begun < 20


def test_a_megabyte_of_log() -> None:
    line = "2026-01-31T09:41:07Z INFO api request id=550e8400 user=17 path=/api/state status=200 took=12ms\n"
    assert redact(line * (1_000_000 // len(line))).count(HIDDEN) == 0
