"""A variable that is missing and was there before: it is set again as the last revision had it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.spec import Revision
from app.core.template import Container
from app.healing.remedies.case import Case


def set_env_again(case: Case) -> Iterator[Proposal]:
    """Only names are said; the values, or where they are taken from, stay in the wish. Without a name in what the
    program prints there is nothing to go by."""
    for revision in reversed(case.revisions[:-1]):
        was = revision.template.containers[0]
        names = _missing(case, was)
        if names:
            yield _variables(case, revision, was, names)
            return
        if _sources(case, was) and revision.number < case.view.revision:
            yield _whole_sources(case, revision, was)
            return


def _missing(case: Case, was: Container) -> list[str]:
    """Of the variables that it had then and lacks now, those that the evidence names."""
    present = {variable.name for variable in case.container.env}
    gone = [variable.name for variable in was.env if variable.name not in present]
    return [name for name in gone if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", case.quoted)]


def _variables(case: Case, revision: Revision, was: Container, names: list[str]) -> Proposal:
    again = tuple(variable for variable in was.env if variable.name in names)
    return Proposal(
        remedy=RemedyClass.SET_ENV,
        way="earlier",
        what=f"set {', '.join(names)} again, as revision {revision.number} had it",
        risk=Risk.SAFE if case.view.ready == 0 else Risk.RISKY,
        after=case.with_container(env=(*case.container.env, *again)),
        undo=f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} unset again",
        cost="every replica is replaced",
    )


def _sources(case: Case, was: Container) -> list[str]:
    """ConfigMaps and Secrets whose keys were variables then and are not now, where a missing name is spoken of."""
    if not re.search(r"\b[A-Z][A-Z0-9_]{2,}\b", case.quoted):
        return []
    present = {(one.kind, one.name) for one in case.container.env_from}
    return [one.name for one in was.env_from if (one.kind, one.name) not in present]


def _whole_sources(case: Case, revision: Revision, was: Container) -> Proposal:
    names = ", ".join(_sources(case, was))
    return Proposal(
        remedy=RemedyClass.SET_ENV,
        way="source",
        what=f"take variables from {names} again, as revision {revision.number} did",
        risk=Risk.SAFE if case.view.ready == 0 else Risk.RISKY,
        after=case.with_container(env_from=was.env_from),
        undo=f"{names} is left out again",
        cost="every replica is replaced",
    )
