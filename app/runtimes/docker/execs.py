"""Commands inside running containers: run to their end with their output, or left to run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from app.core.errors import Permanent, Transient
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.streams import LogReader
from app.runtimes.docker.wire import Json, container_path

OUTPUT_BYTES = 64 * 1024
NOT_THERE = (126, 127)
"""Exit codes of an exec whose program the image does not have, or cannot run."""


class Ran(NamedTuple):
    """`code` None = the container ended first, and the command with it."""

    code: int | None
    output: str


async def run_in(
    client: EngineClient, identity: str, command: Sequence[str], *, user: str = "", within: float = 10.0
) -> Ran:
    """Raises `Permanent` (ContainerGone) where the container does not run, `Transient` where it takes too long."""
    made = await _made(client, identity, command, user, attached=True)
    try:
        async with asyncio.timeout(within):
            output = await _output(client, made)
    except TimeoutError as error:
        raise Transient(f"a command in the container did not end within {within:g} s", reason="ExecSlow") from error
    answer = await client.call("GET", f"/exec/{made}/json")
    code = answer.body.get("ExitCode") if answer.status == 200 and isinstance(answer.body, dict) else None
    return Ran(code, output)


async def leave_in(client: EngineClient, identity: str, command: Sequence[str], *, user: str = "") -> None:
    """Begins it and does not wait. Raises as `run_in`."""
    made = await _made(client, identity, command, user, attached=False)
    body = {"Detach": True, "Tty": False}
    (await client.call("POST", f"/exec/{made}/start", body=body)).expect(200, 204)


async def _made(client: EngineClient, identity: str, command: Sequence[str], user: str, *, attached: bool) -> str:
    body: Json = {"Cmd": list(command), "AttachStdout": attached, "AttachStderr": attached}
    if user:
        body["User"] = user
    answer = await client.call("POST", f"{container_path(identity)}/exec", body=body)
    if answer.status in (404, 409):
        raise Permanent(f"The container does not run any more: {answer.message}", reason="ContainerGone")
    return str(answer.expect(201)["Id"])


async def _output(client: EngineClient, identity: str) -> str:
    reader, lines, size = LogReader("", tty=False), list[str](), 0
    body = {"Detach": False, "Tty": False}
    async with client.stream("POST", f"/exec/{identity}/start", body=body) as stream:
        if stream.status != 200:
            return stream.message
        async for chunk in stream.chunks:
            size += len(chunk)
            if size <= OUTPUT_BYTES:
                lines += [line.text for line in reader.feed(chunk)]
    return "\n".join([*lines, *(line.text for line in reader.end())])
