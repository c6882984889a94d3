"""The dates of a slot to the numbers of its turns: by index, less the dates before that passed their turn on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from functools import cached_property, partial

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.planning.calendar import SlotCalendar, calendar_of
from recurly_sessions.planning.days_off import called_off, days_off
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot


class Turns:
    """The numbering of one slot's turns up to a day, from 0; `passed` are dates (as ordinals) that passed theirs on.

    Most slots number their turns by the indexes of their dates alone, so the calendar is made only when it's asked for.
    """

    def __init__(self, last: date, calendar: Callable[[], SlotCalendar], passed: tuple[int, ...] = ()) -> None:
        self.last = last
        self.passed = passed
        self._calendar = calendar

    @cached_property
    def calendar(self) -> SlotCalendar:
        """The dates of the slot."""
        return self._calendar()

    def number(self, day: date, index: int) -> int:
        """The turn of a date with this index."""
        return index - bisect_left(self.passed, day.toordinal()) if self.passed else index

    def before(self, day: date) -> int:
        """How many turns there were before a day."""
        return self.number(day, self.calendar.count_before(day.toordinal()))

    def passes(self, day: date) -> bool:
        """Whether a date passed its turn on."""
        return bool(self.passed) and day.toordinal() in self.passed


def turns_of(series: Series, slot: Slot, config: ResolvedConfig, zone: Zone, last: date) -> Turns:
    """Number the turns of a slot up to a last day."""
    turns = Turns(last, partial(calendar_of, series, slot, zone, on_overlap=config.on_overlap))
    passing = {
        cause
        for cause, turn in (("cancellation", config.cancellation_turn), ("closure", config.closure_turn))
        if turn == "pass"
    }
    if not passing or not turns.calendar.stages:
        return turns
    off = days_off(series, config, turns.calendar.stages[0].first, last.toordinal())
    concerned = {
        day
        for each in off
        if each.cause in passing
        for day in turns.calendar.between(each.first, min(each.last, last.toordinal()))
    }
    days = sorted(concerned)
    causes = called_off(off, slot.id, days)
    turns.passed = tuple(day for place, day in enumerate(days) if place in causes and causes[place].cause in passing)
    return turns
