"""Secrets are not shown: by the name of a variable, by the shape of a value, by its place in a URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.redact import HIDDEN, looks_secret, redact_env, redact_value, redact_words
from app.core.spec import EnvVar


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "MYSQL_ROOT_PASSWORD",
        "POSTGRES_PASSWORD",
        "PGPASSWORD",
        "PGPASS",
        "REDIS_PASS",
        "passwd",
        "SECRET",
        "CLIENT_SECRET",
        "SECRET_KEY_BASE",
        "JWT_SECRET",
        "API_KEY",
        "apiKey",
        "APIKEY",
        "OPENAI_API_KEY",
        "NOSANA_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "PRIVATE_KEY",
        "GH_TOKEN",
        "token",
        "accessToken",
        "HF_TOKEN",
        "DB_CREDENTIALS",
        "BASIC_AUTH",
        "AUTHORIZATION",
        "SENTRY_DSN",
        "SESSION_COOKIE",
        "KEY",
        "ENCRYPTION_KEYS",
        "my.secret.value",
        "SASL_JAAS_PASSWORD_2",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert looks_secret(name)
    assert redact_value(name, "hunter2") == HIDDEN


@pytest.mark.parametrize(
    "name",
    [
        "PORT",
        "LOG_LEVEL",
        "NODE_ENV",
        "PATH",
        "KEYBOARD",
        "MONKEY",
        "PUBLIC_KEY",
        "PARTITION_KEY",
        "SORT_KEY",
        "COMPASS",
        "BYPASS_CACHE",
        "AUTHOR",
        "DATABASE_HOST",
        "HOSTNAME",
        "",
    ],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not looks_secret(name)
    assert redact_value(name, "info") == "info"


@pytest.mark.parametrize(
    "value",
    [
        "sk-abcdefghijklmnopqrst",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0123456789012",
        "glpat-abcdefghij0123456789",
        "xoxb-1234567890-abc",
        "AKIAABCDEFGHIJKLMNOP",
        "hf_abcdefghijklmnopqrstuvwx",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "Bearer sk-abcdefghijklmnopqrst",
    ],
)
def test_shapes_of_tokens(value: str) -> None:
    assert redact_value("SETTING", value) == HIDDEN


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgres://user:hunter2@db:5432/app", f"postgres://user:{HIDDEN}@db:5432/app"),
        ("redis://:hunter2@cache", f"redis://:{HIDDEN}@cache"),
        ("amqp://a:b@x,amqp://c:d@y", f"amqp://a:{HIDDEN}@x,amqp://c:{HIDDEN}@y"),
        ("http://db:5432/app", "http://db:5432/app"),
        ("http://host/a:b@c", "http://host/a:b@c"),
        ("user:pass@host", "user:pass@host"),
    ],
)
def test_passwords_in_urls(value: str, shown: str) -> None:
    assert redact_value("DATABASE_URL", value) == shown


def test_an_empty_value_is_no_secret() -> None:
    assert redact_value("PASSWORD", "") == ""


def test_a_whole_environment() -> None:
    env = (EnvVar(name="B", value="1"), EnvVar(name="TOKEN", value="x"), EnvVar(name="A"))
    assert redact_env(env) == {"B": "1", "TOKEN": HIDDEN, "A": ""}
    assert list(redact_env(env)) == ["B", "TOKEN", "A"]


@given(st.text(min_size=1, max_size=50))
def test_nothing_of_a_password_is_left(value: str) -> None:
    assert redact_value("DB_PASSWORD", value) == HIDDEN


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("server", "--password=x"), ("server", "--password=(hidden)")),
        (("server", "--token", "x", "--port", "80"), ("server", "--token", "(hidden)", "--port", "80")),
        (("sh", "-c", "PGPASSWORD=x psql -h db"), ("sh", "-c", "PGPASSWORD=(hidden) psql -h db")),
        (("curl", "-H", "Authorization: Bearer x"), ("curl", "-H", "Authorization: (hidden)")),
        (("run", "postgres://me:x@db/shop"), ("run", "postgres://me:(hidden)@db/shop")),
        (("redis-server", "--appendonly", "yes", "LOG=debug"), ("redis-server", "--appendonly", "yes", "LOG=debug")),
    ],
)
def test_a_command_line_is_shown_without_secrets(words: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert redact_words(words) == shown
