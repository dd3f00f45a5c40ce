"""Files as a tar archive, the form in which the Engine takes them. Nothing is ever written to a disk of ours."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, or a directory where `data` is None; `path` without a leading slash. Owned by root."""

    path: str
    mode: int
    data: bytes | None = field(repr=False)


def tarball(entries: Iterable[Entry], modified_at: float) -> bytes:
    """All of them in one archive, all of one time. Directories that are not named come to be with mode 0755."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.mode, info.mtime = entry.mode, int(modified_at)
            if entry.data is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(entry.data)
                archive.addfile(info, io.BytesIO(entry.data))
    return buffer.getvalue()
