"""The explanation for a person: what happened, why with quotes, what to do exactly."""

from app.analysis.sentences.explanation import explain, nothing_wrong, orders, unseen

__all__ = ["explain", "nothing_wrong", "orders", "unseen"]
