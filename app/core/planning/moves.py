"""An app on its way to another runtime: when it has arrived there, so that it may be left where it was. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.planning.setstate import ObservedSets, available
from app.core.planning.slots import Observed, slot_table
from app.core.spec import Desired


def arrived(desired: Desired, observed: Observed | ObservedSets, history: Mapping[int, SlotRecord], now: float) -> bool:
    """Everything wished for answers where it is wished for now, or did once: from then on only that place counts."""
    if desired.rolled_out_at:
        return True
    if not observed.reachable:
        return False
    if isinstance(observed, ObservedSets):
        ready = sum(available(desired, one, observed, now).count for one in observed.sets)
    else:
        ready = sum(member.ready for member in slot_table(desired, observed, history, now).members)
    return ready >= desired.spec.replicas
