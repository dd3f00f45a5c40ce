"""Streams and samples of the Engine: log frames in any cutting, pull progress, events, usage."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.pods import LogLine, PodId, PodStats, PullProgress
from app.core.spec import AppKey
from app.runtimes.docker.streams import (
    LINE_LIMIT,
    JsonLines,
    LogReader,
    News,
    PullTracker,
    Sample,
    news,
    pull_error,
    sample,
    usage,
)

STAMP = "2026-11-24T13:28:08.500000000Z"
AT = 1795526888.5


def frame(stream: int, text: str) -> bytes:
    payload = text.encode()
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def read(data: bytes, size: int = 1 << 20, *, tty: bool = False) -> list[LogLine]:
    reader = LogReader("web-0", tty=tty)
    lines = [line for start in range(0, len(data), size) for line in reader.feed(data[start : start + size])]
    return [*lines, *reader.end()]


def out(text: str, at: float | None = AT) -> LogLine:
    return LogLine("web-0", "stdout", text, at)


@pytest.mark.parametrize("size", [1, 5, 8, 64, 1000])
def test_frames_in_any_cutting(size: int) -> None:
    data = frame(1, f"{STAMP} hello wörld\n") + frame(2, f"{STAMP} bad\n") + frame(1, f"{STAMP} \n")
    assert read(data, size) == [out("hello wörld"), LogLine("web-0", "stderr", "bad", AT), out("")]


def test_a_long_line_comes_in_pieces_and_is_put_together() -> None:
    later = "2026-11-24T13:28:09Z"
    data = frame(1, f"{STAMP} abc") + frame(2, f"{later} between\n") + frame(1, f"{later} def\n")
    assert read(data) == [LogLine("web-0", "stderr", "between", AT + 0.5), out("abcdef")]


def test_a_line_without_end_is_given_out_at_the_end() -> None:
    assert read(frame(1, f"{STAMP} prompt> ")) == [out("prompt> ")]


def test_a_line_that_never_ends_does_not_fill_the_memory() -> None:
    piece = "x" * 16_384
    lines = read(frame(1, f"{STAMP} {piece}") * 9)
    assert [len(line.text) for line in lines] == [LINE_LIMIT, LINE_LIMIT, len(piece)]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_terminal_has_no_frames(size: int) -> None:
    data = f"{STAMP} one\r\n{STAMP} two\r\nno time".encode()
    assert read(data, size, tty=True) == [out("one"), out("two"), out("no time", None)]


def test_a_terminal_that_never_ends_its_line_does_not_fill_the_memory() -> None:
    lines = read(f"{STAMP} ".encode() + b"x" * 200_000, 16_384, tty=True)
    assert max(len(line.text) for line in lines) < LINE_LIMIT + 16_384
    assert sum(len(line.text) for line in lines) == 200_000


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    payload = f"{STAMP} ".encode() + b"\xff\n"
    assert read(bytes([1, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload) == [out("\ufffd")]


def test_json_lines_in_any_cutting_without_what_is_no_object() -> None:
    lines, data = JsonLines(), b'{"a":1}\r\n[2]\nnot json\n\n{"b":"\xc3\xa9"}\n{"c":'
    assert [found for byte in data for found in lines.feed(bytes([byte]))] == [{"a": 1}, {"b": "é"}]


def test_the_bytes_of_a_pull_add_up_over_its_layers() -> None:
    tracker = PullTracker("nginx")
    shown = [
        tracker.feed(line)
        for line in (
            {"status": "Pulling from nginx", "id": "1.25"},
            {"status": "Downloading", "id": "a", "progressDetail": {"current": 10, "total": 100}},
            {"status": "Downloading", "id": "b", "progressDetail": {"current": 5, "total": 50}},
            {"status": "Download complete", "id": "a", "progressDetail": {}},
            {"status": "Extracting", "id": "a", "progressDetail": {"current": 1, "total": 100}},
            {"status": "Status: Downloaded newer image for nginx:1.25"},
        )
    ]
    assert [(step.done_bytes, step.total_bytes) for step in shown] == [
        (0, 0),
        (10, 100),
        (15, 150),
        (105, 150),
        (105, 150),
        (105, 150),
    ]
    assert shown[1] == PullProgress("nginx", 10, 100, "Downloading")


def test_an_error_line_is_told_from_progress() -> None:
    assert pull_error({"errorDetail": {"message": "unknown blob"}, "error": "unknown blob"}) == "unknown blob"
    assert pull_error({"error": "unknown blob"}) == "unknown blob"
    assert pull_error({"status": "Pulling"}) is None


EVENT: dict[str, Any] = {
    "Action": "die",
    "Actor": {
        "ID": "d929",
        "Attributes": {
            "name": "kl.i1.shop.web.2.5",
            "exitCode": "1",
            "kubelite.io/instance": "i1",
            "kubelite.io/app": "shop/web",
            "kubelite.io/slot": "2",
            "kubelite.io/attempt": "5",
        },
    },
}
POD = PodId(AppKey("shop", "web"), 2, 5)


def test_an_event_names_its_pod() -> None:
    assert news("i1", EVENT) == News("d929", POD)
    assert news("i2", EVENT) is None
    assert news("i1", {"Action": "die"}) is None


def test_after_a_rename_it_is_still_news() -> None:
    attributes = {**EVENT["Actor"]["Attributes"], "name": "mine", "oldName": "/kl.i1.shop.web.2.5"}
    assert news("i1", {"Action": "rename", "Actor": {"ID": "d929", "Attributes": attributes}}) == News("d929", POD)


def test_an_event_of_a_network_names_only_a_container() -> None:
    event = {"Type": "network", "Action": "disconnect", "Actor": {"ID": "n1", "Attributes": {"container": "d929"}}}
    assert news("i1", event) == News("d929", None)
    assert news("i1", {"Type": "network", "Action": "disconnect", "Actor": {"ID": "n1"}}) is None


def stats(cache: dict[str, int]) -> dict[str, Any]:
    return {
        "id": "d929",
        "read": STAMP,
        "cpu_stats": {"cpu_usage": {"total_usage": 3_000_000_000}},
        "memory_stats": {"usage": 1000, "stats": cache},
    }


@pytest.mark.parametrize(
    ("cache", "memory"),
    [({"total_inactive_file": 300, "inactive_file": 1}, 700), ({"inactive_file": 400}, 600), ({}, 1000)],
)
def test_memory_is_without_the_page_cache(cache: dict[str, int], memory: int) -> None:
    assert sample(stats(cache)) == Sample("d929", 3_000_000_000, memory, AT)


def test_a_container_that_does_not_run_has_no_sample() -> None:
    assert sample({"id": "d929", "read": "0001-01-01T00:00:00Z", "memory_stats": {}, "cpu_stats": {}}) is None
    assert sample({"id": "d929", "read": STAMP, "memory_stats": {}}) is None


def test_usage_is_the_difference_of_two_samples() -> None:
    before, after = Sample("d", 1_000_000_000, 5, 100.0), Sample("d", 1_500_000_000, 7, 102.0)
    assert usage(before, after) == PodStats(250, 7, 102.0)


@pytest.mark.parametrize("after", [Sample("e", 2, 7, 102.0), Sample("d", 0, 7, 102.0), Sample("d", 2, 7, 100.0)])
def test_samples_that_do_not_belong_together_give_no_usage(after: Sample) -> None:
    assert usage(Sample("d", 1, 5, 100.0), after) is None
