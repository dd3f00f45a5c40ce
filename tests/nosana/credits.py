"""Accounts in USD: reserved when a job is listed, settled some time after it ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.nosana.agenda import Agenda


class InsufficientCredits(Exception):
    """The text is the credit service's."""


@dataclass
class Account:
    assigned: float
    settled: float = 0.0
    reservations: dict[str, float] = field(default_factory=dict)

    @property
    def reserved(self) -> float:
        return sum(self.reservations.values())

    @property
    def spendable(self) -> float:
        return self.assigned - self.reserved - self.settled

    def view(self) -> dict[str, float]:
        """The reply of GET /api/credits/balance."""
        return {
            "assignedCredits": round(self.assigned, 6),
            "reservedCredits": round(self.reserved, 6),
            "settledCredits": round(self.settled, 6),
        }


class Credits:
    """All accounts by owner; `start` USD are assigned to each at first sight."""

    def __init__(self, agenda: Agenda, start: float, lag: float) -> None:
        self._agenda = agenda
        self._lag = lag
        self.accounts: defaultdict[str, Account] = defaultdict(lambda: Account(start))

    def reserve(self, owner: str, job: str, usd: float) -> None:
        """Adds to the job's reservation. Raises InsufficientCredits, and changes nothing then."""
        account = self.accounts[owner]
        if account.spendable + 1e-9 < usd:
            raise InsufficientCredits(
                f"Insufficient credits. Required: ${usd:.4f}, Available: ${max(0.0, account.spendable):.4f}"
            )
        account.reservations[job] = account.reservations.get(job, 0.0) + usd

    def settle(self, owner: str, job: str, usd: float) -> None:
        """Books what was used and frees the rest, `lag` seconds from now."""
        self._agenda.after(self._lag, lambda: self._book(owner, job, usd))

    def _book(self, owner: str, job: str, usd: float) -> None:
        account = self.accounts[owner]
        account.settled += min(usd, account.reservations.pop(job, 0.0))
