"""The remedies, one file per family: a finding and what is seen of the app become concrete proposals, or none."""

from app.healing.remedies.proposing import Case, propose
from app.healing.remedies.revisions import worth_going_back_to

__all__ = ["Case", "propose", "worth_going_back_to"]
