"""A model's reading beside the rules': what of it counts, and that an invented quote does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diagnosis import REMEDIES, Cause, Diagnosed, Finding, Item, Source
from app.core.opinions import CEILING, Opinion, checked, combined

EVIDENCE = (
    Item("log-0", Source.LOG, "bind: address already in use 0.0.0.0:8080"),
    Item("exit_code", Source.FACT, "exit code 1"),
)


def rules(cause: Cause, confidence: float) -> Diagnosed:
    finding = Finding(cause, confidence, REMEDIES[cause], because="the rules say so")
    return Diagnosed("default/web", (finding,), EVIDENCE, "The rules' text.")


def opinion(cause: Cause, *quotes: tuple[str, str], confidence: float = 0.9) -> Opinion:
    return Opinion(cause, confidence, "the port is taken", quotes)


def test_quotes_that_are_not_in_the_evidence_are_struck_out_and_cost_confidence() -> None:
    found = checked(
        opinion(Cause.PORT_CONFLICT, ("log-0", "address already in use"), ("log-0", "EADDRINUSE"), ("log-9", "exit")),
        EVIDENCE,
    )
    assert [quote.text for quote in found.quotes] == ["address already in use"]
    assert found.confidence == pytest.approx(CEILING / 3, abs=0.001)
    assert checked(opinion(Cause.PORT_CONFLICT), EVIDENCE).confidence == 0.0  # nothing quoted, nothing shown


def test_agreement_is_said_and_changes_no_number() -> None:
    found = combined(rules(Cause.PORT_CONFLICT, 0.9), opinion(Cause.PORT_CONFLICT), "m", EVIDENCE)
    assert found.findings == rules(Cause.PORT_CONFLICT, 0.9).findings
    assert "m reads it the same way" in found.text


def test_disagreement_is_shown_and_a_sure_rule_stays_first() -> None:
    quoted = opinion(Cause.PORT_CONFLICT, ("log-0", "address already in use"))
    sure = combined(rules(Cause.OUT_OF_MEMORY, 0.9), quoted, "m", EVIDENCE)
    assert [one.cause for one in sure.findings] == [Cause.OUT_OF_MEMORY, Cause.PORT_CONFLICT]
    assert "m reads it differently: port conflict (70%)" in sure.text
    unsure = combined(rules(Cause.UNKNOWN, 0.2), quoted, "m", EVIDENCE)
    assert unsure.best is not None
    assert unsure.best.cause is Cause.PORT_CONFLICT
    invented = combined(rules(Cause.UNKNOWN, 0.2), opinion(Cause.PORT_CONFLICT, ("log-0", "no")), "m", EVIDENCE)
    assert invented.best is not None
    assert invented.best.cause is Cause.UNKNOWN
    assert "1 quote is not in the evidence and struck out" in invented.text


def test_where_nothing_is_wrong_nothing_is_added() -> None:
    well = Diagnosed("default/web", (), (), "Nothing is wrong.")
    assert combined(well, opinion(Cause.HANG), "m", ()) == well


@given(
    st.sampled_from(list(Cause)),
    st.floats(-1, 2),
    st.lists(st.tuples(st.sampled_from(["log-0", "exit_code", "x"]), st.text(max_size=12)), max_size=6),
)
def test_every_quote_that_counts_is_real_and_no_confidence_is_above_the_ceiling(
    cause: Cause, confidence: float, quotes: list[tuple[str, str]]
) -> None:
    found = checked(Opinion(cause, confidence, "", tuple(quotes)), EVIDENCE)
    texts = {item.id: item.text for item in EVIDENCE}
    assert all(quote.text in texts[quote.item] for quote in found.quotes)
    assert 0.0 <= found.confidence <= CEILING
