"""The gate's table, row by row: role x effect x mode, then what asks although it may run."""

from __future__ import annotations

from itertools import product

import pytest

from app.core.approvals import Mode, Role
from app.core.gate import MASS, Effect, Request, Verdict, decide

RUN, ASK, REFUSE = Verdict.RUN, Verdict.ASK, Verdict.REFUSE
_BY_MODE = {
    Mode.OBSERVE: {Effect.CHANGE: REFUSE, Effect.DESTROY: REFUSE, Effect.SPEND: REFUSE},
    Mode.SUGGEST: {Effect.CHANGE: ASK, Effect.DESTROY: ASK, Effect.SPEND: ASK},
    Mode.ASK: {Effect.CHANGE: RUN, Effect.DESTROY: ASK, Effect.SPEND: ASK},
    Mode.AUTO: {Effect.CHANGE: RUN, Effect.DESTROY: ASK, Effect.SPEND: ASK},
}


@pytest.mark.parametrize(("role", "effect", "mode"), list(product(Role, Effect, Mode)))
def test_table(role: Role, effect: Effect, mode: Mode) -> None:
    decision = decide(Request(tool="t", effect=effect, role=role, mode=mode))
    if effect is Effect.READ:
        assert decision.verdict is RUN
    elif role is Role.VIEWER:
        assert decision.verdict is REFUSE
        assert "operator" in decision.reason
    else:
        assert decision.verdict is _BY_MODE[mode][effect]
    assert decision.reason


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.AUTO])
@pytest.mark.parametrize(
    ("apps", "by_filter", "disagreement", "verdict"),
    [
        (1, False, False, RUN),
        (MASS - 1, False, False, RUN),
        (MASS, False, False, ASK),
        (100, False, False, ASK),
        (1, True, False, ASK),
        (1, False, True, ASK),
    ],
)
def test_what_asks_although_it_is_a_change(
    mode: Mode, apps: int, by_filter: bool, disagreement: bool, verdict: Verdict
) -> None:
    request = Request(
        tool="scale",
        effect=Effect.CHANGE,
        role=Role.ADMIN,
        mode=mode,
        apps=apps,
        by_filter=by_filter,
        disagreement=disagreement,
    )
    assert decide(request).verdict is verdict


def test_nothing_about_a_read_ever_asks() -> None:
    request = Request(
        tool="logs",
        effect=Effect.READ,
        role=Role.VIEWER,
        mode=Mode.OBSERVE,
        apps=1000,
        by_filter=True,
        disagreement=True,
    )
    assert decide(request).verdict is RUN


def test_no_admin_is_above_the_mode() -> None:
    for effect in (Effect.CHANGE, Effect.DESTROY, Effect.SPEND):
        request = Request(tool="t", effect=effect, role=Role.ADMIN, mode=Mode.OBSERVE)
        assert decide(request).verdict is REFUSE
