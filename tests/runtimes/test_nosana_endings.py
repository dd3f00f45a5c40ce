"""How a job ended, from every form in which hosts hand it in."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.pods import ExitInfo, LogLine
from app.runtimes.nosana.endings import ending_of, exit_info, moment, said
from app.runtimes.nosana.wire import FlowState, Job, JobDetail, State, epoch


def op(name: str = "web", **more: Any) -> dict[str, Any]:
    return {"operationId": name, "group": name, "startTime": 1_700_000_000_000, "logs": [], **more}


def flow(*ops: dict[str, Any], status: str = "failed") -> FlowState:
    return FlowState.model_validate({"status": status, "opStates": list(ops), "startTime": 1, "endTime": 2, "new": 1})


def because(**reason: Any) -> dict[str, Any]:
    return {"diagnostics": {"reason": {"hostShutDown": False, "jobStopped": False, "jobExpired": False, **reason}}}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (op(status="success", exitCode=0), ExitInfo(0, "Completed")),
        (op(status="failed", exitCode=3), ExitInfo(3, "Error")),
        (op(status="failed", exitCode=137), ExitInfo(137, "Killed")),
        (
            op(status="failed", exitCode=137, diagnostics={"state": {"OOMKilled": True, "ExitCode": 137}}),
            ExitInfo(137, "OOMKilled", oom_killed=True),
        ),
        (op(status="failed", exitCode=None, diagnostics={"state": {"ExitCode": 2}}), ExitInfo(2, "Error")),
        (
            op(
                status="failed",
                startTime=None,
                exitCode=2,
                error={"event": "image-pull", "message": "manifest unknown", "code": 404},
            ),
            ExitInfo(None, "ErrImagePull", "manifest unknown"),
        ),
        (
            op(status="failed", startTime=None, exitCode=1, error={"event": "start", "message": "no such command"}),
            ExitInfo(None, "ContainerCannotRun", "no such command"),
        ),
        (
            op(
                status="failed",
                exitCode=1,
                logs=[{"type": "nodeerr", "log": "the device is gone\n"}, {"type": "stdout", "log": "hello\n"}],
            ),
            ExitInfo(1, "Error", "the device is gone"),
        ),
        (
            op(status="success", exitCode=0, **because(jobExpired=True)),
            ExitInfo(None, "DeadlineExceeded", "The time it was rented for was over."),
        ),
        (op(status="stopped", exitCode=0, **because(jobStopped=True)), ExitInfo(0, "Stopped")),
        (
            op(status="stopped", exitCode=None, **because(hostShutDown=True)),
            ExitInfo(None, "HostShutDown", "The host was shut down."),
        ),
        (op(status="", exitCode=None), ExitInfo(None, "ResultUnknown")),
        (op(status="success", exitCode=0, diagnostics=None, error=None, logs=None), ExitInfo(0, "Completed")),
    ],
)
def test_how_it_ended(state: dict[str, Any], expected: ExitInfo) -> None:
    assert exit_info(flow(state)) == expected


def test_of_several_the_first_that_failed_decides() -> None:
    ended = exit_info(
        flow(op("a", status="success", exitCode=0), op("b", status="failed", exitCode=4), op("c", status="stopped"))
    )
    assert ended == ExitInfo(4, "Error")
    assert exit_info(flow(op("a", status="success", exitCode=0), op("b", status="success", exitCode=0))) == ExitInfo(
        0, "Completed"
    )
    assert exit_info(flow()) is None


def test_what_they_printed() -> None:
    def entry(text: str, at: str, kind: str = "stdout") -> dict[str, Any]:
        return {"type": kind, "log": text, "timestamp": at}

    first = [entry("one\ntwo\n", "2023-11-14T22:13:21Z"), entry("bad", "2023-11-14T22:13:23Z", "stderr")]
    second = [entry("meanwhile\n", "2023-11-14T22:13:22Z", "nodeerr")]
    assert said(flow(op("web", logs=first)), "web-0") == [
        LogLine("web-0", "stdout", "one", 1_700_000_001.0),
        LogLine("web-0", "stdout", "two", 1_700_000_001.0),
        LogLine("web-0", "stderr", "bad", 1_700_000_003.0),
    ]
    both = said(flow(op("web", logs=first), op("side", logs=second)), "web-0")
    assert [(line.pod, line.stream, line.text) for line in both] == [
        ("web-0/web", "stdout", "one"),
        ("web-0/web", "stdout", "two"),
        ("web-0/side", "stderr", "meanwhile"),
        ("web-0/web", "stderr", "bad"),
    ]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1_700_000_000, 1_700_000_000.0),
        (1_700_000_000_500, 1_700_000_000.5),
        ("2023-11-14T22:13:20.000Z", 1_700_000_000.0),
        ("2023-11-14T22:13:20", 1_700_000_000.0),
        (None, None),
        (0, None),
        ("yesterday", None),
    ],
)
def test_times_in_every_form(value: Any, at: float | None) -> None:
    assert moment(value) == at


def test_a_detail_with_numbers_for_states_and_a_result_nobody_can_read() -> None:
    detail = JobDetail.model_validate(
        {
            "state": 2,
            "node": "1" * 32,
            "jobResult": {"opStates": "?"},
            "timeStart": 5,
            "timeEnd": 9,
            "jobDefinition": None,
        }
    )
    assert (detail.state, detail.node, detail.result, detail.definition) == (State.COMPLETED, "", None, {})
    ended = ending_of(detail)
    assert (ended.started_at, ended.ended_at, ended.exit) == (5.0, 9.0, None)
    assert JobDetail.model_validate({"state": "RUNNING", "jobResult": "QmHash"}).result is None


def test_a_job_of_the_list() -> None:
    job = Job.model_validate({"job": "J", "state": "QUEUED", "node": None, "revision": 1.0, "time_start": 0, "more": 1})
    assert (job.id, job.state, job.node, job.started_at, job.created_at) == ("J", State.QUEUED, "", 0.0, 0.0)
    assert State.QUEUED.live
    assert not State.STOPPED.live
    assert epoch("2023-11-14T22:13:20Z") == 1_700_000_000.0
