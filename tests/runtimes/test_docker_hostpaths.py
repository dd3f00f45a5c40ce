"""Directories of the host: no symbolic link leads a mount out of what was allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import Permanent
from app.core.pods import PodId, PodRequest
from app.core.spec import AppKey, Container, PodTemplate
from app.core.template import EmptyDir, HostPath, Volume, VolumeMount
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.hostpaths import check_no_links, sources
from tests.docker_engine import TINY


def mounting(path: str, sub_path: str = "") -> PodTemplate:
    mounts = (VolumeMount(name="h", mount_path="/h", sub_path=sub_path), VolumeMount(name="e", mount_path="/e"))
    return PodTemplate(
        containers=(Container(name="web", image=TINY, volume_mounts=mounts),),
        volumes=(Volume(name="h", source=HostPath(path=path)), Volume(name="e", source=EmptyDir())),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An allowed directory in which somebody put a link that leads out of it."""
    root = tmp_path.resolve() / "allowed"
    (root / "site" / "css").mkdir(parents=True)
    (root / "link").symlink_to("/etc")
    (root / "site" / "up").symlink_to("../../..")
    return root


def test_a_part_is_judged_as_the_directory_it_is() -> None:
    assert sources(mounting("/srv/site/")) == ("/srv/site",)
    assert sources(mounting("/srv/site", "css/new")) == ("/srv/site/css/new",)


@pytest.mark.parametrize(("path", "part"), [("link", ""), ("link/ssl", ""), ("site", "up"), ("site/up", "etc")])
def test_no_link_is_followed(root: Path, path: str, part: str) -> None:
    with pytest.raises(Permanent, match="symbolic link") as caught:
        check_no_links(sources(mounting(f"{root}/{path}", part)))
    assert caught.value.reason == "InvalidConfig"


def test_directories_without_links_and_those_of_another_machine_pass(root: Path) -> None:
    check_no_links(sources(mounting(f"{root}/site", "css")))
    check_no_links(sources(mounting("/no/such/directory/here")))


@pytest.mark.docker
async def test_a_pod_with_one_is_not_started(docker_runtime: DockerRuntime, root: Path) -> None:
    pod = PodId(AppKey("shop", "web"), 0, 1)
    with pytest.raises(Permanent, match="symbolic link"):
        await docker_runtime.start_pod(PodRequest(pod, "abc", mounting(f"{root}/link")))
    assert await docker_runtime.get_pod(pod) is None
