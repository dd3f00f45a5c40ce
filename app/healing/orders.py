"""What a person would have to do, exactly: the analysis' own orders, and commands where the runtime needs a hand."""

from __future__ import annotations

from app.analysis.sentences import orders
from app.core.diagnosis import Cause, Finding, Quote, Symptoms
from app.healing.remedies import Case

DOCKER_COMMANDS: dict[Cause, str] = {
    Cause.DISK_FULL: (
        'On the Docker host "docker system df" shows what takes the space; "docker image prune" and '
        '"docker builder prune" free what nothing uses.'
    ),
    Cause.PORT_CONFLICT: 'On the host "ss -ltnp" shows who listens there.',
    Cause.IMAGE_AUTH: 'On the Docker host "docker login REGISTRY", then "docker pull" it, shows what is let in.',
}
_AT_FAULT = frozenset({Cause.DEPENDENCY, Cause.DNS, Cause.AUTH})


def order_of(case: Case) -> str:
    """One or two sentences; empty where nothing is known."""
    finding, spec = case.finding, case.spec
    if finding.cause is Cause.COMPLETED and spec.job is None:
        return (
            "Its command ends with 0 and is started again and again: run it as a Job, or give it a command that goes on"
        )
    parts = [_first(case), orders(case.view.name, finding, spec)]
    if spec.runtime == "docker":
        parts.append(DOCKER_COMMANDS.get(finding.cause, ""))
    return " ".join(part for part in parts if part)


def _first(case: Case) -> str:
    spec = case.spec
    if spec.paused:
        return f'Its rollout is paused, so no remedy would reach its replicas: say "resume {spec.name}" first.'
    if spec.owner:
        return f"It is a run of the cron job {spec.owner}: mend that one, and its next run has it."
    if spec.job is not None:
        return "What runs to completion is not changed while it is there: delete it, and apply the mended one."
    return ""


def at_fault(finding: Finding, symptoms: Symptoms) -> str:
    """The other app that the finding names as the one at fault; empty where none is."""
    if finding.about or finding.cause not in _AT_FAULT:
        return finding.about
    known = symptoms.neighbours
    quoted = [
        known[number] for quote in finding.quotes if (number := _neighbour(quote)) is not None and number < len(known)
    ]
    named = [one for one in known if any(one.name in quote.text for quote in finding.quotes)]
    found = sorted((*quoted, *named), key=lambda one: one.well)
    return found[0].name if found else ""


def _neighbour(quote: Quote) -> int | None:
    """The number of the neighbour that it quotes."""
    kind, _, number = quote.item.partition("-")
    return int(number) if kind == "neighbour" and number.isdecimal() else None
