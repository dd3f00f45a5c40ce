"""What the recordings taught, in words of our own: raw output is mostly about something else than the failure."""

from __future__ import annotations

import pytest

from app.analysis.evidence import gather
from app.analysis.finding import analyze
from app.core.diagnosis import Cause, Neighbour, Source, Symptoms

SERVED = tuple(f'10.1.0.9 - - "GET /pages/{"x" * (n % 90)}/{n} HTTP/1.1" 200' for n in range(200))


def cause(**seen: object) -> Cause:
    return analyze(Symptoms(**seen)).findings[0].cause  # type: ignore[arg-type]


def test_source_code_in_a_stack_trace_is_no_message() -> None:
    trace = (
        "Traceback (most recent call last):",
        '  File "/srv/prices.py", line 9, in <module>',
        "    address = socket.getaddrinfo(host_or_raise_dns_failure)",
        "              ^^^^^^^^^^^^^^^^^^",
        "NameError: name 'host_or_raise_dns_failure' is not defined",
    )
    evidence = gather(Symptoms(logs=trace))
    assert evidence.code == {"log-1", "log-2", "log-3"}
    assert cause(logs=trace, exit_code=1) is Cause.APPLICATION_CRASH


def test_what_was_said_long_before_the_end_does_not_outvote_the_last_words() -> None:
    early = "ERROR cannot reach the statistics server: connection refused"
    late = "ERROR open /data/report: permission denied"
    assert cause(logs=(early, *SERVED, late), exit_code=1) is Cause.PERMISSION
    assert cause(logs=(early, late), exit_code=1) is Cause.DEPENDENCY


def test_lines_that_follow_are_counted_from_the_last_time_a_line_was_said() -> None:
    evidence = gather(Symptoms(logs=("retry 1", *SERVED, "retry 2", "end")))
    first = next(item for item in evidence.of(Source.LOG) if item.text == "retry 1")
    assert (first.times, evidence.behind[first.id]) == (2, 1)


def test_a_page_that_is_not_there_is_the_visitors_affair() -> None:
    missed = '[error] 7#7: open() "/site/a" failed (2: No such file or directory), client: ::1, request: "GET /a"'
    assert cause(logs=(*SERVED, missed), exit_code=137) is Cause.UNKNOWN


def test_where_the_image_is_not_there_the_running_version_says_nothing_of_it() -> None:
    loud = "ERROR orders: permission denied on /var/spool/orders"
    state = "ErrImagePull: the pull did not finish: denied"
    assert cause(logs=(*SERVED, loud), events=(state,), state_reason=state) is Cause.IMAGE_AUTH


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ("Unhealthy: web-0 was stopped: liveness probe failed 3 times in a row: connection refused", Cause.PROBE),
        ("Killing: web-0 was stopped by hand", Cause.KILLED),
    ],
)
def test_who_had_it_stopped_decides(event: str, found: Cause) -> None:
    said = ("shop listening on port 3000", "got SIGTERM, closing")
    assert cause(logs=said, events=(event,), exit_code=0) is found


def test_a_worker_that_is_killed_again_and_again_under_a_memory_limit() -> None:
    said = tuple(line for n in range(9) for line in (f"worker {n} booted", f"worker {n} was killed by signal 9"))
    probe = "Unhealthy: readiness probe failed: no answer within 1 s"
    assert cause(logs=said, events=(probe,), memory_limit=1 << 26) is Cause.OUT_OF_MEMORY
    assert cause(logs=said, events=(probe,)) is not Cause.OUT_OF_MEMORY


def test_a_name_with_a_scheme_before_it_is_malformed_and_not_unknown_to_the_resolver() -> None:
    said = (
        "socket.gaierror: [Errno -2] Name or service not known",
        "cannot go on: connecting to amqp://mq:5672 failed",
    )
    assert cause(logs=(said[0],), exit_code=1) is Cause.DNS
    both = (*said[:1], "Error -2 connecting to amqp://mq:5672. Name or service not known.")
    assert cause(logs=both, exit_code=1) is Cause.INVALID_CONFIG


def test_a_binary_that_a_shell_reads_as_a_script() -> None:
    said = "/start.sh: line 1: \x7fELF\x02\x01\ufffd@8: not found"
    assert cause(logs=("starting", said), exit_code=127) is Cause.ARCHITECTURE


def test_a_neighbour_that_was_stopped_explains_its_name() -> None:
    said = ("ERROR getaddrinfo ENOTFOUND mq-0",)
    gone = Symptoms(logs=said, exit_code=1, neighbours=(Neighbour("mq", "Stopped", False),))
    assert analyze(gone).findings[0].cause is Cause.DEPENDENCY
