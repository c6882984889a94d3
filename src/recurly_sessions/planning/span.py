"""The stretch of a series' calendar in which sessions may be made: a window, or so many weeks by the wall clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs

from recurly_sessions.planning.expand import days_in
from recurly_sessions.time.clock import DAY, midnight, on_clock, resolve
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Days, Window


@attrs.frozen(kw_only=True)
class Span:
    """Where sessions may be made: from one instant up to another, on the days from first to last.

    With a `time_of_day` it's the clock on the wall that counts, as the slot says it: from that time of the first day up
    to the same time of the last. So a weekly slot has as many dates as the span has weeks, whatever the clocks do.
    """

    now: datetime
    begin: datetime
    end: datetime
    first: date
    last: date
    zone: Zone
    on_overlap: str = "earlier"
    time_of_day: timedelta | None = None

    def holds(self, slot: Slot, day: date, starts_at: datetime) -> bool:
        """Whether the occurrence of a slot on a day may be made; nothing before now may."""
        if starts_at < self.now:
            return False
        if self.time_of_day is None:
            return self.begin <= starts_at < self.end
        if day == self.last:
            # The last day has what the first lacks: together they have every time of day once.
            return not self._has_on_first_day(slot.timing_on(day).start)
        return self.first < day < self.last or (day == self.first and self._has_on_first_day(slot.timing_on(day).start))

    def _has_on_first_day(self, start: timedelta) -> bool:
        """Whether a time of day is still to come on the first day; one that comes twice, its instant as well."""
        assert self.time_of_day is not None, "only a span by the wall clock has a first day of its own"
        if start < self.time_of_day:
            return False
        first_day = on_clock(self.zone, (self.first.toordinal(),), self.on_overlap)
        return not first_day.has_shifts or first_day.instants(start)[0] >= self.now

    def surely_holds(self) -> tuple[date, date]:
        """The days from and up to which every occurrence may be made, so that only the others need a closer look."""
        tomorrow = self.first + DAY
        if self.time_of_day is not None and resolve(self.zone, tomorrow, timedelta(0)) >= self.now:
            return tomorrow, self.last - DAY
        return tomorrow + DAY, self.last - 2 * DAY  # a clock change around midnight may take a start to another day


def span_of(now: datetime, zone: Zone, *, weeks: int, on_overlap: str, window: Window | Days | None) -> Span:
    """The span of a series: the window if one is given, else the weeks ahead."""
    if isinstance(window, Days):
        window = window.window(zone.name)
    if window is not None:
        begin = max(now, window.start)
        end = max(begin, window.end)
        first, last = (date.fromordinal(day) for day in days_in(Window(begin, end), zone))
        return Span(now=now, begin=begin, end=end, first=first, last=last, zone=zone)
    local = now.astimezone(zone.info).replace(tzinfo=None)
    first, last = local.date(), local.date() + timedelta(weeks=weeks)
    time_of_day = local - midnight(first).replace(tzinfo=None)
    end = resolve(zone, last, time_of_day)
    return Span(
        now=now,
        begin=now,
        end=end,
        first=first,
        last=last,
        zone=zone,
        on_overlap=on_overlap,
        time_of_day=time_of_day,
    )
