"""The small parts behind the page that need neither a server nor a browser."""

from __future__ import annotations

import importlib.util
import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.approvals import Mode
from app.core.events import Event, EventType
from app.core.spec import AppKey
from app.core.views import RuntimeView
from app.settings import Settings
from app.web import stream
from app.web.environment import PROJECT_ROOT, WORDS
from app.web.greeting import MODES, greeting
from app.web.login import login_link, token_is_right
from app.web.metrics import exposition
from app.web.pages import EXTERNAL, hashes_of
from tests.web.fakes import make_backend


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]")]
)
def test_the_login_link_can_be_opened(host: str, shown: str) -> None:
    assert login_link(settings(host=host), 8123, "a/b c") == f"http://{shown}:8123/enter?token=a%2Fb%20c"


def test_an_empty_token_is_never_right() -> None:
    assert not token_is_right("", "")
    assert not token_is_right("x", "")
    assert token_is_right("tökén", "tökén")


def test_who_answers_is_the_rules_or_the_model() -> None:
    assert settings().model_name is None
    assert settings(openai_base_url="http://x/v1", model="llama").model_name == "llama"


def test_every_word_of_ours_replaces_one_that_chainlit_has() -> None:
    spec = importlib.util.find_spec("chainlit")
    assert spec is not None
    assert spec.origin is not None
    original = json.loads((Path(spec.origin).parent / "translations" / "en-US.json").read_text(encoding="utf-8"))
    assert leaves(WORDS) <= leaves(original)


def leaves(words: dict[str, Any], path: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in words.items():
        found |= leaves(value, f"{path}/{key}") if isinstance(value, dict) else {f"{path}/{key}"}
    return found


def test_external_links_leave_the_template_and_the_rest_stays() -> None:
    html = """<link rel="preconnect" href="https://fonts.example" /><link
      href="https://fonts.example/css2?family=Inter" rel="stylesheet"
    /><link rel="stylesheet" href="/assets/a.css"><meta property="og:url" content="https://x.example">"""
    assert EXTERNAL.sub("", html) == '<link rel="stylesheet" href="/assets/a.css">'


def test_inline_scripts_are_hashed_as_the_browser_does_it() -> None:
    # the example of the CSP specification
    assert hashes_of("<script>alert('Hello, world.');</script>") == (
        "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=",
    )


def test_the_greeting_says_runtime_mode_and_who_answers(tmp_path: Path) -> None:
    backend = make_backend(tmp_path, "t", 0)
    text = greeting(backend.control, "rules")
    assert text.startswith("The **simulator** runtime is connected (virtual containers). No apps yet. Mode **ask**:")
    assert text.endswith("Answers come from **rules** (no language model is configured).")
    backend.control.put("web")
    backend.control.runtimes = lambda: [RuntimeView("docker", False, "no socket", None, default=True)]
    assert greeting(backend.control, "gpt").startswith("The **docker** runtime does not answer (no socket). 1 app.")
    assert set(MODES) == set(Mode)


async def test_metrics_are_prometheus_text(tmp_path: Path) -> None:
    backend = make_backend(tmp_path, "t", 0)
    backend.control.put("web", wished=3, ready=2, failing=1)
    text = (await exposition(backend)).decode()
    assert 'kubelite_apps{status="Crash-looping"} 1.0' in text
    assert 'kubelite_replicas{state="ready"} 1.0' in text
    assert 'kubelite_replicas{state="waiting"} 1.0' in text
    assert "kubelite_replicas_desired 3.0" in text
    assert 'kubelite_objects{kind="Service"} 0.0' in text
    (tmp_path / "objects.json").write_text('[["front", 80, "http://127.0.0.1:30080"]]', encoding="utf-8")
    text = (await exposition(backend)).decode()
    assert 'kubelite_objects{kind="Service"} 1.0' in text
    assert 'kubelite_service_up{namespace="default",service="front"} 1.0' in text
    assert 'kubelite_runtime_up{runtime="simulator"} 1.0' in text
    assert "process_resident_memory_bytes" in text


class EventLog:
    def __init__(self) -> None:
        self.events_kept: list[Event] = []
        self.sleeps: list[Any] = []

    async def events(self, name: str | None = None, *, limit: int = 50) -> list[Event]:
        return self.events_kept[-limit:]

    def add(self, number: int, count: int = 1) -> None:
        self.events_kept = [event for event in self.events_kept if event.id != number]
        key = AppKey("default", "web")
        self.events_kept.append(Event(key, EventType.WARNING, "BackOff", "again", 1.0, 2.0, count=count, id=number))


class SteppingClock:
    """Each sleep takes the next step of a script instead of time."""

    def __init__(self, steps: list[Any]) -> None:
        self.steps = steps

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.steps.pop(0)()


@dataclass
class Behind:
    control: Any
    clock: Any


@pytest.mark.parametrize(
    ("last_id", "told"), [(None, [(2, 1), (2, 5), (3, 1)]), ("0", [(1, 1), (2, 1), (2, 5), (3, 1)])]
)
async def test_a_stream_tells_new_events_and_rising_counts_once(last_id: str | None, told: list[Any]) -> None:
    log = EventLog()
    log.add(1)
    clock = SteppingClock([lambda: log.add(2), lambda: None, lambda: log.add(2, count=5), lambda: log.add(3)])
    got: list[tuple[int, int]] = []
    async for message in stream.events(Behind(log, clock), last_id):  # type: ignore[arg-type]
        row = json.loads(message["data"])
        got.append((row["id"], row["count"]))
        if row["id"] == 3:
            break
    assert got == told


@pytest.mark.parametrize("picture", sorted((PROJECT_ROOT / "public").rglob("*.svg")), ids=lambda path: path.name)
def test_pictures_are_well_formed_and_refer_to_nothing(picture: Path) -> None:
    root = ET.fromstring(picture.read_text(encoding="utf-8"))
    assert root.tag.endswith("svg")
    assert all("href" not in name for node in root.iter() for name in node.attrib)


def test_no_file_of_the_page_names_another_host() -> None:
    for file in (PROJECT_ROOT / "public").rglob("*.*"):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, file
        assert "https://" not in text, file
