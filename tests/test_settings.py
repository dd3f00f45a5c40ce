"""Settings: what they refuse, what they never show, and that every one of them is listed where people look."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import AliasChoices, ValidationError

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def names() -> dict[str, str]:
    """Environment variable of every setting, by field."""
    found = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        assert isinstance(alias, AliasChoices | None)
        found[field] = str(alias.choices[0]) if alias else f"KUBELITE_{field.upper()}"
    return found


def listed() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_lists_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(listed()) == set(names().values())
    for name in listed():
        monkeypatch.delenv(name, raising=False)  # DOCKER_HOST is there where the tests have an Engine of their own
    plain = Settings()
    for name, value in listed().items():
        monkeypatch.setenv(name, value)
    assert Settings().model_dump(exclude={"home"}) == plain.model_dump(exclude={"home"})


def test_the_readme_names_every_setting() -> None:
    said = set(re.findall(r"[A-Z][A-Z_]+[A-Z]", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert set(names().values()) - said == set()


def test_a_key_is_taken_as_pasted_and_never_shown() -> None:
    settings = Settings(nosana_api_key=" nos_s3cret\n")
    assert settings.nosana_key == "nos_s3cret"
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert Settings().nosana_key == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOSANA_API_KEY", "nos_a b"),
        ("NOSANA_API_KEY", "nos_\u00e9"),
        ("NOSANA_API_URL", "ftp://manager.example"),
        ("NOSANA_API_URL", "https://"),
        ("NOSANA_API_URL", "http://[::1"),
        ("KUBELITE_NOSANA_NODE_URL", "https://host.example"),
        ("KUBELITE_NOSANA_ENDPOINT_URL", "https://{node}.example"),
        ("KUBELITE_BUDGET_PER_HOUR", "0"),
        ("KUBELITE_BUDGET_PER_HOUR", "-1"),
        ("KUBELITE_BUDGET_TOTAL", "NaN"),
        ("KUBELITE_BUDGET_TOTAL", "Infinity"),
        ("KUBELITE_BUDGET_TOTAL", "much"),
        ("KUBELITE_RUNTIME", "swarm"),
    ],
)
def test_what_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_addresses_and_budgets_as_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSANA_API_URL", "http://127.0.0.1:9000/api/")
    monkeypatch.setenv("KUBELITE_BUDGET_PER_HOUR", "1.50")
    settings = Settings()
    assert settings.nosana_addresses["api_url"] == "http://127.0.0.1:9000/api"
    assert settings.nosana_addresses["node_url"].format(node="abc").startswith("https://abc.")
    assert settings.budget_per_hour == Decimal("1.50")
