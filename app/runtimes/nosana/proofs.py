"""What need not be taken on trust: the image, the definition that was handed to hosts, the address. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.replicasets import Proof
from app.runtimes.nosana.books import Page
from app.runtimes.nosana.finding import Found
from app.runtimes.nosana.naming import label_of, service_label
from app.runtimes.nosana.wire import State

SHOWN = 16
"""Characters of a digest that are shown."""


def proofs_of(found: Found, pages: Sequence[Page]) -> tuple[Proof, ...]:
    """One proof of each kind; a definition for each digest that is not ours."""
    return (*_images(found), *_definition(found, pages), *_endpoint(found))


def _images(found: Found) -> Iterator[Proof]:
    for op in found.shape.ops:
        _, _, digest = op.image.partition("@")
        pinned = "hosts do not report the digest of what they run; the definition names it, and a host pulls by it"
        loose = "the host resolves the tag; pin @sha256:... to say which image it must be"
        yield Proof("image digest", f"{op.id} {digest or op.image}", pinned if digest else loose, None)


def _definition(found: Found, pages: Sequence[Page]) -> Iterator[Proof]:
    """Every running replica's definition, as its job has it, against the one that was asked for."""
    shape = found.shape
    ours = shape.marked or shape.digest
    if shape.digest != ours:
        yield Proof(
            "job definition", ours[:SHOWN], f"revision {found.deployment.revision}: {shape.digest[:SHOWN]}", False
        )
    running = [page for page in pages if page.job.state is State.RUNNING]
    current = [page for page in running if int(page.job.revision) == found.deployment.revision]
    other = next((page for page in current if page.digest and page.digest != ours), None)
    known = [page for page in current if page.digest]
    if other is not None:
        yield Proof("job definition", ours[:SHOWN], f"job {other.job.id}: {other.digest[:SHOWN]}", False)
    elif known:
        yield Proof("job definition", ours[:SHOWN], f"the same in {len(known)} of {len(running)} running jobs", True)
    elif shape.digest == ours:
        why = "the job shows only a stub of it" if any(page.defined for page in current) else "no replica runs yet"
        yield Proof("job definition", ours[:SHOWN], why, None)


def _endpoint(found: Found) -> Iterator[Proof]:
    deployment = found.deployment
    for op in found.shape.ops:
        told = [endpoint.url for endpoint in deployment.endpoints if endpoint.op == op.id]
        if not op.port or not told:
            continue
        label = service_label(op.id, deployment.id, deployment.vault)
        seen = {label_of(url) for url in told}
        yield Proof("endpoint", label, " ".join(sorted(seen)), seen == {label})
