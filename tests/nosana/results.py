"""FlowState: what a host hands in when a job is over."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from tests.nosana.records import Job, OpRun, Stage


def iso(time: float) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as JavaScript writes it."""
    return dt.datetime.fromtimestamp(time, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def flow_state(job: Job, status: str, reason: str | None, end: float) -> dict[str, Any]:
    """`status`: success, failed or stopped; `reason`: jobStopped, jobExpired or None. Times in ms."""
    return {
        "status": status,
        "startTime": _ms(job.time_start),
        "endTime": _ms(end),
        "opStates": [op_state(job, op, reason) for op in job.ops],
        "errors": [],
    }


def op_state(job: Job, op: OpRun, reason: str | None = None) -> dict[str, Any]:
    """One op; `diagnostics` with the container's state where one ran."""
    diagnostics: dict[str, Any] = {
        "reason": {
            "hostShutDown": False,
            "jobStopped": reason == "jobStopped",
            "jobExpired": reason == "jobExpired",
        }
    }
    if op.started_at and op.kind == "container/run":
        diagnostics["state"] = _container_state(op)
    state = {
        "providerId": None if not op.started_at else f"{job.id[:12]}-{op.index}",
        "operationId": op.id,
        "group": op.group,
        "status": _status(op, reason),
        "startTime": _ms(op.started_at) if op.started_at else None,
        "endTime": None if op.ended_at is None else _ms(op.ended_at),
        "exitCode": op.exit_code,
        "logs": list(op.logs),
        "diagnostics": diagnostics,
    }
    finders = job.definition["ops"][op.index].get("results")
    if finders:
        state["results"] = {name: _found(op, finder) for name, finder in finders.items()}
    if op.error is not None:
        state["error"] = op.error
    return state


def _status(op: OpRun, reason: str | None) -> str | None:
    if op.stage is Stage.STOPPED and reason == "jobExpired":
        return "success"
    words = {Stage.FINISHED: "success", Stage.FAILED: "failed", Stage.STOPPED: "stopped", Stage.WAITING: None}
    return words.get(op.stage, "running")


def _container_state(op: OpRun) -> dict[str, Any]:
    running = op.ended_at is None
    return {
        "Status": "running" if running else "exited",
        "Running": running,
        "Paused": False,
        "Restarting": op.stage is Stage.RESTARTING,
        "OOMKilled": op.oom,
        "Dead": False,
        "Pid": 4242 if running else 0,
        "ExitCode": op.exit_code or 0,
        "Error": "",
        "StartedAt": iso(op.started_at),
        "FinishedAt": "0001-01-01T00:00:00Z" if op.ended_at is None else iso(op.ended_at),
        "RestartCount": op.restarts,
    }


def _found(op: OpRun, finder: Any) -> list[str]:
    pattern = finder if isinstance(finder, str) else finder["regex"]
    return [match.group() for line in op.logs for match in re.finditer(pattern, line["log"])]


def _ms(time: float) -> int:
    return int(time * 1000)
