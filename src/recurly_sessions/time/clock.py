"""Wall-clock times on many days to instants, the only place that decides what a clock change does to them.

How it works. A *wall* is what the clock on the wall shows, written as if it were UTC, so that walls compare and add
without a zone. At a transition from offset `a` to offset `b` at instant T, the clock jumps from T + a to T + b.

- gap (b > a): walls from T + a up to T + b don't exist. They move forward by the length of the gap, which is the same
  as still using the offset `a`: `b` holds from T + b on.
- overlap (b < a): walls from T + b up to T + a exist twice. Their earlier instant uses `a`: `b` holds from T + a on.
  Their later instant uses `b`, which then holds from T + b on.

So each transition has one wall from which the new offset holds. On every other day all times share one offset, and an
instant is the day's midnight in UTC plus the time of day: one addition. Days on which the offset changes are few, and
are mended one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, repeat
from typing import Final, Literal, NamedTuple

from recurly_sessions.time.zones import Transition, Zone

Shift = Literal["gap", "overlap"]

DAY: Final = timedelta(days=1)
_ZERO: Final = timedelta(0)
_MIDNIGHT: Final = time(0, tzinfo=UTC)
# No offset is further from UTC than a day, and no transition moves the clock by more than one (Apia, 2011).
_SLACK: Final = timedelta(days=3)
_FIRST_WALL: Final = datetime.min.replace(tzinfo=UTC) + _SLACK + DAY
_LAST_WALL: Final = datetime.max.replace(tzinfo=UTC) - _SLACK - DAY


class _Change(NamedTuple):
    """From a time of a day on, the offset is `after` and no longer `before`; walls in [low, high) are shifted."""

    day: datetime
    since: timedelta
    before: timedelta
    after: timedelta
    low: datetime
    high: datetime
    shift: Shift


class _Mend(NamedTuple):
    """On the day at a place, times before `until` count from another midnight than the times from it on."""

    place: int
    until: timedelta
    midnight: datetime


class _Shifted(NamedTuple):
    """On the day at a place, the times from `begin` up to `end` don't exist, or exist twice."""

    place: int
    begin: timedelta
    end: timedelta
    shift: Shift


class DaysOnClock:
    """Some days of a zone, in order, on which to look up times of day."""

    def __init__(self, zone: Zone, days: Sequence[int], on_overlap: str) -> None:
        midnights = _midnights(days)
        self.dates = list(map(datetime.date, midnights))
        self._utc_midnights: list[datetime] = []
        self._mends: list[_Mend] = []
        self._shifted: list[_Shifted] = []
        # What all times of all days lie between, and the widest gap on them or beside them.
        self.begins_at = self.ends_at = _FIRST_WALL
        self.widest_gap = _ZERO
        if midnights:
            self._place(midnights, zone, on_overlap)

    def _place(self, midnights: list[datetime], zone: Zone, on_overlap: str) -> None:
        """Find the midnights in UTC, and the days that need more than that."""
        start = max(midnights[0], _FIRST_WALL) - _SLACK
        end = min(midnights[-1], _LAST_WALL) + _SLACK
        utc = self._utc_midnights
        offset = zone.offset(start)
        for transition in zone.transitions(start.year, end.year):
            if start < transition.at <= end:
                change = _change(transition, on_overlap)
                upto = bisect_left(midnights, change.day)
                utc += [each - offset for each in midnights[len(utc) : upto]]
                offset = change.after
                self.widest_gap = max(self.widest_gap, change.after - change.before)
                if upto < len(midnights) and midnights[upto] == change.day:
                    self._mends.append(_Mend(upto, change.since, change.day - change.before))
                self._shifted += _shifted(change, midnights)
        utc += [each - offset for each in midnights[len(utc) :]]
        edges = (utc[0], utc[-1], *(mend.midnight for mend in self._mends))
        self.begins_at, self.ends_at = min(edges), max(edges) + DAY

    @property
    def has_shifts(self) -> bool:
        """Whether any of the days lacks a time of day, or has one twice."""
        return bool(self._shifted)

    def instants(self, *times: timedelta) -> list[datetime]:
        """The instants at which the clock shows some times of day (less than 24 hours), each on all days."""
        instants = [day + each for each in times for day in self._utc_midnights]
        for place, until, other in self._mends:
            for each, at in zip(times, self._places(place, len(instants)), strict=True):
                if each < until:
                    instants[at] = other + each
        return instants

    def shifts(self, *times: timedelta) -> dict[int, Shift]:
        """Which of `instants` (by place) the clock doesn't show on their day, and which it shows twice."""
        count = len(times) * len(self.dates)
        return {
            at: shift
            for place, begin, end, shift in self._shifted
            for each, at in zip(times, self._places(place, count), strict=True)
            if begin <= each < end
        }

    def _places(self, place: int, count: int) -> range:
        """Where the day at a place stands in a list of some times on all days."""
        return range(place, count, len(self.dates))


@lru_cache(maxsize=256)
def on_clock(zone: Zone, days: Sequence[int], on_overlap: str = "earlier") -> DaysOnClock:
    """Put days (as ordinals, in a range or a tuple) on a zone's clock; series that share days share the work."""
    return DaysOnClock(zone, days, on_overlap)


def _change(transition: Transition, on_overlap: str) -> _Change:
    at, before, after = transition
    shift: Shift = "gap" if after > before else "overlap"
    since = at + (before if shift == "overlap" and on_overlap == "earlier" else after)
    day = since.replace(hour=0, minute=0, second=0)
    return _Change(day, since - day, before, after, at + min(before, after), at + max(before, after), shift)


def _shifted(change: _Change, midnights: Sequence[datetime]) -> list[_Shifted]:
    """What a change leaves out or repeats of the days: a part of one, as a rule, or of two, or a whole one."""
    first, last = bisect_right(midnights, change.low - DAY), bisect_left(midnights, change.high)
    return [
        _Shifted(place, max(change.low - midnights[place], _ZERO), change.high - midnights[place], change.shift)
        for place in range(first, last)
    ]


def _midnights(days: Sequence[int]) -> list[datetime]:
    """The walls at which days begin. Evenly spaced ones are counted on, in a third of the time."""
    if isinstance(days, range) and len(days) > 1:
        steps: repeat[timedelta] = repeat(timedelta(days=days.step), len(days) - 1)
        return list(accumulate(steps, datetime.__add__, initial=_midnight(days[0])))
    return list(map(_midnight, days))


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), _MIDNIGHT)


def midnight(day: date) -> datetime:
    """The wall at which a day begins."""
    return datetime.combine(day, _MIDNIGHT)


def resolve(zone: Zone, day: date, time_of_day: timedelta, *, on_overlap: str = "earlier") -> datetime:
    """The instant at which the clock shows one time of one day.

    >>> from recurly_sessions.time.zones import zone_named
    >>> resolve(zone_named("Europe/Paris"), date(2026, 3, 29), timedelta(hours=2, minutes=30)).isoformat()
    '2026-03-29T01:30:00+00:00'
    """
    return DaysOnClock(zone, (day.toordinal(),), on_overlap).instants(time_of_day)[0]


def since_midnight(clock: time) -> timedelta:
    """A time of day as the time since midnight on the clock."""
    return timedelta(hours=clock.hour, minutes=clock.minute)
