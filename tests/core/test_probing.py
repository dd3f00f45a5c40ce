"""Kubernetes' probe rules: thresholds, delays, who waits for whom, and what our own restart must not change."""

from __future__ import annotations

import pytest

from app.core.pods import ProbeOutcome
from app.core.probing import Check, ProbeKind, Probing, begin, checks, shown
from app.core.template import Container, Exec, HttpGet, PodTemplate, Port, Probe, TcpSocket

OK = ProbeOutcome(True)
BAD = ProbeOutcome(False, "HTTP 503")
START = 1000.0


def probe(**numbers: int) -> Probe:
    return Probe(handler=HttpGet(port=80), **numbers)


def probing(
    *, startup: Probe | None = None, readiness: Probe | None = None, liveness: Probe | None = None, age: float = 0.0
) -> Probing:
    container = Container(name="web", image="nginx", startup=startup, readiness=readiness, liveness=liveness)
    return begin(checks(PodTemplate(containers=(container,))), started_at=START, now=START + age)


def the(of: Probing, kind: ProbeKind) -> Check:
    return next(check for check in of.states if check.kind is kind)


def due(of: Probing, now: float) -> list[str]:
    return [check.kind.value for check in of.due_at(now)]


def run(of: Probing, kind: ProbeKind, *outcomes: ProbeOutcome | None) -> Probing:
    """Each outcome at the moment it is due."""
    for outcome in outcomes:
        assert of.due is not None
        check = the(of, kind)
        assert check in of.due_at(of.states[check].due)
        of = of.after(check, outcome, of.states[check].due)
    return of


class TestReadiness:
    def test_not_ready_until_it_passed(self) -> None:
        of = probing(readiness=probe())
        assert not of.ready
        assert run(of, ProbeKind.READINESS, OK).ready

    def test_a_few_failures_are_borne(self) -> None:
        of = run(probing(readiness=probe()), ProbeKind.READINESS, OK, BAD, BAD)
        assert of.ready
        assert of.failing == "readiness probe failed: HTTP 503"
        assert not run(of, ProbeKind.READINESS, BAD).ready

    def test_a_success_between_resets_the_count(self) -> None:
        of = run(probing(readiness=probe()), ProbeKind.READINESS, OK, BAD, BAD, OK, BAD, BAD)
        assert of.ready
        assert run(of, ProbeKind.READINESS, OK).failing == ""

    def test_several_successes_may_be_needed(self) -> None:
        of = probing(readiness=probe(success_threshold=3))
        of = run(of, ProbeKind.READINESS, OK, OK, BAD, OK, OK)
        assert not of.ready
        of = run(of, ProbeKind.READINESS, OK)
        assert of.ready
        of = run(of, ProbeKind.READINESS, BAD, BAD, BAD)
        assert not run(of, ProbeKind.READINESS, OK, OK).ready

    def test_it_never_ends_a_replica(self) -> None:
        of = run(probing(readiness=probe()), ProbeKind.READINESS, *[BAD] * 50)
        assert of.unhealthy == ""
        assert of.due is not None

    def test_the_moment_of_each_change_is_kept(self) -> None:
        of = probing(readiness=probe(initial_delay_seconds=7))
        assert of.changed_at == START
        of = run(of, ProbeKind.READINESS, OK)
        assert of.changed_at == START + 7
        assert run(of, ProbeKind.READINESS, OK).changed_at == START + 7


class TestLiveness:
    def test_live_until_it_failed_often_enough(self) -> None:
        of = run(probing(liveness=probe()), ProbeKind.LIVENESS, BAD, BAD)
        assert of.ready
        assert of.unhealthy == ""
        of = run(of, ProbeKind.LIVENESS, BAD)
        assert of.unhealthy == "liveness probe failed 3 times in a row: HTTP 503"

    def test_after_the_verdict_nothing_is_asked_any_more(self) -> None:
        of = probing(liveness=probe(failure_threshold=1), readiness=probe())
        of = run(of, ProbeKind.LIVENESS, BAD)
        assert of.unhealthy == "liveness probe failed: HTTP 503"
        assert of.due is None

    def test_silence_of_the_runtime_is_no_verdict(self) -> None:
        of = run(probing(liveness=probe()), ProbeKind.LIVENESS, BAD, BAD, *[None] * 20)
        assert of.unhealthy == ""
        assert run(of, ProbeKind.LIVENESS, BAD).unhealthy != ""


