"""A limit other than memory or disk: open files, processes, threads, shared memory, a kernel setting, connections."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause

_LIMIT = Cause.LIMIT

SIGNS = (
    sign(
        _LIMIT,
        DECISIVE - 0.1,
        r"""
        too many open files
        \bEMFILE\b
        \bENFILE\b
        max virtual memory areas
        vm\.max_map_count
        system limit for number of file watchers
        inotify.{0,80}(?:limit|reached|no space|too many|max_user)
        max_user_(?:watches|instances)
        unable to create (?:new )?native thread
        pthread_create.{0,60}(?:fail|EAGAIN|Resource temporarily|error)
        can't start new thread
        cannot start new thread
        Cannot create thread
        OpenBLAS blas_thread_init
        fork.{0,40}Resource temporarily unavailable
        Resource temporarily unavailable.{0,40}(?:fork|thread|clone)
        fork: retry
        BlockingIOError.{0,30}Resource temporarily unavailable
        \bEFBIG\b
        \bFile too large\b
        file size limit exceeded
        can't fork
        cannot fork
        could not resize shared memory segment
        /dev/shm
        shm_open
        shmget
        shmat\b
        insufficient shared memory
        (?:out of|increase|more|not enough|limited|low) shared memory
        shm[_-]size
        --shm-size
        \bBus error\b
        SIGBUS
        max(?:imum)? file descriptors .{0,60}too low
        max number of threads .{0,60}too low
        memory locking requested .{0,60}not locked
        memlock
        RLIMIT_\w+.{0,80}(?:too low|exceed|fail|cannot|can't|reach|denied|invalid)
        (?:set|raise)rlimit.{0,60}(?:fail|error|cannot)
        mlock.{0,40}(?:fail|cannot)
        (?:pids?|process(?:es)?|nproc|tasks?|threads?|ulimit|nofile
            ...|file descriptors?)[ -](?:cgroup )?(?:limit|max).{0,60}(?:reach|exceed|too low|hit|exhaust)
        ulimit
        (?<![A-Z_])nofile\b
        fs\.(?:file-max|aio-max-nr|inotify)
        kernel\.(?:shmmax|shmall|sem|pid_max|threads-max|keys)
        net\.core\.\w+.{0,40}too low
        semget
        could not create semaphores
        No space left on device.{0,60}semaphore
        uv_thread_create
        failed to create (?:new )?(?:OS )?thread
        newosproc
        runtime/cgo: pthread_create failed
        Failed to spawn .{0,20}thread
        io_setup.{0,20}(?:EAGAIN|fail)
        aio-max-nr
        Disk quota exceeded.{0,40}key
        joining session keyring
        """,
        because="it hits a limit of the system",
        unless=r"increase .{0,40}(?:is set|recommended)|TCP backlog|somaxconn|WARNING.{0,40}(?:backlog"
        r"|overcommit)|bytes available in /dev/shm|no limit|available shared memory broadcast"
        r"|setting (?:ulimit|nofile)|ulimit is|mounted|chmod|permission denied|shm_broadcast",
    ),
    sign(
        _LIMIT,
        SPECIFIC - 0.4,
        r"""
        too many (?:clients|connections)
        remaining connection slots are reserved
        max(?:imum)? number of (?:clients|connections) reached
        max_user_connections
        max_connections.{0,60}(?:exceed|reach|too (?:low|small)|used up)
        (?:exceed|reach|increase|raise)\w* .{0,40}max_connections
        connection (?:limit|pool).{0,40}(?:exceed|reach|exhaust)
        exceeded quota
        QueuePool limit
        too many processes
        too many (?:threads|child processes)
        table full
        """,
        because="a limit on connections or a quota is used up",
    ),
    sign(
        _LIMIT,
        USUAL,
        r"""
        Insufficient (?:cpu|pods|ephemeral|memory)
        no nodes? (?:are |is )?available
        0/\d+ nodes are available
        """,
        because="no node has room for it",
        unless=r"nvidia|amd\.com|gpu",
    ),
    sign(
        _LIMIT,
        POSSIBLE,
        r"""
        (?:limit|quota|threshold) (?:was |is |has been )?(?:reached|exceeded|hit)
        stack (?:overflow|size)
        """,
        because="it speaks of a limit that was reached",
        unless=r"memory|heap|rate|disk|heap limit|retry|retries|restart|time|pull|429|burst|log",
    ),
)


def read(scene: Scene) -> Iterator[Clue]:
    yield from read_signs(scene, SIGNS)
    if scene.symptoms.exit_code == 135:
        yield scene.clue(
            _LIMIT,
            USUAL + 0.4,
            scene.evidence.find("exit_code"),
            because="a bus error: mostly shared memory that is too small",
        )
