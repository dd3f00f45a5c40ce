"""Failures before or at the first instruction: entry points, commands, variables, mounts, ports of the host."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from app.core.template import EnvFrom, EnvSource, EnvVar
from benchmarks.recording.experiment import App, Experiment
from benchmarks.recording.experiments.servers import GOOD as NGINX
from benchmarks.recording.experiments.servers import LOAD as NGINX_LOAD
from benchmarks.recording.experiments.services import EXPRESS, FLASK, FLASK_LOAD, NODE_LOAD

ENTRY = "#!/bin/sh\nset -e\necho starting the shop\n" + str(FLASK.run) + "\n"


def entry(text: str, *, mode: int = 0o755, run: tuple[str, ...] = ("/start/entry.sh",), **options: object) -> App:
    """The shop behind an entry script."""
    app = replace(FLASK, run=run, files={**FLASK.files, "/start/entry.sh": text}, mode=mode)
    return replace(app, **options)  # type: ignore[arg-type]


GOOD = entry(ENTRY)


def start(name: str, cause: Cause, then: App, **options: object) -> Experiment:
    """From a shop that works to `then`."""
    return Experiment(name, cause, GOOD, then, load=FLASK_LOAD, **options)  # type: ignore[arg-type]


FAILURES = (
    start(
        "entry-carriage-returns",
        Cause.BAD_COMMAND,
        entry(ENTRY.replace("\n", "\r\n")),
        remedies=(RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_COMMAND),
        hard=True,
        also=(Cause.MISSING_FILE,),
    ),
    start(
        "entry-carriage-returns-in-shell",
        Cause.BAD_COMMAND,
        entry("set -e\r\necho starting\r\n" + str(FLASK.run) + "\r\n", run=("sh", "/start/entry.sh")),
        remedies=(RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_COMMAND),
        hard=True,
    ),
    start(
        "entry-no-interpreter-line",
        Cause.BAD_COMMAND,
        entry(ENTRY.replace("#!/bin/sh\n", "")),
        remedies=(RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_COMMAND),
        hard=True,
        also=(Cause.ARCHITECTURE,),
    ),
    start(
        "entry-unknown-interpreter",
        Cause.BAD_COMMAND,
        entry(ENTRY.replace("/bin/sh", "/usr/local/bin/zsh")),
        remedies=(RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_COMMAND),
        hard=True,
    ),
    start("entry-not-executable", Cause.PERMISSION, entry(ENTRY, mode=0o644)),
    start("entry-missing", Cause.BAD_COMMAND, entry(ENTRY, run=("/start/entrypoint.sh",))),
    start("entry-program-missing", Cause.BAD_COMMAND, entry(ENTRY, run=("uvicorn", "shop:app"))),
    start("entry-no-such-shell", Cause.BAD_COMMAND, entry(ENTRY, run=("dash", "/start/entry.sh"))),
    start(
        "entry-shell-syntax",
        Cause.BAD_COMMAND,
        entry(ENTRY.replace("echo starting the shop", 'if [ -n "$DEBUG" ]; then echo debugging')),
        remedies=(RemedyClass.REBUILD_IMAGE, RemedyClass.FIX_COMMAND),
    ),
    start(
        "entry-command-not-found",
        Cause.BAD_COMMAND,
        entry(ENTRY.replace("exec gunicorn", "exec gunicorn3.9")),
        remedies=(RemedyClass.FIX_COMMAND, RemedyClass.REBUILD_IMAGE),
    ),
    start(
        "entry-unbound-variable",
        Cause.MISSING_CONFIG,
        entry(ENTRY.replace("set -e", "set -eu").replace("the shop", "the shop for $TENANT")),
    ),
    start(
        "entry-variable-demanded",
        Cause.MISSING_CONFIG,
        entry(ENTRY.replace("echo", ': "${DATABASE_URL:?must name the database}"; echo')),
    ),
    start("entry-other-machine", Cause.ARCHITECTURE, entry(ENTRY, run=("/app/server-arm64",)), hard=True),
    start(
        "entry-other-machine-behind-script",
        Cause.ARCHITECTURE,
        entry("#!/bin/sh\necho starting\nexec /app/server-arm64\n"),
        hard=True,
        also=(Cause.BAD_COMMAND,),
    ),
    Experiment(
        "shell-without-terminal",
        Cause.COMPLETED,
        App("tools", ("sh",)),
        until="looping",
        remedies=(RemedyClass.FIX_COMMAND, RemedyClass.NONE_NEEDED),
    ),
    Experiment(
        "config-map-missing",
        Cause.MISSING_CONFIG,
        EXPRESS,
        replace(EXPRESS, env_from=(EnvFrom(kind="configMapRef", name="shop-settings"),)),
        load=NODE_LOAD,
        until="quiet",
        settle=8.0,
        remedies=(RemedyClass.SET_ENV, RemedyClass.ADD_CREDENTIALS, RemedyClass.FIX_CONFIG),
    ),
    Experiment(
        "secret-missing",
        Cause.MISSING_CONFIG,
        EXPRESS,
        replace(
            EXPRESS,
            sources=(
                EnvVar(name="DB_PASSWORD", source=EnvSource(kind="secretKeyRef", name="shop-db", key="password")),
            ),
        ),
        load=NODE_LOAD,
        until="quiet",
        settle=8.0,
        remedies=(RemedyClass.ADD_CREDENTIALS, RemedyClass.SET_ENV),
    ),
    Experiment(
        "host-port-taken",
        Cause.PORT_CONFLICT,
        NGINX,
        replace(NGINX, host_port=15780),
        others={"other": replace(NGINX, host_port=15780)},
        load=NGINX_LOAD,
        until="warned",
        settle=3.0,
    ),
    Experiment(
        "gpu-not-there",
        Cause.GPU,
        FLASK,
        replace(FLASK, gpus=1),
        load=FLASK_LOAD,
        until="quiet",
        settle=8.0,
        remedies=(RemedyClass.FIX_NODE_GPU, RemedyClass.RESCHEDULE),
    ),
)
