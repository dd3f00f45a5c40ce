"""The remedies, one file per family: a finding and what is seen of the app become concrete proposals, or none."""

from app.healing.remedies.proposing import Case, propose

__all__ = ["Case", "propose"]
