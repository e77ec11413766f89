"""What the thread that classifies lets the worker's heartbeat know."""

from __future__ import annotations

import time
from dataclasses import dataclass

WEIGHT = 0.3
"""Of the newest batch in the moving average."""


@dataclass
class Progress:
    """Times are of the monotonic clock."""

    photographs_per_second: float | None = None
    """While there was something to do, as a moving average."""
    overdue_at: float | None = None
    """When what is being classified belongs to somebody else; None while nothing is."""
    _stored_at: float = 0.0

    def began(self, *, lease_ends: float) -> None:
        self.overdue_at = lease_ends

    def stored(self, photographs: int, *, claimed_at: float) -> None:
        """A batch is finished; the time that it took began after the batch before it."""
        now = time.monotonic()
        newest = photographs / max(now - max(claimed_at, self._stored_at), 1e-6)
        average = self.photographs_per_second or newest
        self.photographs_per_second = average + WEIGHT * (newest - average)
        self._stored_at = now

    def idle(self) -> None:
        self.overdue_at = None

    @property
    def is_overdue(self) -> bool:
        return self.overdue_at is not None and time.monotonic() > self.overdue_at


progress = Progress()
