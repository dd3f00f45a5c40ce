"""Volumes in the Engine's words: mounts, what is written before a pod runs, and what an Engine cannot do."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from app.core.errors import Permanent
from app.core.pods import FileContent, PodId, PodRequest
from app.core.spec import AppKey, Container, PodTemplate
from app.core.template import Claim, EmptyDir, Files, FileSource, HostPath, Volume, VolumeMount
from app.runtimes.docker.archive import Entry, tarball
from app.runtimes.docker.mounts import container_mounts, contents, placed_files, workbench_mounts

POD = PodId(AppKey("shop", "web"), 2, 5)
VOLUME = "kl.i1.shop.web.2.5._v"
CONFIG = Files(sources=(FileSource(kind="configMap", name="c"),))
FILES = (FileContent("a.conf", b"A"), FileContent("sub/b.conf", b"B", 0o400))


def asked(
    source: Any, mount: VolumeMount | None = None, *, side: bool = False, init: bool = False, **container: Any
) -> PodRequest:
    mounted = mount or VolumeMount(name="v", mount_path="/data")
    web = Container.model_validate({"name": "web", "image": "a", "volume_mounts": (mounted,), **container})
    other = web.model_copy(update={"name": "other"})
    template = PodTemplate(
        containers=(web, other) if side else (web,),
        init_containers=(other,) if init else (),
        volumes=(Volume(name="v", source=source),),
    )
    return PodRequest(POD, "abc", template, files={"v": FILES})


def mounts(request: PodRequest, *, subpaths: bool = False) -> list[dict[str, Any]]:
    return container_mounts("i1", request, request.template.containers[0], subpaths=subpaths)


def test_an_empty_directory_is_a_volume_of_the_attempt_that_everyone_may_write() -> None:
    request = asked(EmptyDir())
    (mount,) = mounts(request)
    assert (mount["Type"], mount["Source"], mount["Target"]) == ("volume", VOLUME, "/data")
    assert mount["VolumeOptions"]["NoCopy"]
    assert mount["VolumeOptions"]["Labels"]["kubelite.io/attempt"] == "5"
    assert contents("i1", request) == [Entry(f"kubelite-volumes/{VOLUME}", 0o777, None)]


def test_memory_of_one_container_is_a_tmpfs() -> None:
    request = asked(EmptyDir(medium="Memory", size_limit_bytes=4096))
    assert mounts(request) == [
        {"Type": "tmpfs", "Target": "/data", "ReadOnly": False, "TmpfsOptions": {"Mode": 0o1777, "SizeBytes": 4096}}
    ]
    assert contents("i1", request) == []


def test_memory_of_two_containers_is_one_volume_in_memory() -> None:
    (mount,) = mounts(asked(EmptyDir(medium="Memory", size_limit_bytes=4096), side=True))
    assert mount["VolumeOptions"]["DriverConfig"] == {
        "Name": "local",
        "Options": {"type": "tmpfs", "device": "tmpfs", "o": "mode=1777,size=4096"},
    }


def test_memory_an_init_container_writes_to_is_kept_for_the_others() -> None:
    (mount,) = mounts(asked(EmptyDir(medium="Memory"), init=True))
    assert mount["Source"] == VOLUME
    assert "DriverConfig" not in mount["VolumeOptions"]


def test_a_path_of_the_host_is_read_only_and_never_made() -> None:
    mount = VolumeMount(name="v", mount_path="/data", sub_path="logs")
    assert mounts(asked(HostPath(path="/srv"), mount)) == [
        {"Type": "bind", "Source": "/srv/logs", "Target": "/data", "ReadOnly": True}
    ]


def test_a_claim_outlives_the_attempt_and_is_left_as_it_is() -> None:
    request = asked(Claim(name="data", read_only=True))
    (mount,) = mounts(request)
    assert (mount["Source"], mount["ReadOnly"]) == ("kl.i1.shop.data", True)
    assert mount["VolumeOptions"]["Labels"] == {"kubelite.io/instance": "i1", "kubelite.io/claim": "shop/data"}
    assert contents("i1", request) == []


def test_files_are_read_only_and_written_by_another_container() -> None:
    request = asked(CONFIG)
    (mount,) = mounts(request)
    assert (mount["Source"], mount["ReadOnly"]) == (VOLUME, True)
    entries = contents("i1", request)
    root = f"kubelite-volumes/{VOLUME}"
    assert entries == [
        Entry(root, 0o755, None),
        Entry(f"{root}/a.conf", 0o644, b"A"),
        Entry(f"{root}/sub/b.conf", 0o400, b"B"),
    ]
    (bench,) = workbench_mounts("i1", request, entries)
    assert (bench["Source"], bench["Target"], bench.get("ReadOnly", False)) == (VOLUME, f"/{root}", False)
    assert bench["VolumeOptions"]["Labels"] == mount["VolumeOptions"]["Labels"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("a.conf", [Entry("etc/x.conf", 0o644, b"A")]),
        ("sub/b.conf", [Entry("etc/x.conf", 0o400, b"B")]),
        ("sub", [Entry("etc/x.conf/b.conf", 0o400, b"B")]),
    ],
)
def test_one_file_of_a_volume_goes_into_the_container_itself(part: str, expected: list[Entry]) -> None:
    request = asked(CONFIG, VolumeMount(name="v", mount_path="/etc/x.conf", sub_path=part))
    assert mounts(request) == []
    found = placed_files(request, request.template.containers[0])
    assert [(one.path.rstrip("/"), one.mode, one.data) for one in found] == [
        (one.path, one.mode, one.data) for one in expected
    ]


@pytest.mark.parametrize(
    ("source", "part", "more", "words"),
    [
        (CONFIG, "b", {}, "no such file"),
        (CONFIG, "a.conf", {"security": {"read_only_root_filesystem": True}}, "read-only root"),
        (CONFIG, "../a.conf", {}, "relative path"),
        (Claim(name="data"), "x", {}, "below 26"),
        (EmptyDir(), "x", {}, "below 26"),
        (EmptyDir(medium="Memory"), "x", {}, "in memory"),
        (HostPath(path="/srv"), "../etc", {}, "relative path"),
    ],
)
def test_what_cannot_be_mounted_is_refused_in_words(source: Any, part: str, more: dict[str, Any], words: str) -> None:
    request = asked(source, VolumeMount(name="v", mount_path="/data", sub_path=part), **more)
    with pytest.raises(Permanent, match=words) as caught:
        mounts(request)
    assert caught.value.reason == "InvalidConfig"
    assert "'v' in container 'web'" in str(caught.value)


def test_a_new_engine_mounts_a_part_of_a_volume_which_is_made_first() -> None:
    request = asked(Claim(name="data"), VolumeMount(name="v", mount_path="/data", sub_path="pg/main"))
    (mount,) = mounts(request, subpaths=True)
    assert mount["VolumeOptions"]["Subpath"] == "pg/main"
    assert contents("i1", request) == [Entry("kubelite-volumes/kl.i1.shop.data/pg/main", 0o777, None)]


def test_a_file_that_would_leave_its_volume_is_refused() -> None:
    request = PodRequest(POD, "abc", asked(CONFIG).template, files={"v": (FileContent("../x", b""),)})
    with pytest.raises(Permanent, match="without"):
        contents("i1", request)


def test_an_archive_has_modes_times_and_directories() -> None:
    data = tarball([Entry("d", 0o777, None), Entry("d/f", 0o400, b"body")], 1_700_000_000.5)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = [(one.name, one.mode, one.isdir(), one.uid, one.mtime) for one in archive]
        body = archive.extractfile("d/f")
        assert body is not None
        assert body.read() == b"body"
    assert found == [("d", 0o777, True, 0, 1_700_000_000), ("d/f", 0o400, False, 0, 1_700_000_000)]


def test_an_entry_never_shows_what_is_in_it() -> None:
    assert "s3cret" not in repr(Entry("f", 0o400, b"s3cret"))
