"""How a job ended, read from what its host handed in: exit code, reason, the host's own words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.pods import ExitInfo, LogLine
from app.core.replicasets import HOST_LOST
from app.runtimes.nosana.wire import FlowState, JobDetail, LogEntry, OpState, epoch

KILLED = 137
EXPIRED = "DeadlineExceeded"
STOPPED = "Stopped"
UNKNOWN = "ResultUnknown"
MILLISECONDS_FROM = 1e11
"""A larger time is milliseconds: in seconds it would be the year 5138."""

_PULL_WORDS = ("pull", "manifest unknown", "no such image", "image")
_WORDS = 500


@dataclass(frozen=True, slots=True)
class Ending:
    """`started_at` 0.0 = no host ever claimed it. `exit` None where nothing says how it ended."""

    started_at: float
    ended_at: float
    exit: ExitInfo | None


def ending_of(detail: JobDetail) -> Ending:
    """What is kept of a job that is over."""
    result = detail.result
    info = exit_info(result) if result is not None else None
    return Ending(detail.started_at, detail.ended_at, info)


def exit_info(result: FlowState) -> ExitInfo | None:
    """Of the container that decided: the first that failed, else the last one that ran. None for a result that holds
    no container."""
    if not result.ops:
        return None
    if any(op.diagnostics.reason.host_shut_down for op in result.ops):
        return ExitInfo(None, HOST_LOST, "The host was shut down.")
    failed = [op for op in result.ops if _failed(op)]
    op = failed[0] if failed else result.ops[-1]
    code = op.exit_code if op.exit_code is not None else op.diagnostics.state.exit_code
    reason = op.diagnostics.reason
    if reason.job_expired and not failed:
        return ExitInfo(None, EXPIRED, "The time it was rented for was over.")
    if reason.job_stopped and not failed:
        return ExitInfo(code, STOPPED)
    if op.diagnostics.state.oom_killed:
        return ExitInfo(code, "OOMKilled", _words(op), oom_killed=True)
    return ExitInfo(code if _ran(op) else None, _reason(op, code), _words(op))


def said(result: FlowState, pod: str) -> list[LogLine]:
    """What the containers printed, in time order; `pod` as of `Runtime.logs`."""
    several = len([op for op in result.ops if op.logs]) > 1
    lines = [
        line for op in result.ops for entry in op.logs for line in lines_of(entry, f"{pod}/{op.id}" if several else pod)
    ]
    return sorted(lines, key=lambda line: line.at or 0.0) if several else lines


def lines_of(entry: LogEntry, pod: str) -> list[LogLine]:
    """One entry of a log as lines: it may hold several, or one with its end."""
    at = moment(entry.timestamp)
    stream = entry.type if entry.type in ("stdout", "stderr") else "stderr"
    return [LogLine(pod, stream, text, at) for text in entry.log.removesuffix("\n").split("\n")]


def moment(value: object) -> float | None:
    """A time as hosts write it (ISO 8601, seconds or milliseconds), None where there is none."""
    try:
        at = epoch(value)
    except (ValueError, OverflowError):
        return None
    if at > MILLISECONDS_FROM:
        at /= 1000
    return at or None


def _failed(op: OpState) -> bool:
    return op.status == "failed" or bool(op.exit_code) or bool(op.error.event or op.error.message)


def _ran(op: OpState) -> bool:
    return op.started_at is not None


def _reason(op: OpState, code: int | None) -> str:
    told = f"{op.error.event} {op.error.message}".lower()
    if not _ran(op) and any(word in told for word in _PULL_WORDS):
        return "ErrImagePull"
    if not _ran(op) and told.strip():
        return "ContainerCannotRun"
    if code == KILLED:
        return "Killed"
    if code == 0:
        return "Completed"
    return "Error" if code is not None or op.status == "failed" else UNKNOWN


def _words(op: OpState) -> str:
    if op.error.message:
        return op.error.message[:_WORDS]
    told = [entry.log.strip() for entry in op.logs if entry.type == "nodeerr" and entry.log.strip()]
    return told[-1][:_WORDS] if told else ""
