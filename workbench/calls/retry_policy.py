"""For how long a call is tried before it fails, and when its provider is to blame instead.
Knows nothing about sending calls."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.providers.circuit_breaker import BUSY_KINDS
from workbench.providers.rate_limits import ProviderLimits
from workbench.store.records import CallRecord

# While the circuit is open, a call that keeps failing gets this many rounds before it can fail by itself.
MAX_ROUNDS = 3
ATTEMPTS_OF_LATER_ROUNDS = 2


@dataclass(frozen=True)
class RetryPolicy:
    """For how long a call is tried before it fails."""

    attempts: int
    """Requests sent at most in the first round."""
    deadline_factor: float
    """A call's attempts end after this many times its model's timeout,"""
    least_deadline_seconds: float
    """but not before this many seconds, so that back-off has time to work."""
    waits_for_provider: bool
    """Whether a call waits until a provider that is down is back, and a wrong key ends the whole run.
    Otherwise only the call itself fails."""
    waits_for_circuit: bool = True
    """Whether a call waits while the provider's circuit is open. Otherwise it fails at once, so that whoever
    asks hears when to ask again."""

    def deadline_seconds(self, timeout_seconds: float) -> float:
        """The seconds after which a call to a model with this timeout is not sent again."""
        return max(timeout_seconds * self.deadline_factor, self.least_deadline_seconds)


# An experiment runs for hours; in the Playground somebody waits for the answer; many ask a service at once.
UNATTENDED = RetryPolicy(6, 3.0, 30.0, waits_for_provider=True)
INTERACTIVE = RetryPolicy(3, 1.0, 0.0, waits_for_provider=False)
SERVING = RetryPolicy(3, 1.0, 0.0, waits_for_provider=False, waits_for_circuit=False)


def gets_another_round(
    record: CallRecord, rounds: int, limits: ProviderLimits, *, others_succeed: bool
) -> bool:
    """Whether a call that used up its attempts is tried again, because its provider seems to be to blame.
    While a provider is down, calls wait at the circuit breaker instead of failing their answers.

    This ends: the request itself is to blame when other calls succeed, or when no other call waits and the
    server accepts the request without answering it.

    record: the call as it ended in the latest round.
    rounds: how many rounds it has had.
    others_succeed: whether the provider has answered other calls since the first round.
    """
    if record.outcome == "ok":
        return False
    if rounds < MAX_ROUNDS:
        return limits.is_open or record.error_kind in BUSY_KINDS
    alone = not limits.waiting and record.error_kind in ("cut", "timeout", "server")
    to_blame = record.error_kind != "refused" and (others_succeed or alone)
    return limits.is_open and not to_blame
