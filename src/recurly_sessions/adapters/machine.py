"""The clock of the machine, for those who need more of it than a moment: how long things take, and waiting."""

from __future__ import annotations

import time


class MachineClock:
    """What `maintain` measures and waits with; see `recurly_sessions.operations.maintain.Clock`."""

    def seconds(self) -> float:
        """Seconds since some moment, never going back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
