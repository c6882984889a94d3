"""The machine's clock, for those who need more than a moment of it: how long things take, waiting, trying again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

import tenacity

from recurly_sessions.errors import LockedError, StoreUnavailableError

_FIRST: Final = 0.5  # seconds
_LONGEST: Final = 15

T = TypeVar("T")


class MachineClock:
    """What `maintain` measures and waits with; see `recurly_sessions.operations.pace.Clock`.

    A store that can't be reached is tried again, after longer and longer, until `patience` seconds have passed; but not
    where somebody else has locked the same: whoever was told of that has waited already.
    """

    def __init__(self, *, patience: float = 60.0) -> None:
        self._patience = patience

    def seconds(self) -> float:
        """Seconds since some moment, never going back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def retry(self, work: Callable[[], T], *, waiting: Callable[[float, BaseException], object]) -> T:
        """Do something with a store; where that can't be reached, say for how long we wait, and do it again.

        The pauses differ by chance, so that workers who lost the same server don't all come back at once.
        """

        def before_sleep(state: tenacity.RetryCallState) -> None:
            assert state.outcome is not None, "it's tried again because of how it ended"
            error = state.outcome.exception()
            assert error is not None, "which was in an error"
            waiting(state.upcoming_sleep, error)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_pass),
            wait=tenacity.wait_exponential(_FIRST, max=_LONGEST) + tenacity.wait_random(0, _FIRST),
            stop=tenacity.stop_before_delay(self._patience),
            before_sleep=before_sleep,
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(work)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, StoreUnavailableError) and not isinstance(error, LockedError)
