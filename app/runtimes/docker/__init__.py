"""The Docker runtime: replicas as containers of one Docker Engine, spoken to over its own HTTP API.

Pure: `wire` holds the words (names, labels), `bodies` and `mounts` what is asked for; `observe`, `grouping`, `drift`
and `streams` read answers, `faults` refusals. `client` does the I/O; `finding`, `starting`, `endings`, `volumes`,
`repairs`, `probing` and `logs` each have one part of the port's work; `runtime` is the port, `balancers` that of
Services.
"""

from app.runtimes.docker.runtime import DockerRuntime

__all__ = ["DockerRuntime"]
