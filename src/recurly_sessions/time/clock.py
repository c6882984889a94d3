"""Wall-clock times on many days to instants, the only place that decides what a clock change does to them.

How it works. A *wall* is what the clock on the wall shows, written as if it were UTC, so that walls compare and add
without a zone. Between two transitions the offset is constant, and a wall minus the offset is the instant. So the
days are cut where the offset changes, once for a whole series, and every stretch between two cuts is one subtraction
per day.

Where to cut: at a transition from offset `a` to offset `b` at instant T, clocks jump from T + a to T + b.

- gap (b > a): walls from T + a up to T + b don't exist. They move forward by the length of the gap, which is the same
  as still using the offset `a`: cut at T + b.
- overlap (b < a): walls from T + b up to T + a exist twice. The earlier instant uses `a` for all of them: cut at T + a.
  The later one uses `b`: cut at T + b.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from recurly_sessions.time.zones import Zone

Shift = Literal["gap", "overlap"]

DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(0, tzinfo=UTC)
_OPEN_END: Final = datetime.max.replace(tzinfo=UTC)
# No offset is further from UTC than a day, and no transition moves the clock by more than one (Apia, 2011).
_SLACK: Final = timedelta(days=3)


class _Stretch(NamedTuple):
    """The walls before `until` (and after the stretch before) have this offset."""

    until: datetime
    offset: timedelta


class Change(NamedTuple):
    """The walls in [low, high) don't exist, or exist twice."""

    low: datetime
    high: datetime
    shift: Shift


class WallClock:
    """A zone's clock on the wall from one day to another, both included, prepared once for many times of day."""

    def __init__(self, zone: Zone, first: date, last: date, *, on_overlap: str = "earlier") -> None:
        start = max(midnight(first), midnight(date.min) + _SLACK) - _SLACK
        end = min(midnight(last), midnight(date.max) - _SLACK) + _SLACK
        transitions = [change for change in zone.transitions(start.year, end.year) if start < change.at <= end]
        stretches = [
            _Stretch(at + (after if after > before or on_overlap == "later" else before), before)
            for at, before, after in transitions
        ]
        self._stretches = [
            *stretches,
            _Stretch(_OPEN_END, transitions[-1].after if transitions else zone.offset(start)),
        ]
        self.changes: list[Change] = [
            Change(at + min(before, after), at + max(before, after), "gap" if after > before else "overlap")
            for at, before, after in transitions
        ]

    def instants(self, midnights: list[datetime], since_midnight: timedelta) -> list[datetime]:
        """The instants at which the clock shows a time of day, on days given by their midnights, in order."""
        if len(self._stretches) == 1:
            forward = since_midnight - self._stretches[0].offset
            return [day + forward for day in midnights]
        instants: list[datetime] = []
        done = 0
        for until, offset in self._stretches:
            upto = bisect_left(midnights, until - since_midnight, done)
            forward = since_midnight - offset
            instants += [day + forward for day in midnights[done:upto]]
            done = upto
        return instants

    def shifts(self, midnights: list[datetime], since_midnight: timedelta) -> dict[int, Shift]:
        """Which of the days (by place) don't have this time of day, and which have it twice."""
        return {
            place: shift
            for low, high, shift in self.changes
            for place in range(
                bisect_left(midnights, low - since_midnight), bisect_left(midnights, high - since_midnight)
            )
        }


def midnight(day: date) -> datetime:
    """The wall at which a day begins."""
    return datetime.combine(day, _MIDNIGHT)


def resolve(zone: Zone, day: date, since_midnight: timedelta, *, on_overlap: str = "earlier") -> datetime:
    """The instant at which the clock shows one time of one day.

    >>> from recurly_sessions.time.zones import zone_named
    >>> resolve(zone_named("Europe/Paris"), date(2026, 3, 29), timedelta(hours=2, minutes=30)).isoformat()
    '2026-03-29T01:30:00+00:00'
    """
    far = day + (since_midnight // DAY) * DAY
    return WallClock(zone, day, far, on_overlap=on_overlap).instants([midnight(day)], since_midnight)[0]


def since_midnight(clock: time) -> timedelta:
    """A time of day as the time since midnight on the clock."""
    return timedelta(hours=clock.hour, minutes=clock.minute)