class TestStartup:
    def test_the_others_wait_for_it(self) -> None:
        of = probing(startup=probe(period_seconds=5), readiness=probe(), liveness=probe())
        assert due(of, START + 60) == ["Startup"]
        of = run(of, ProbeKind.STARTUP, BAD, BAD, OK)
        assert due(of, START + 10) == ["Readiness", "Liveness"]
        assert not of.ready

    def test_it_makes_ready_where_there_is_no_readiness_probe(self) -> None:
        of = probing(startup=probe())
        assert not of.ready
        of = run(of, ProbeKind.STARTUP, OK)
        assert of.ready
        assert of.due is None

    def test_too_many_failures_end_the_replica(self) -> None:
        of = probing(startup=probe(failure_threshold=30), liveness=probe())
        of = run(of, ProbeKind.STARTUP, *[BAD] * 29)
        assert of.unhealthy == ""
        assert run(of, ProbeKind.STARTUP, BAD).unhealthy == "startup probe failed 30 times in a row: HTTP 503"

    def test_only_its_own_container_waits(self) -> None:
        slow = Container(name="slow", image="x", startup=probe(), readiness=probe())
        quick = Container(name="quick", image="x", readiness=probe())
        of = begin(checks(PodTemplate(containers=(slow, quick))), started_at=START, now=START)
        assert [(check.container, check.kind.value) for check in of.due_at(START)] == [
            ("slow", "Startup"),
            ("quick", "Readiness"),
        ]


class TestTime:
    def test_the_delay_counts_from_the_start(self) -> None:
        of = probing(liveness=probe(initial_delay_seconds=30), readiness=probe(initial_delay_seconds=5))
        assert of.due == START + 5
        assert due(of, START + 4.9) == []
        assert due(of, START + 30) == ["Readiness", "Liveness"]

    def test_delays_do_not_wait_for_the_startup_probe(self) -> None:
        of = probing(startup=probe(period_seconds=40), liveness=probe(initial_delay_seconds=30))
        of = run(of, ProbeKind.STARTUP, BAD, OK)
        assert of.due == START + 30

    def test_the_period_is_kept_however_long_a_probe_takes(self) -> None:
        of = probing(readiness=probe(period_seconds=10))
        of = of.after(the(of, ProbeKind.READINESS), OK, START + 3)
        assert of.due == START + 10

    def test_missed_turns_are_not_made_up_for(self) -> None:
        of = probing(readiness=probe(period_seconds=10))
        of = of.after(the(of, ProbeKind.READINESS), OK, START + 75)
        assert of.due == START + 85


class TestOurOwnRestart:
    def test_one_that_ran_long_is_taken_for_ready(self) -> None:
        assert probing(readiness=probe(initial_delay_seconds=20), age=60).ready
        assert not probing(readiness=probe(initial_delay_seconds=20), age=25).ready

    def test_the_first_outcome_counts_at_once(self) -> None:
        of = probing(readiness=probe(), age=600)
        assert not run(of, ProbeKind.READINESS, BAD).ready
        of = run(of, ProbeKind.READINESS, OK, BAD, BAD)
        assert of.ready

    def test_silence_leaves_it_as_it_is(self) -> None:
        assert run(probing(readiness=probe(), age=600), ProbeKind.READINESS, None).ready

    def test_a_startup_probe_is_over_by_then(self) -> None:
        of = probing(startup=probe(failure_threshold=30), liveness=probe(), age=3600)
        assert of.ready
        assert due(of, START + 7200) == ["Liveness"]
        assert not probing(startup=probe(failure_threshold=30), liveness=probe(), age=250).ready

    def test_replicas_are_not_asked_all_at_once(self) -> None:
        container = Container(name="web", image="nginx", readiness=probe())
        of = checks(PodTemplate(containers=(container,)))
        first = {begin(of, started_at=0, now=START, slot=slot).due for slot in range(10)}
        assert len(first) == 10
        assert all(START <= (at or 0) < START + 10 for at in first)


class TestPorts:
    def port_of(self, handler: HttpGet | TcpSocket) -> int | str:
        container = Container(
            name="web",
            image="nginx",
            ports=(Port(container_port=8080, name="http"),),
            readiness=Probe(handler=handler),
        )
        (check,) = checks(PodTemplate(containers=(container,)))
        assert isinstance(check.probe.handler, HttpGet | TcpSocket)
        assert check.unknown_port == (check.probe.handler.port if isinstance(check.probe.handler.port, str) else "")
        return check.probe.handler.port

    def test_names_are_looked_up_in_the_same_container(self) -> None:
        assert self.port_of(HttpGet(port="http")) == 8080
        assert self.port_of(TcpSocket(port="http")) == 8080
        assert self.port_of(TcpSocket(port="6379")) == 6379
        assert self.port_of(HttpGet(port=9000)) == 9000

    def test_a_name_there_is_not_stays(self) -> None:
        assert self.port_of(HttpGet(port="metrics")) == "metrics"

    def test_a_command_has_no_port(self) -> None:
        container = Container(name="web", image="x", liveness=Probe(handler=Exec(command=("true",))))
        (check,) = checks(PodTemplate(containers=(container,)))
        assert check.unknown_port == ""


@pytest.mark.parametrize(
    ("message", "expected"),
    [("", "no answer"), ("a\x1b[31mb\nc", "a [31mb c"), ("x" * 500, "x" * 199 + "…"), ("HTTP 503", "HTTP 503")],
)
def test_what_a_probe_says_is_made_harmless(message: str, expected: str) -> None:
    assert shown(message) == expected
