"""How a call of the job goes along: how many series at a time, how long it waits, and when it's to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.log import log_waiting

_MOST: Final = 10_000  # series at a time

T = TypeVar("T")


class Clock(Protocol):
    """How long things take, waiting, trying again; `recurly_sessions.adapters.machine.MachineClock` is one."""

    def seconds(self) -> float:
        """Seconds since some moment, never going back."""
        ...

    def sleep(self, seconds: float) -> object:
        """Wait."""
        ...

    def retry(self, work: Callable[[], T], *, waiting: Callable[[float, BaseException], object]) -> T:
        """Do something with a store; where that can't be reached, say for how long one waits, and do it again.

        A `LockedError` is better let through: the job goes on with other series then.
        """
        ...


@attrs.define(kw_only=True)
class Pace:
    """The pace of one call, from the moment at which it's made."""

    clock: Clock | None
    batch: int
    pause: float
    budget: float | None
    stop: Callable[[], bool] | None
    stopped: str | None = attrs.field(default=None, init=False)  # why, once it's to stop before all is visited
    has_begun: bool = attrs.field(default=False, init=False)  # to get on: however short the time, a batch goes well
    _is_first: bool = attrs.field(default=True, init=False)
    _since: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.batch, bool) or not isinstance(self.batch, int) or not 1 <= self.batch <= _MOST:
            raise InvalidValueError("maintain: batch", f"must be 1 to {_MOST} series", self.batch)
        if not _are_seconds(self.pause) or self.pause < 0:
            raise InvalidValueError("maintain: pause", "must be so many seconds, or 0", self.pause)
        if self.budget is not None and not (_are_seconds(self.budget) and self.budget > 0):
            raise InvalidValueError("maintain: budget", "must be so many seconds, or None", self.budget)
        if self.clock is None and (self.pause or self.budget is not None):
            hint = "give it clock=MachineClock() from recurly_sessions.adapters.machine"
            raise InvalidValueError("maintain: clock", "must be there to wait or to keep to a budget", self.clock, hint)
        self._since = 0.0 if self.clock is None else self.clock.seconds()

    def seconds(self) -> float:
        """How long the call has taken so far; 0 where there's no clock."""
        return 0.0 if self.clock is None else self.clock.seconds() - self._since

    def tried(self, work: Callable[[], T]) -> T:
        """Do something with the store; where it can't be reached, again after a while, if there's a clock."""
        return work() if self.clock is None else self.clock.retry(work, waiting=log_waiting)

    def goes_on(self) -> bool:
        """Whether it's to go on; once it isn't, it stays so."""
        if self.stopped is None and self.stop is not None and self.stop():
            self.stopped = "switched off"
        if self.stopped is None and self.has_begun and self.budget is not None and self.seconds() >= self.budget:
            self.stopped = "budget"
        return self.stopped is None

    def goes_on_after_pause(self) -> bool:
        """Pause, unless it's before the first batch, and say whether it's to go on."""
        is_first, self._is_first = self._is_first, False
        if is_first or not self.pause or self.clock is None:
            return True
        self.clock.sleep(self.pause)
        return self.goes_on()


def _are_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
