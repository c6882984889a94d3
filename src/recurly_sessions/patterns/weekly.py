"""Weekly: certain weeks, counted from the assignment's first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import items, located, readable, refuse, to_count
from recurly_sessions.patterns.pattern import Turn, ordinal

MOST_WEEKS: Final = 5200
_SHOWN: Final = 8


def to_week(value: int) -> int:
    """A week number or a number of weeks: 1 to 5200, a hundred years."""
    return to_count(value, most=MOST_WEEKS)


def to_weeks(value: Iterable[int]) -> tuple[int, ...]:
    """Week numbers in order, each once; at least one."""
    weeks = tuple(sorted({to_week(week) for week in items(value)}))
    if not weeks:
        raise refuse("must name at least one week", value)
    return weeks


@attrs.frozen(repr=False, kw_only=True, field_transformer=located)
class Weekly:
    """Claim the turns of certain weeks: named ones, named ones of a cycle, or every so many.

    Weeks begin on Monday. Week 1 is the week of the assignment's first day, else the week in which it was created, else
    the week of the series' first day.

    >>> Weekly(weeks=(1, 3, 5)), Weekly(weeks=(1, 3), cycle=4), Weekly(every=2, start_week=2)
    (Weekly(weeks=[1, 3, 5]), Weekly(weeks=[1, 3], cycle=4), Weekly(every=2, start_week=2))
    """

    weeks: tuple[int, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(to_weeks))
    cycle: int | None = attrs.field(default=None, converter=attrs.converters.optional(to_week))
    every: int | None = attrs.field(default=None, converter=attrs.converters.optional(to_week))
    start_week: int = attrs.field(default=1, converter=to_week)

    kind = "weekly"

    def __attrs_post_init__(self) -> None:
        if (self.weeks is None) == (self.every is None):
            hint = "weeks=(1, 3) names weeks, every=2 takes every second one"
            raise InvalidValueError("Weekly", "must have either weeks or every", self, hint)
        if self.every is None and self.start_week != 1:
            raise InvalidValueError("Weekly.start_week", "goes with every", self.start_week)
        if self.cycle is not None and self.weeks is None:
            raise InvalidValueError("Weekly.cycle", "goes with weeks", self.cycle)
        if self.cycle is not None and self.weeks is not None and self.weeks[-1] > self.cycle:
            raise InvalidValueError("Weekly.cycle", "must be no less than the last of weeks", self.cycle)

    def claims(self, turn: Turn) -> str | None:
        """Claim a turn in one of the weeks."""
        if turn.week < 1:
            return None
        if self.every is not None:
            return self._every(turn.week, self.every)
        assert self.weeks is not None, "without every there are weeks"
        week = turn.week if self.cycle is None else (turn.week - 1) % self.cycle + 1
        if week not in self.weeks:
            return None
        named = ", ".join(map(str, self.weeks)) if len(self.weeks) <= _SHOWN else f"named ({len(self.weeks)} of them)"
        of_cycle = "" if self.cycle is None else f" (week {week} in a cycle of {self.cycle})"
        return f"week {turn.week}{of_cycle} is one of the weeks {named}"

    def _every(self, week: int, every: int) -> str | None:
        if week < self.start_week or (week - self.start_week) % every:
            return None
        which = "every week" if every == 1 else f"every {ordinal(every)} week"
        return f"week {week}, {which} from week {self.start_week}"

    __repr__ = readable
