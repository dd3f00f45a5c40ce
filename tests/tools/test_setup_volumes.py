"""Volumes as one types them, as values of the spec."""

from __future__ import annotations

from agent_tools.setup import mounted
from app.core.manifest.policy import Policy
from app.core.template import HostPath


def test_two_host_paths_that_suggest_one_name_are_two_volumes() -> None:
    found = mounted(
        ["/srv/a/b:/one", "/srv/a-b:/two", "/srv/a/b:/three"],
        app="web",
        namespace="default",
        runtime="docker",
        policy=Policy(host_path_roots=("/srv",)),
    )
    sources = {volume.name: volume.source for volume in found.volumes}
    at = {mount.mount_path: sources[mount.name] for mount in found.mounts}
    assert at == {
        "/one": HostPath(path="/srv/a/b"),
        "/two": HostPath(path="/srv/a-b"),
        "/three": HostPath(path="/srv/a/b"),
    }
