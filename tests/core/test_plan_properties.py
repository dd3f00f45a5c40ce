"""The plan over generated worlds: it is always sound, it is stable, and carried out step by step it converges."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.history import SlotRecord
from app.core.planning.invariants import broken_in_plan, broken_in_world
from app.core.planning.plan import Forget, Pull, Release, Remove, Start, Stop, plan
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.spec import Desired, Strategy
from tests.worlds import NOW, PRESENT, pod, spec, wish

STRATEGIES = st.sampled_from(
    [
        Strategy(),
        Strategy(type="Recreate"),
        Strategy(max_surge=0, max_unavailable=1),
        Strategy(max_surge="100%", max_unavailable=0),
        Strategy(max_surge=0, max_unavailable=0),
    ]
)
WISHES = st.builds(
    lambda n, strategy, image, port, deleting: wish(
        spec(n, image=image, strategy=strategy, host_port=port), deleting=deleting
    ),
    st.integers(0, 6),
    STRATEGIES,
    st.sampled_from(["nginx:1.25", "nginx:1.27"]),
    st.sampled_from([None, 8080]),
    st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Desired, Observed, dict[int, SlotRecord]]:
    desired = draw(WISHES)
    digests = st.sampled_from([desired.template_hash, "0" * 10])
    pods: dict[object, ObservedPod] = {}
    for _ in range(draw(st.integers(0, 8))):
        one = pod(
            draw(st.integers(0, 5)),
            draw(st.integers(1, 4)),
            phase=draw(st.sampled_from(list(PodPhase))),
            digest=draw(digests),
        )
        pods[one.id] = one
    seen = tuple(pods.values())
    stopping = frozenset(one.id for one in seen if draw(st.integers(0, 4)) == 0)
    image = draw(st.sampled_from([PRESENT, ImageState(), ImageState(ImagePhase.PULLING)]))
    history = {}
    for slot in draw(st.sets(st.integers(0, 6))):
        top = max([one.id.attempt for one in seen if one.id.slot == slot], default=draw(st.integers(1, 4)))
        done = draw(st.booleans())
        history[slot] = SlotRecord(
            slot,
            attempt=top,
            recorded=top if done else 0,
            template_hash=desired.template_hash,
            failures=draw(st.integers(0, 8)),
            ended_at=NOW - draw(st.integers(0, 400)) if done else None,
        )
    reachable = draw(st.integers(0, 9)) > 0
    starting = {PodId(desired.key, slot, 9): draw(digests) for slot in draw(st.sets(st.integers(0, 6), max_size=2))}
    history |= {
        start.slot: SlotRecord(start.slot, attempt=9, template_hash=digest) for start, digest in starting.items()
    }
    given_up = {start for start in starting if draw(st.integers(0, 3)) == 0}
    return desired, Observed(reachable, seen, starting, stopping | given_up, image), history


@given(worlds())
@settings(max_examples=400, deadline=None)
def test_every_plan_is_sound_and_the_same_twice(world: tuple[Desired, Observed, dict[int, SlotRecord]]) -> None:
    desired, observed, history = world
    step = plan(desired, observed, history, NOW)
    assert broken_in_plan(desired, observed, history, step, NOW) == []
    assert plan(desired, observed, history, NOW) == step


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_carried_out_step_by_step_it_ends_at_the_wish(
    world: tuple[Desired, Observed, dict[int, SlotRecord]],
) -> None:
    """On a perfect runtime the wish is true after a few steps, and then nothing more is done."""
    desired, observed, history = world
    ripe = tuple(replace(one, ready=True) if one.phase is PodPhase.RUNNING else one for one in observed.pods)
    observed = replace(observed, reachable=True, pods=ripe, starting={}, stopping=frozenset(), image=PRESENT)
    now = NOW
    for _ in range(60):
        step = plan(desired, observed, history, now)
        if any(isinstance(action, Forget) for action in step.actions):
            assert observed.pods == ()
            return
        if not step.actions and step.wake_at is None:
            break
        now = max(now + 1, step.wake_at or 0)
        observed, history = perform(desired, observed, history, step.actions, now)
    else:
        raise AssertionError("it does not come to rest")
    assert broken_in_world([desired], observed.pods) == []


def perform(
    desired: Desired, observed: Observed, history: dict[int, SlotRecord], actions: tuple[object, ...], now: float
) -> tuple[Observed, dict[int, SlotRecord]]:
    pods = {one.id: one for one in observed.pods}
    history = dict(history)
    for action in actions:
        match action:
            case Start(pod=target):
                pods[target] = pod(target.slot, target.attempt, of=desired, started_at=now)
                record = history.get(target.slot, SlotRecord(target.slot))
                history[target.slot] = record.starting(target.attempt, desired.template_hash)
            case Stop(pod=target) | Remove(pod=target):
                del pods[target]
                if isinstance(action, Stop):
                    history[target.slot] = history.get(target.slot, SlotRecord(target.slot)).stopped()
            case Release(slot=slot):
                history[slot] = history[slot].stopped()
            case Pull():
                raise AssertionError("the image is there")
    return replace(observed, pods=tuple(pods.values())), history
