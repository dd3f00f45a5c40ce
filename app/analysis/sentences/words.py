"""Causes in plain words, and each remedy as an order that can be carried out."""

from __future__ import annotations

from app.core.diagnosis import Cause, RemedyClass

CAUSES: dict[Cause, str] = {
    Cause.OUT_OF_MEMORY: "it ran out of memory",
    Cause.APPLICATION_CRASH: "the program crashes by a fault of its own",
    Cause.BAD_COMMAND: "what it is told to run is wrong",
    Cause.MISSING_CONFIG: "a setting or secret that it needs is missing",
    Cause.INVALID_CONFIG: "its configuration is rejected",
    Cause.MISSING_FILE: "a file, module or library that it needs is missing",
    Cause.PORT_CONFLICT: "the port it wants is taken",
    Cause.IMAGE_NOT_FOUND: "the image does not exist under this name",
    Cause.IMAGE_AUTH: "the registry does not let us pull the image",
    Cause.RATE_LIMITED: "the registry limits how often we may pull",
    Cause.REGISTRY: "the registry cannot be reached or is not trusted",
    Cause.ARCHITECTURE: "the image is for another kind of CPU",
    Cause.PERMISSION: "it may not read, write or run what it needs",
    Cause.DISK_FULL: "the disk is full",
    Cause.DEPENDENCY: "a service that it needs does not answer",
    Cause.DNS: "names do not resolve for it",
    Cause.AUTH: "a service refuses its credential",
    Cause.PROBE: "its health check is wrong, not the app",
    Cause.GPU: "there is no GPU that it can use",
    Cause.GPU_MEMORY: "the GPU's memory does not suffice",
    Cause.TLS: "a TLS certificate is not accepted",
    Cause.LIMIT: "a limit of the system is reached",
    Cause.COMPLETED: "nothing is wrong with it: it did its work and ended",
    Cause.KILLED: "somebody or something outside stopped it",
    Cause.HANG: "it hangs: it runs and makes no progress",
    Cause.STATE: "the data it kept does not fit what runs now",
    Cause.UNKNOWN: "the cause is not clear",
}

ORDERS: dict[RemedyClass, str] = {
    RemedyClass.INCREASE_MEMORY: (
        'Give it more memory: "set the memory of {app} to {memory}". If it keeps growing, it leaks: '
        "lower the runtime's heap."
    ),
    RemedyClass.ROLLBACK: 'Go back to the version that worked: "roll back {app}".',
    RemedyClass.FIX_IMAGE: (
        'Correct the image, now `{image}`: "update {app} to NAME:TAG" with a name and tag that the registry has.'
    ),
    RemedyClass.REBUILD_IMAGE: "Build `{image}` again with what is missing, push it, and update the app to it.",
    RemedyClass.FIX_COMMAND: "Correct command and arguments in the manifest of {app} and apply it.",
    RemedyClass.SET_ENV: 'Set the variable: "set NAME=value on {app}".',
    RemedyClass.ADD_CREDENTIALS: (
        "Give the right credential: create or correct the Secret or pull secret, then restart {app}."
    ),
    RemedyClass.FIX_CONFIG: "Correct the named place in the configuration (ConfigMap or file), then restart {app}.",
    RemedyClass.FIX_MOUNT: (
        "Provide the file, directory or volume that is to be mounted, as the kind (file or directory) "
        "that is asked for."
    ),
    RemedyClass.CHANGE_PORT: "Free the port, or give {app} another one in its manifest.",
    RemedyClass.RETRY: "Wait; it is tried again with a growing pause. Nothing needs to be changed.",
    RemedyClass.TRUST_CERTIFICATE: (
        "Renew the certificate, or install its issuer where the connection is made, and check the clock."
    ),
    RemedyClass.FIX_NETWORK: (
        "Repair the network: DNS server, route, firewall, or the network the container is attached to."
    ),
    RemedyClass.RESCHEDULE: "Run it on another machine or machine type.",
    RemedyClass.FIX_PERMISSIONS: (
        "Give the user it runs as the right to the path (owner, mode, a writable volume), or run it as the owner."
    ),
    RemedyClass.FREE_DISK: (
        "Free disk space on the node or volume (old images and logs first), or make the volume larger."
    ),
    RemedyClass.FIX_DEPENDENCY: "Start or repair the service it needs; {app} comes back by itself then.",
    RemedyClass.RESTART: 'Restart it: "restart {app}".',
    RemedyClass.FIX_PROBE: (
        "Correct the probe in the manifest of {app}: its port, path or command, or how long it waits."
    ),
    RemedyClass.FIX_NODE_GPU: "Repair the GPU driver and container toolkit on the node.",
    RemedyClass.REDUCE_GPU_LOAD: (
        "Make it ask for less GPU memory: a shorter context, a smaller batch or model, or a smaller memory fraction."
    ),
    RemedyClass.RAISE_LIMIT: "Raise the limit that the message names, on the host or for the container.",
    RemedyClass.SCALE: 'Run more replicas: "scale {app} to N".',
    RemedyClass.NONE_NEEDED: "Nothing needs to be done.",
    RemedyClass.NEEDS_HUMAN: "A person has to look: there is no step that is safe to take by itself.",
}
