"""A series to the moment from which time alone may ask for something new on its calendar, or for its end.

How it works. The weeks ahead end at the time of day that it is now, so an occurrence comes into them when the clock on
the wall shows its date and time, so many weeks before. The first one beyond them is looked for in the four weeks that
follow; where there's none, the answer is when those have passed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from recurly_sessions.config import ResolvedConfig, zone_of
from recurly_sessions.planning.expand import expand_days
from recurly_sessions.planning.span import span_of
from recurly_sessions.time.clock import resolve
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.series import Series

_BEYOND: Final = 28  # days
_ENOUGH: Final = 2  # of each slot
_SLACK: Final = timedelta(hours=3)  # near a clock change: more than that is, but for a zone that skips a day
_AFTER: Final = timedelta(microseconds=1)  # the weeks ahead end before the time of day that it is
_LONG_SHIFT: Final = timedelta(hours=26)


def due_at(series: Series, config: ResolvedConfig, *, now: datetime, early: timedelta = timedelta(0)) -> datetime:
    """Say when the next occurrence beyond the weeks ahead comes into them; rather too early than too late.

    `early` is how much earlier it's already in the way of others.
    """
    zone = zone_of(series, config)
    span = span_of(now, zone, weeks=config.weeks_ahead, on_overlap=config.on_overlap, window=None)
    ahead = timedelta(weeks=config.weeks_ahead)
    since, until = span.last - timedelta(days=2), span.last + timedelta(days=_BEYOND)
    columns = expand_days(series, [(since.toordinal(), until.toordinal())], config=config, zone=zone)
    slots = {slot.id: slot for slot in series.slots}
    found: dict[str, list[datetime]] = {slot_id: [] for slot_id in slots}
    for slot_id, day, starts_at in zip(columns.slot_ids, columns.dates, columns.starts, strict=True):
        first = found[slot_id]
        # Where a zone skips a day, the second may come before the first.
        if len(first) < _ENOUGH and not span.holds(slots[slot_id], day, starts_at):
            first.append(_earliest(zone, day - ahead, slots[slot_id].timing_on(day).start))
    entering = [each for first in found.values() for each in first]
    return min(entering or [_earliest(zone, until - ahead, timedelta(0))]) + _AFTER - early


def over_at(series: Series, config: ResolvedConfig) -> datetime | None:
    """Say when the last day of a series has passed where it takes place, if it has one; rather too early."""
    if series.ends_on is None:
        return None
    return _earliest(zone_of(series, config), series.ends_on + timedelta(days=1), timedelta(0))


def _earliest(zone: Zone, day: date, time_of_day: timedelta) -> datetime:
    """An instant surely no later than that at which the clock shows a time; it may skip it, with hours or a day."""
    instant = resolve(zone, day, time_of_day)
    changes = zone.transitions(instant.year - 1, instant.year + 1)
    if all(abs(change.at - instant) > _LONG_SHIFT + _SLACK for change in changes):
        return instant  # the clock shows it then, and never else
    skipped = zone.offset(instant) - zone.offset(instant - _LONG_SHIFT)
    return instant - _SLACK - max(skipped, timedelta(0))
