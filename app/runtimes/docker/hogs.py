"""Command lines that use up what a container has, and those that end them again: plain shell, in the container itself.

Each carries a marker with the experiment's id, ends by itself after its time, and is found again by the marker, so that
it is also ended by a later process that never saw it begin.
"""

from __future__ import annotations

from collections.abc import Sequence

MARK = "kl-chaos-"
NEEDED = {
    "cpu": ("sh", "sleep"),
    "memory": ("sh", "head", "tail", "sleep"),
    "oom": ("sh", "tail"),
    "disk": ("sh", "df", "dd", "rm"),
}
"""The programs each needs in the image."""
CORES = 2

_CPU = 'i=0; while [ "$i" -lt "$2" ]; do (while :; do :; done) & i=$((i + 1)); done; sleep "$1"; kill -9 0'
_MEMORY = 'head -c "$2" /dev/zero | tail | sleep "$1"; kill -9 0'
_HOG = "tail /dev/zero &"
_OOM = f"echo 1000 > /proc/1/oom_score_adj || exit 1; {' '.join([_HOG] * 4)} wait"
"""The kernel takes the process with the highest score: the app's then, as each hog alone holds a part of the memory
only."""
_END = (
    'for p in /proc/[0-9]*; do n=${p#/proc/}; while IFS= read -r line || [ -n "$line" ]; do '
    'case $line in *"$1$2"*) [ "$n" = "$$" ] || kill -9 "-$n" 2>/dev/null || kill -9 "$n" 2>/dev/null;; esac; '
    'done < "$p/cmdline"; done 2>/dev/null; true'
)
_HAS = 'for p in "$@"; do command -v "$p" >/dev/null 2>&1 || { echo "$p"; exit 1; }; done'


def has(programs: Sequence[str]) -> Sequence[str]:
    """Exit code 0 where the image has them all; else it prints the first it has not."""
    return ("sh", "-c", _HAS, "has", *programs)


def cpu(experiment: str, seconds: float, cores: int = CORES) -> Sequence[str]:
    return ("sh", "-c", _CPU, f"{MARK}{experiment}", f"{seconds:.0f}", str(cores))


def memory(experiment: str, seconds: float, size: int) -> Sequence[str]:
    """Holds so many bytes."""
    return ("sh", "-c", _MEMORY, f"{MARK}{experiment}", f"{seconds:.0f}", str(size))


def out_of_memory() -> Sequence[str]:
    """Takes all there is, so that the app's own process is killed for it. Needs the right to raise its score."""
    return ("sh", "-c", _OOM)


def ending(experiment: str) -> Sequence[str]:
    """Kills every process that carries the marker. It is given in two parts, or it would find itself."""
    return ("sh", "-c", _END, "end", MARK, experiment)


def free(directory: str) -> Sequence[str]:
    return ("df", "-Pk", directory)


def filling(path: str, mebibytes: int) -> Sequence[str]:
    """Ends with an error where the disk is full before, which is what is wanted."""
    return ("dd", "if=/dev/zero", f"of={path}", "bs=1048576", f"count={mebibytes}")


def emptying(path: str) -> Sequence[str]:
    return ("rm", "-f", path)
