"""The Docker runtime: replicas as containers of one Docker Engine, spoken to over its own HTTP API.

`wire` holds the words (names, labels, bodies), `observe` and `streams` read answers, `faults` reads refusals: all pure.
`client` does the I/O, `runtime` is the port.
"""

from app.runtimes.docker.runtime import DockerRuntime

__all__ = ["DockerRuntime"]
