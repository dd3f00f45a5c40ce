"""Images that cannot be fetched: a registry stand-in on this machine refuses in all the ways that registries do."""

from __future__ import annotations

from dataclasses import replace

from app.core.diagnosis import Cause, RemedyClass
from benchmarks.recording.experiment import Experiment
from benchmarks.recording.experiments.servers import GOOD, LOAD
from benchmarks.recording.registry import NOBODY, PLAIN, TLS, port_of

GATEWAY = "172.17.0.1"
"""The Engine's own bridge: not one of the addresses it speaks plain HTTP to."""


def pull(name: str, cause: Cause, image: str, *remedies: RemedyClass, **options: object) -> Experiment:
    """From a server that runs to an image that cannot be had."""
    wanted = replace(GOOD, image=image)
    return Experiment(
        name,
        cause,
        GOOD,
        wanted,
        load=LOAD,
        until="warned",
        settle=3.0,
        remedies=remedies,
        registry=True,
        **options,  # type: ignore[arg-type]
    )


FAILURES = (
    pull("pull-tag-unknown", Cause.IMAGE_NOT_FOUND, f"127.0.0.1:{port_of(404)}/shop/web:2.4"),
    pull("pull-without-login", Cause.IMAGE_AUTH, f"127.0.0.1:{port_of(401)}/shop/web:2.4"),
    pull(
        "pull-denied",
        Cause.IMAGE_AUTH,
        f"127.0.0.1:{port_of(403)}/shop/web:2.4",
        hard=True,
        also=(Cause.IMAGE_NOT_FOUND,),
    ),
    pull("pull-too-often", Cause.RATE_LIMITED, f"127.0.0.1:{port_of(429)}/shop/web:2.4"),
    pull(
        "pull-registry-fails",
        Cause.REGISTRY,
        f"127.0.0.1:{port_of(500)}/shop/web:2.4",
        RemedyClass.RETRY,
        RemedyClass.FIX_NETWORK,
    ),
    pull(
        "pull-registry-unavailable",
        Cause.REGISTRY,
        f"127.0.0.1:{port_of(503)}/shop/web:2.4",
        RemedyClass.RETRY,
        RemedyClass.FIX_NETWORK,
    ),
    pull(
        "pull-nobody-listens",
        Cause.REGISTRY,
        f"127.0.0.1:{NOBODY}/shop/web:2.4",
        RemedyClass.FIX_NETWORK,
        RemedyClass.RETRY,
    ),
    pull("pull-unknown-authority", Cause.REGISTRY, f"{GATEWAY}:{TLS}/shop/web:2.4", RemedyClass.TRUST_CERTIFICATE),
    pull(
        "pull-plain-http",
        Cause.REGISTRY,
        f"{GATEWAY}:{PLAIN}/shop/web:2.4",
        RemedyClass.FIX_CONFIG,
        RemedyClass.FIX_NETWORK,
        RemedyClass.TRUST_CERTIFICATE,
    ),
    pull(
        "pull-registry-name-unknown",
        Cause.REGISTRY,
        "registry.shop.invalid/shop/web:2.4",
        RemedyClass.FIX_NETWORK,
        RemedyClass.FIX_IMAGE,
        RemedyClass.RETRY,
        also=(Cause.DNS, Cause.IMAGE_NOT_FOUND),
    ),
    pull("pull-name-malformed", Cause.IMAGE_NOT_FOUND, "shop/Web:2.4"),
    Experiment(
        "pull-never",
        Cause.IMAGE_NOT_FOUND,
        GOOD,
        replace(GOOD, image="shop/web:2.4-local", pull="Never"),
        load=LOAD,
        until="warned",
        settle=3.0,
    ),
)
