"""Services on Docker: one HAProxy container each.

`config` and `wire` are pure: what HAProxy and the Engine are told. `handover` puts a new configuration in charge
without losing a connection, `services` is the port.
"""

from app.runtimes.docker.balancers.services import DEFAULT_IMAGE, DockerServices

__all__ = ["DEFAULT_IMAGE", "DockerServices"]
