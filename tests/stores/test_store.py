"""One suite for every store (`conftest`)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.core.approvals import ApprovalState
from app.core.errors import Conflict, NotFound
from app.core.history import SlotRecord
from app.core.pods import ExitInfo
from app.core.spec import AppKey
from app.ports.store import Store
from tests.stores.values import API, WEB, approval, audit, event, limited, revision, wish

# -- apps


async def test_a_new_app_is_kept_with_its_revision(store: Store) -> None:
    await store.put_app(wish(WEB), expected_generation=None, revision=revision(1))
    await store.put_app(wish(API), expected_generation=None)
    assert await store.list_apps() == [wish(API), wish(WEB)]
    assert await store.list_revisions(WEB) == [revision(1)]
    assert await store.list_revisions(API) == []


async def test_a_new_app_must_not_exist(store: Store) -> None:
    await store.put_app(wish(generation=4), expected_generation=None)
    with pytest.raises(Conflict, match="default/web exists already"):
        await store.put_app(wish(generation=1), expected_generation=None, revision=revision(1))
    assert await store.list_apps() == [wish(generation=4)]
    assert await store.list_revisions(WEB) == []


async def test_the_same_name_in_another_namespace_is_another_app(store: Store) -> None:
    other = AppKey("prod", "web")
    await store.put_app(wish(WEB), expected_generation=None)
    await store.put_app(wish(other), expected_generation=None)
    await store.remove_app(WEB)
    assert [found.key for found in await store.list_apps()] == [other]


async def test_a_change_needs_the_generation_that_was_read(store: Store) -> None:
    await store.put_app(wish(generation=1), expected_generation=None)
    await store.put_app(wish(generation=2, deleting=True), expected_generation=1, revision=revision(2))
    assert await store.list_apps() == [wish(generation=2, deleting=True)]
    for expected in (1, 3):
        with pytest.raises(Conflict, match="changed or removed"):
            await store.put_app(wish(generation=9), expected_generation=expected, revision=revision(9))
    assert await store.list_apps() == [wish(generation=2, deleting=True)]
    assert await store.list_revisions(WEB) == [revision(2)]


async def test_an_app_that_is_gone_cannot_be_changed(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.put_app(wish(generation=2), expected_generation=1)
    assert await store.list_apps() == []


async def test_of_many_changes_from_one_generation_one_wins(store: Store) -> None:
    await store.put_app(wish(generation=1), expected_generation=None)
    results = await asyncio.gather(
        *(store.put_app(wish(generation=2, updated_at=float(n)), expected_generation=1) for n in range(8)),
        return_exceptions=True,
    )
    assert [type(result) for result in results if result is not None] == [Conflict] * 7
    winner = results.index(None)
    assert await store.list_apps() == [wish(generation=2, updated_at=float(winner))]


async def test_removing_forgets_all_but_the_events(store: Store) -> None:
    await store.put_app(wish(), expected_generation=None, revision=revision(1))
    await store.put_slot(WEB, SlotRecord(0, attempt=1))
    kept = await store.put_event(event())
    await store.remove_app(WEB)
    await store.remove_app(WEB)
    assert await store.list_apps() == []
    assert await store.list_revisions(WEB) == []
    assert await store.list_slots() == {}
    assert await store.list_events(WEB) == [kept]


@pytest.mark.parametrize(("limit", "kept"), [(10, 11), (2, 3), (1, 2), (0, 2)])
async def test_revisions_are_oldest_first_and_bounded(store: Store, limit: int, kept: int) -> None:
    for number in range(1, 15):
        before = number - 1 or None
        changed = limited(wish(generation=number), limit)
        await store.put_app(changed, expected_generation=before, revision=revision(number))
    assert [found.number for found in await store.list_revisions(WEB)] == list(range(15 - kept, 15))


async def test_a_lower_limit_holds_at_once(store: Store) -> None:
    for number in range(1, 6):
        await store.put_app(wish(generation=number), expected_generation=number - 1 or None, revision=revision(number))
    await store.put_app(limited(wish(generation=6), 1), expected_generation=5)
    assert [found.number for found in await store.list_revisions(WEB)] == [4, 5]


# -- slots


async def test_slot_records_are_replaced_and_dropped(store: Store) -> None:
    ended = SlotRecord(
        1, attempt=3, recorded=3, failures=2, ended_at=5.5, last_exit=ExitInfo(137, "OOMKilled", "", True)
    )
    await store.put_app(wish(WEB), expected_generation=None)
    await store.put_app(wish(API), expected_generation=None)
    for slot in (2, 1, 0):
        await store.put_slot(WEB, SlotRecord(slot, attempt=1))
    await store.put_slot(WEB, ended)
    await store.put_slot(API, SlotRecord(0))
    await store.drop_slots(WEB, [0, 7])
    await store.drop_slots(API, [])
    await store.drop_slots(AppKey("no", "such"), [0])
    assert await store.list_slots() == {WEB: [ended, SlotRecord(2, attempt=1)], API: [SlotRecord(0)]}


async def test_a_record_of_an_app_that_is_gone_is_not_kept(store: Store) -> None:
    await store.put_slot(WEB, SlotRecord(0, attempt=7))
    assert await store.list_slots() == {}
    await store.put_app(wish(), expected_generation=None)
    assert await store.list_slots() == {}


# -- events


async def test_events_get_rising_ids_and_come_newest_last(store: Store) -> None:
    late, early = await store.put_event(event(at=9.0)), await store.put_event(event(API, at=3.0))
    assert 0 < late.id < early.id
    assert await store.list_events() == [early, late]
    assert await store.list_events(API) == [early]
    assert await store.list_events(limit=1) == [late]
    assert await store.list_events(limit=0) == []


async def test_a_repeated_event_replaces_itself(store: Store) -> None:
    first = await store.put_event(event(at=1.0))
    other = await store.put_event(event(at=2.0, message="other"))
    again = replace(first, count=2, last_at=5.0)
    assert await store.put_event(again) == again
    assert await store.list_events() == [other, again]


async def test_an_event_that_was_pruned_comes_back_with_its_id(store: Store) -> None:
    first, second = await store.put_event(event(at=1.0)), await store.put_event(event(at=2.0))
    await store.prune_events(keep_per_app=1)
    again = replace(first, count=2, last_at=3.0)
    await store.put_event(again)
    assert await store.list_events() == [second, again]
    assert (await store.put_event(event(at=4.0))).id > second.id


async def test_pruning_keeps_the_newest_of_each_app(store: Store) -> None:
    for at in (3.0, 1.0, 2.0):
        await store.put_event(event(WEB, at))
        await store.put_event(event(API, at + 10))
    await store.prune_events(keep_per_app=2)
    assert [found.last_at for found in await store.list_events()] == [2.0, 3.0, 12.0, 13.0]
    await store.prune_events(keep_per_app=0)
    assert await store.list_events() == []


async def test_what_a_container_printed_is_kept_to_the_letter(store: Store) -> None:
    text = "nul \0, bell \a, ünï©ødé 🚀, '; DROP TABLE events; --"
    kept = await store.put_event(event(message=text))
    assert (await store.list_events())[0] == kept
    assert kept.message == text


# -- approvals


async def test_approvals_are_found_by_id_conversation_and_state(store: Store) -> None:
    late, early = approval("a1", at=5.0), approval("a2", at=2.0)
    other = approval("a3", conversation="c2", state=ApprovalState.DONE)
    for each in (late, early, other):
        await store.put_approval(each)
    assert await store.get_approval("a1") == late
    assert await store.list_approvals() == [other, early, late]
    assert await store.list_approvals(conversation="c1") == [early, late]
    assert await store.list_approvals(state=ApprovalState.DONE) == [other]
    assert await store.list_approvals(conversation="c2", state=ApprovalState.PENDING) == []
    with pytest.raises(NotFound, match="no approval a9"):
        await store.get_approval("a9")


async def test_an_approval_cannot_be_put_again(store: Store) -> None:
    await store.put_approval(approval(state=ApprovalState.DONE))
    with pytest.raises(Conflict):
        await store.put_approval(approval(state=ApprovalState.PENDING))
    assert (await store.get_approval("a1")).state is ApprovalState.DONE


async def test_an_approval_claimed_by_many_is_used_once(store: Store) -> None:
    await store.put_approval(approval())
    claims = [approval(state=ApprovalState.APPROVED).model_copy(update={"decided_by": f"task {n}"}) for n in range(8)]
    results = await asyncio.gather(
        *(store.move_approval(claim, expected=ApprovalState.PENDING) for claim in claims), return_exceptions=True
    )
    assert [type(result) for result in results if result is not None] == [Conflict] * 7
    assert await store.get_approval("a1") == claims[results.index(None)]


async def test_an_approval_moves_only_from_the_expected_state(store: Store) -> None:
    await store.put_approval(approval(state=ApprovalState.REJECTED))
    with pytest.raises(Conflict, match="not pending any more"):
        await store.move_approval(approval(state=ApprovalState.APPROVED), expected=ApprovalState.PENDING)
    with pytest.raises(Conflict):
        await store.move_approval(approval("unknown"), expected=ApprovalState.PENDING)
    assert await store.list_approvals(state=ApprovalState.REJECTED) == [approval(state=ApprovalState.REJECTED)]


# -- audit, conversations, meta


async def test_audit_rows_are_numbered_and_come_newest_last(store: Store) -> None:
    rows = [await store.add_audit(audit(f"c{n % 2}", summary=str(n))) for n in range(4)]
    assert [row.id for row in rows] == sorted({row.id for row in rows})
    assert rows[0].id > 0
    assert await store.list_audit() == rows
    assert await store.list_audit(conversation="c1") == [rows[1], rows[3]]
    assert await store.list_audit(limit=2) == rows[2:]


async def test_a_conversation_is_replaced_whole(store: Store) -> None:
    state = {"pending": ["a1"], "last": {"app": "web", "n": 1.5, "none": None}}
    assert await store.get_conversation("c1") == {}
    await store.put_conversation("c1", state)
    await store.put_conversation("c2", {})
    assert await store.get_conversation("c1") == state
    await store.put_conversation("c1", {"fresh": True})
    assert await store.get_conversation("c1") == {"fresh": True}


async def test_a_conversation_kept_is_not_the_callers_dictionary(store: Store) -> None:
    state = {"list": [1]}
    await store.put_conversation("c1", state)
    state["list"].append(2)
    got = await store.get_conversation("c1")
    assert got == {"list": [1]}
    got["list"].append(3)
    assert await store.get_conversation("c1") == {"list": [1]}


async def test_meta_values_are_kept(store: Store) -> None:
    assert await store.get_meta("color") is None
    await store.put_meta("mode", "ask")
    await store.put_meta("mode", "auto")
    assert await store.get_meta("mode") == "auto"
    await store.ping()


async def test_many_tasks_at_once_lose_nothing(store: Store) -> None:
    await store.put_app(wish(), expected_generation=None)
    await asyncio.gather(
        *(store.put_slot(WEB, SlotRecord(slot)) for slot in range(30)),
        *(store.put_event(event(at=float(n))) for n in range(30)),
    )
    assert len((await store.list_slots())[WEB]) == 30
    assert len({found.id for found in await store.list_events()}) == 30
