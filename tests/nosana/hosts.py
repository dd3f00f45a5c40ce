"""Hosts running containers: pull, boot, answer, fall ill, exit, start again, hand in the result."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from tests.nosana.agenda import Agenda
from tests.nosana.behaviours import Behaviour, behaviour_of, restarts_after
from tests.nosana.markets import Host
from tests.nosana.names import address, job_label
from tests.nosana.ports import exposed_ports
from tests.nosana.records import Job, OpRun, Stage
from tests.nosana.results import flow_state, iso
from tests.nosana.timings import Timings


class Hosts:
    """What happens inside RUNNING. `finished(job)` and `tunnel(job, up)` are told to whoever listens."""

    def __init__(self, agenda: Agenda, timings: Timings, behaviours: Mapping[str, Behaviour]) -> None:
        self._agenda = agenda
        self._timings = timings
        self._behaviours = behaviours
        self.hosts: dict[str, Host] = {}
        self.finished: Callable[[Job], None] = lambda _: None
        self.tunnel: Callable[[Job, bool], None] = lambda _, __: None
        self.listeners: defaultdict[str, list[Callable[[dict[str, Any] | None], None]]] = defaultdict(list)
        """Job -> who gets each TaskLog as it comes; None: the host is gone."""

    def begin(self, job: Job) -> None:
        """A host has claimed the job."""
        job.ops = [_op(index, op) for index, op in enumerate(job.definition["ops"])]
        for op in job.ops:
            if op.args.get("private"):
                for port in exposed_ports(job.definition["ops"][op.index]):
                    job.private_labels[f"{op.id}/{port.port}"] = address(f"private/{job.id}/{op.id}/{port.port}")
        self._next_group(job)

    def halt(self, job: Job, reason: str) -> None:
        """Every container ends now: `jobStopped` or `jobExpired`. A lost host hands nothing in."""
        for op in job.ops:
            op.cancel()
            if not op.stage.over:
                op.stage, op.ended_at = Stage.STOPPED, self._agenda.time
                op.exit_code = 0 if op.started_at else None
        if job.ops and job.lost_at is None:
            self._hand_in(job, "stopped" if reason == "jobStopped" else "success", reason)

    def restart(self, job: Job, op: OpRun) -> None:
        """By the node API: the container starts again in place."""
        op.cancel()
        op.restarts += 1
        op.stage = Stage.RESTARTING
        self._later(op, 1.0, lambda: self._boot(job, op))

    def stop_op(self, job: Job, op: OpRun) -> None:
        op.cancel()
        op.stage, op.ended_at, op.exit_code = Stage.STOPPED, self._agenda.time, 0
        self._after_op(job)

    def lose(self, job: Job) -> None:
        """The host is gone: its containers neither answer nor end, the chain knows nothing."""
        job.lost_at = self._agenda.time
        for op in job.ops:
            op.cancel()
        for listener in list(self.listeners.get(job.id, ())):
            listener(None)
        if any(op.stage is Stage.UP for op in job.ops):
            self.tunnel(job, False)

    def find(self, job: Job) -> None:
        """The host is back and its containers still run."""
        job.lost_at = None
        for op in job.ops:
            if not op.stage.over:
                self._boot(job, op, seconds=0.0)

    def log(self, job: Job, op: OpRun, text: str, kind: str = "stdout") -> None:
        """One line of a container (stdout, stderr) or of the node (nodeerr)."""
        line = {"type": kind, "log": f"{text}\n", "timestamp": iso(self._agenda.time)}
        op.logs.append(line)
        del op.logs[:-24_999]
        self._tell(job, op, "error" if kind == "nodeerr" else "container", f"{text}\n")

    def _tell(self, job: Job, op: OpRun, kind: str, message: Any) -> None:
        entry = {
            "opId": op.id,
            "group": op.group,
            "type": kind,
            "timestamp": int(self._agenda.time * 1000),
            "message": message,
        }
        op.told.append(entry)
        for listener in list(self.listeners.get(job.id, ())):
            listener(entry)

    def behaviour(self, op: OpRun) -> Behaviour:
        return behaviour_of(op.args, self._timings.batch, self._behaviours)

    def _later(self, op: OpRun, seconds: float, do: Callable[[], None]) -> None:
        op.deeds.append(self._agenda.after(seconds, do))

    def _next_group(self, job: Job) -> None:
        waiting = [op for op in job.ops if op.stage is Stage.WAITING]
        group = waiting[0].group if waiting else None
        for op in waiting:
            if op.group == group:
                self._pull(job, op)
        if group is None:
            self._hand_in(job, "failed" if any(op.stage is Stage.FAILED for op in job.ops) else "success", None)
            self._agenda.after(0.0, lambda: self.finished(job))
        else:
            self._after_op(job)

    def _pull(self, job: Job, op: OpRun) -> None:
        op.stage = Stage.STARTING
        if op.kind == "container/create-volume":
            op.started_at = op.ended_at = self._agenda.time
            op.stage, op.exit_code = Stage.FINISHED, 0
            return
        behaviour = self.behaviour(op)
        pull = self._timings.pull if behaviour.pull is None else behaviour.pull
        self._tell(job, op, "info", {"type": "multi-process-bar-update", "payload": {"event": _pulling(op)}})
        if behaviour.pull_error is None:
            self._later(op, pull, lambda: self._boot(job, op))
        else:
            self._later(op, pull, lambda: self._pull_failed(job, op, str(behaviour.pull_error)))

    def _pull_failed(self, job: Job, op: OpRun, error: str) -> None:
        op.error = {"event": "image-pull", "message": f"Cannot pull image {op.args['image']}: {error}", "code": 404}
        self.log(job, op, op.error["message"], "nodeerr")
        self._end(job, op, 2)

    def _boot(self, job: Job, op: OpRun, seconds: float | None = None) -> None:
        behaviour = self.behaviour(op)
        op.stage, op.ended_at, op.exit_code = Stage.BOOTING, None, None
        op.started_at = op.started_at or self._agenda.time
        self._tell(job, op, "info", "Operation Started")
        boot = self._timings.boot if behaviour.boot is None else behaviour.boot
        if behaviour.exits_after is not None:
            self._later(op, behaviour.exits_after, lambda: self._exit(job, op, behaviour))
        if behaviour.comes_up:
            self._later(op, boot if seconds is None else seconds, lambda: self._up(job, op, behaviour))
        for line in behaviour.says:
            self.log(job, op, line)

    def _up(self, job: Job, op: OpRun, behaviour: Behaviour) -> None:
        op.stage = Stage.UP
        self._tell(job, op, "info", "Operation StartUp Success")
        self.tunnel(job, True)
        if behaviour.sick_after is not None:
            self._later(op, behaviour.sick_after, lambda: self._sick(job, op, behaviour))

    def _sick(self, job: Job, op: OpRun, behaviour: Behaviour) -> None:
        op.stage = Stage.SICK
        self.log(job, op, "request failed: connection pool exhausted", "stderr")
        if any(port.gated for port in exposed_ports(job.definition["ops"][op.index])):
            self.tunnel(job, False)
        if behaviour.well_after is not None:
            self._later(op, behaviour.well_after - (behaviour.sick_after or 0), lambda: self._up(job, op, behaviour))

    def _exit(self, job: Job, op: OpRun, behaviour: Behaviour) -> None:
        op.cancel()
        kind = "stdout" if behaviour.exit_code == 0 else "stderr"
        for line in behaviour.last_words:
            self.log(job, op, line, kind)
        op.oom = behaviour.oom
        if restarts_after(op.args, behaviour.exit_code, op.restarts):
            self.restart(job, op)
        else:
            self._end(job, op, behaviour.exit_code)

    def _end(self, job: Job, op: OpRun, code: int) -> None:
        op.stage = Stage.FINISHED if code == 0 else Stage.FAILED
        op.exit_code, op.ended_at = code, self._agenda.time
        self._tell(job, op, "info", "Operation Completed" if code == 0 else "Operation Failed")
        self._after_op(job)

    def _after_op(self, job: Job) -> None:
        """A failed op fails the flow and ends what else runs; when a group is over, the next begins."""
        begun = [op for op in job.ops if op.stage is not Stage.WAITING]
        if any(op.stage is Stage.FAILED for op in begun):
            for op in job.ops:
                if not op.stage.over:
                    op.cancel()
                    op.stage, op.ended_at = Stage.STOPPED, self._agenda.time
        if all(op.stage.over for op in begun):
            self._next_group(job)

    def _hand_in(self, job: Job, status: str, reason: str | None) -> None:
        job.result = flow_state(job, status, reason, self._agenda.time)
        job.result_at = self._agenda.time + self._timings.result_lag

    def stats(self, job: Job, op: OpRun, at: float) -> dict[str, Any]:
        """One sample of the node's figures; milliseconds, percent, bytes."""
        chance = random.Random(f"{job.id}/{op.id}/{int(at)}")
        used = int((0.5 + chance.random()) * 2**30)
        return {
            "opId": op.id,
            "timestamp": int(at * 1000),
            "cpu": {"cpu_percent": round(chance.uniform(1, 80), 2)},
            "memory": {
                "memory_usage": used,
                "memory_limit": 32 * 2**30,
                "memory_percent": round(used / (32 * 2**30) * 100, 2),
            },
            "disk": {"read": 4096 * int(at - job.time_start), "write": 1024 * int(at - job.time_start)},
            "network": {"received": 2048 * int(at - job.time_start), "sent": 512 * int(at - job.time_start)},
        }


def port_label(job: Job, op: OpRun, port: int | float | str) -> str:
    """The host label of one port of this one job; random for a private op."""
    return job.private_labels.get(f"{op.id}/{port}") or job_label(op.index, _plain(port), job.id)


def _plain(port: int | float | str) -> int | str:
    return int(port) if isinstance(port, float) else port


def _op(index: int, op: dict[str, Any]) -> OpRun:
    group = (op.get("execution") or {}).get("group") or op["id"]
    return OpRun(id=op["id"], index=index, group=group, args=op["args"], kind=op["type"])


def _pulling(op: OpRun) -> dict[str, Any]:
    detail = {"current": 1_048_576, "total": 52_428_800}
    return {"id": f"layer-{op.index}", "status": "Downloading", "progressDetail": detail}
