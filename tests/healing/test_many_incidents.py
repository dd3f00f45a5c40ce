"""Hundreds of incidents on paper: what healing may do, and what it never does."""

from __future__ import annotations

import pytest

from agent_tools.door import USER
from app.core.approvals import ApprovalState, Mode
from app.core.diagnosis import REMEDIES, RemedyClass
from app.core.incidents import Incident, Outcome, Risk
from app.healing.policy import ATTEMPTS_SECONDS, MAX_ATTEMPTS, SURE
from benchmarks.incidents import Ill, PaperWard, Patients, first_try, share

WAITING = (ApprovalState.PENDING, ApprovalState.EXPIRED)
OVER = (Outcome.KEPT, Outcome.UNDONE, Outcome.OVERTAKEN, Outcome.FAILED)


def broken_rules(ill: Ill, incident: Incident) -> list[str]:
    """What was done to it that the policy does not allow."""
    begun = [one.began_at for one in incident.attempts]
    allowed = {*REMEDIES[ill.cause], RemedyClass.ROLLBACK}
    found = [
        ("tried although not sure", bool(begun) and ill.confidence < SURE),
        ("a risky remedy without a person", any(one.proposal.risk is not Risk.SAFE for one in incident.attempts)),
        ("the same twice", len({one.proposal.key for one in incident.attempts}) < len(begun)),
        ("a remedy of another cause", any(one.proposal.remedy not in allowed for one in incident.attempts)),
        (
            "too many in ten minutes",
            any(sum(at <= other < at + ATTEMPTS_SECONDS for other in begun) > MAX_ATTEMPTS for at in begun),
        ),
        (
            "two at once",
            any(
                one.ended_at is None or one.ended_at > later
                for one, later in zip(incident.attempts, begun[1:], strict=False)
            ),
        ),
        (
            "kept what did not help",
            any(
                (one.outcome is Outcome.KEPT) != (one.proposal.kind == ill.cure)
                for one in incident.attempts
                if one.outcome in (Outcome.KEPT, Outcome.UNDONE)
            ),
        ),
    ]
    return [words for words, wrong in found if wrong]


@pytest.mark.asyncio
async def test_of_500_random_incidents_none_gets_a_remedy_outside_the_policy() -> None:
    patients, ward = Patients(7), PaperWard()
    mended = 0
    for _ in range(500):
        ill = patients.next()
        before = ill.spec
        incident = await ward.treat(ill)
        assert incident is not None
        assert broken_rules(ill, incident) == []
        assert all(one.outcome in OVER for one in incident.attempts)
        if incident.healed_by:
            mended += 1
        elif incident.attempts:
            assert ill.spec == before  # taken back to the last field
    assert mended > 200
    rows = await ward.store.list_audit(limit=10_000)
    assert len(rows) >= len(ward.control.writes)  # every change has its row


@pytest.mark.asyncio
async def test_in_1000_incidents_mode_observe_changes_nothing() -> None:
    patients, ward = Patients(8), PaperWard(mode=Mode.OBSERVE)
    for _ in range(1000):
        ill = patients.next()
        before, generation = ill.spec, ill.generation
        incident = await ward.treat(ill, seconds=30.0)
        assert incident is not None
        assert incident.attempts == ()
        assert (ill.spec, ill.generation) == (before, generation)
    assert ward.control.writes == []
    assert await ward.store.list_approvals() == []
    assert await ward.store.list_audit() == []


@pytest.mark.asyncio
async def test_in_mode_suggest_and_ask_nothing_runs_that_nobody_allowed() -> None:
    for mode in (Mode.SUGGEST, Mode.ASK):
        patients, ward = Patients(9), PaperWard(mode=mode)
        for _ in range(60):
            await ward.treat(patients.next(), seconds=60.0)
        assert ward.control.writes == []
        asked = await ward.store.list_approvals()
        assert len(asked) > 20
        assert all(not one.asked_by_person and (one.state in WAITING or one.decided_by == USER) for one in asked)


@pytest.mark.asyncio
async def test_lessons_raise_the_share_that_the_first_remedy_mends_and_forgetting_takes_it_back() -> None:
    _, plain = await share(0, 200, learns=False)
    _, taught = await share(0, 200, learns=True)
    assert taught > plain + 0.08
    ward = PaperWard()
    patients = Patients(1)
    for _ in range(40):
        await ward.treat(patients.next())
    learnt = await ward.healer.lessons()
    assert learnt
    cause = learnt[0].cause.value
    gone = await ward.healer.forget(cause=cause)
    assert gone == sum(one.cause.value == cause for one in learnt)
    assert len(await ward.store.list_lessons()) == len(learnt) - gone


@pytest.mark.asyncio
async def test_a_persons_word_counts_and_similar_incidents_are_found() -> None:
    patients, ward = Patients(3), PaperWard()
    mended: list[Incident] = []
    for _ in range(80):
        incident = await ward.treat(patients.next())
        if incident is not None and first_try(incident):
            mended.append(incident)
    one = mended[-1]
    [before] = [
        each
        for each in await ward.healer.lessons()
        if each.key == (one.cause, one.attempts[0].proposal.kind, one.image_family)
    ]
    await ward.healer.judged(one.id, right=False)
    await ward.healer.judged(one.id, right=False)  # said twice, counted once
    [after] = [each for each in await ward.healer.lessons() if each.key == before.key]
    assert (after.failed - before.failed, after.helped) == (2.0, before.helped)
    similar = await ward.healer.similar(mended[0])
    assert all(each.cause is mended[0].cause and each.id != mended[0].id for each in similar)
