"""A slot of a series to its dates: which days, in which phase, and how many came before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

import attrs

from recurly_sessions.errors import RuleReachError
from recurly_sessions.time.rules import Days, days_of, last_day, weekly_days
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.series import Series, first_day
from recurly_sessions.values.slot import Slot, Timing

_NEVER = date.max.toordinal()


class Stage(NamedTuple):
    """A phase of a slot, or what comes before the first: its days (as ordinals), bounds included, and its timing."""

    first: int
    last: int
    days: Days
    timing: Timing


@attrs.frozen(eq=False)
class SlotCalendar:
    """The dates of one slot. `added` are extra dates that no rule names, `removed` dates that one names but may not."""

    stages: tuple[Stage, ...]
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    def count_before(self, day: int) -> int:
        """How many dates the slot has before a day: the index of a date on it."""
        count = bisect_left(self.added, day) - bisect_left(self.removed, day)
        for stage in self.stages:
            if stage.first >= day:
                break
            count += stage.days.count(stage.first, min(stage.last, day - 1))
        return count

    def between(self, first: int, last: int) -> list[int]:
        """The dates from first to last, both included, in order."""
        return [day for stage in self.stages for day in self.in_stage(stage, first, last)]

    def in_stage(self, stage: Stage, first: int, last: int) -> Sequence[int]:
        """The dates of one stage from first to last, both included, in order."""
        first, last = max(first, stage.first), min(last, stage.last)
        if first > last:
            return ()
        days = stage.days.between(first, last)
        if self.added or self.removed:
            added = self.added[bisect_left(self.added, first) : bisect_right(self.added, last)]
            days = sorted({*days, *added}.difference(self.removed))
        return days if isinstance(days, range) else tuple(days)


def calendar_of(series: Series, slot: Slot, zone: Zone, *, on_overlap: str = "earlier") -> SlotCalendar:
    """Prepare a slot's dates."""
    first, last = bounds(series, slot)
    begin = date.fromordinal(first)
    stages = []
    until = last
    for timing in reversed(slot.timings):
        since = first if timing.from_day is None else max(first, timing.from_day.toordinal())
        if since <= until:
            days = _days(timing, begin, f"{series.id}/{slot.id}", zone=zone, on_overlap=on_overlap)
            stages.append(Stage(since, until, days, timing))
            until = since - 1
    calendar = SlotCalendar(tuple(reversed(stages)))
    if slot.extra_dates or slot.excluded_dates:
        return _with_exceptions(calendar, slot, first, last)
    return calendar


def bounds(series: Series, slot: Slot) -> tuple[int, int]:
    """The first and the last day (as ordinals) on which a slot may have a date."""
    return first_day(series, slot).toordinal(), min(_ordinal(series.ends_on), _ordinal(slot.ends_on))


def _days(timing: Timing, begin: date, slot: str, *, zone: Zone, on_overlap: str) -> Days:
    if timing.days is not None:
        return weekly_days(timing.days, begin)
    assert timing.rule is not None, "a timing has days or a rule"
    days = days_of(timing.rule, max(begin, timing.stated_on or begin))
    ends_on = last_day(timing.rule, timing.start, zone, on_overlap=on_overlap)
    return _Until(days, ends_on.toordinal(), slot)


@attrs.frozen(eq=False)
class _Until:
    """The days of a slot's rule up to the last that its UNTIL allows; an extra date may be later."""

    days: Days
    last: int
    slot: str

    def between(self, first: int, last: int) -> Sequence[int]:
        with self._named():
            return self.days.between(first, min(last, self.last))

    def count(self, first: int, last: int) -> int:
        with self._named():
            return self.days.count(first, min(last, self.last))

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except RuleReachError as error:
            raise error.of(self.slot, error.rule) from None


def _with_exceptions(calendar: SlotCalendar, slot: Slot, first: int, last: int) -> SlotCalendar:
    """Take extra and excluded dates in; an excluded date wins over an extra one and over the rule."""
    excluded = {day.toordinal() for day in slot.excluded_dates if first <= day.toordinal() <= last}
    extra = [day.toordinal() for day in slot.extra_dates if first <= day.toordinal() <= last]
    return attrs.evolve(
        calendar,
        added=tuple(day for day in extra if day not in excluded and not calendar.between(day, day)),
        removed=tuple(day for day in sorted(excluded) if calendar.between(day, day)),
    )


def _ordinal(day: date | None) -> int:
    return _NEVER if day is None else day.toordinal()
