"""The slots of a series to its occurrences in a window.

How it works. Dates first, instants last: a slot's dates come from its calendar, a column for each weekday that all
slots of that weekday share; then the wall clock turns whole columns into instants (`time.clock`). Columns are all that
the planner needs to compare; `expand_slots` makes values of them, in bulk, once for a series.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import repeat
from operator import attrgetter
from typing import Any, NamedTuple

from recurly_sessions.config import ResolvedConfig, config_of
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.planning.calendar import Stage, calendar_of
from recurly_sessions.planning.days_off import DaysOff, called_off, days_off
from recurly_sessions.time.clock import Shift, WallClock, midnight
from recurly_sessions.time.rules import Days
from recurly_sessions.time.zones import Zone, local_day, zone_named
from recurly_sessions.values.occurrence import Occurrence, occurrences_of
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot, Timing
from recurly_sessions.values.window import Window


class Columns(NamedTuple):
    """Some dates of one slot: their indexes, and what happens on them; exceptions by place."""

    slot: Slot
    indexes: Sequence[int]
    dates: Sequence[date]
    starts: Sequence[datetime]
    ends: Sequence[datetime]
    called_off: dict[int, DaysOff]
    shifted: dict[int, Shift]


class _Dates(NamedTuple):
    """The same days three ways: as ordinals, as dates, and as the walls at which they begin."""

    ordinals: list[int]
    dates: list[date]
    midnights: list[datetime]


def expand_slots(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> list[Occurrence]:
    """List the occurrences that start within a window, by start and then slot; called-off ones are there, and marked.

    Without a resolved `config`, the series' own layer over the built-in rules holds.

    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> maths = Series("maths", timezone="Europe/Paris", starts_on="2026-09-07", slots=[slot])
    >>> [
    ...     each.starts_at.isoformat()
    ...     for each in expand_slots(maths, Window.dates("2026-10-19", "2026-10-26", "Europe/Paris"))
    ... ]
    ['2026-10-19T16:00:00+00:00', '2026-10-26T17:00:00+00:00']
    """
    parts = expand_columns(series, window, config=config)
    columns: list[list[Any]] = [[] for _ in range(7)]
    for part in parts:
        count = len(part.dates)
        causes = [None] * count if not part.called_off else [_id(part.called_off.get(place)) for place in range(count)]
        shifts = [None] * count if not part.shifted else [part.shifted.get(place) for place in range(count)]
        row = (repeat(part.slot.id, count), part.dates, part.indexes, part.starts, part.ends, causes, shifts)
        for column, values in zip(columns, row, strict=True):
            column.extend(values)
    occurrences = occurrences_of(repeat(series.id), *columns)
    # Parts come by slot and then date, and sorting keeps that order among equal starts.
    occurrences.sort(key=attrgetter("starts_at"))
    return occurrences


def expand_columns(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> list[Columns]:
    """The occurrences of `expand_slots` as columns, by slot and then date, before any value is built."""
    config = config_of(series) if config is None else config
    zone = zone_of(series, config)
    # The start of a date that the zone skipped is up to a day later.
    first = local_day(window.start, zone).toordinal() - 1
    last = local_day(window.end, zone).toordinal()
    expansion = _Expansion(series, window, config, zone=zone, first=first, last=last)
    slots = sorted((slot for slot in series.slots if slot.active), key=attrgetter("id"))
    return [columns for slot in slots for columns in expansion.of_slot(slot)]


def zone_of(series: Series, config: ResolvedConfig) -> Zone:
    """The zone of a series: its own, or what the config says."""
    name = series.timezone or config.timezone
    if name is None:
        hint = f"series {series.id!r} has none, and no config says one"
        raise InvalidValueError("Series.timezone", "must be said by the series or by a config", None, hint)
    return zone_named(name)


class _Expansion:
    """What the slots of one series share in one window: the clock, the days off, and columns of dates."""

    def __init__(
        self, series: Series, window: Window, config: ResolvedConfig, *, zone: Zone, first: int, last: int
    ) -> None:
        self._series = series
        self._window = window
        self._config = config
        self._zone = zone
        self._first = first
        self._last = last
        longest = max((timing.start + timing.length for slot in series.slots for timing in slot.timings), default=None)
        far = last + (longest.days + 1 if longest else 0)
        self._clock = WallClock(zone, date.fromordinal(first), date.fromordinal(far), on_overlap=config.on_overlap)
        self._days_off = days_off(series, config, first, last)
        self._shared: dict[tuple[Days, int, int], _Dates] = {}

    def of_slot(self, slot: Slot) -> list[Columns]:
        """The columns of one slot, one for each phase with dates in the window."""
        calendar = calendar_of(self._series, slot, self._zone, on_overlap=self._config.on_overlap)
        found = []
        for stage in calendar.stages:
            if stage.first <= self._last and stage.last >= self._first:
                plain = not calendar.added and not calendar.removed
                days = self._share(stage) if plain else _dates(calendar.in_stage(stage, self._first, self._last))
                if days.ordinals:
                    columns = self._of_days(slot, stage.timing, days, calendar.count_before)
                    if columns.dates:
                        found.append(columns)
        return found

    def _share(self, stage: Stage) -> _Dates:
        first, last = max(stage.first, self._first), min(stage.last, self._last)
        key = (stage.days, first, last)
        known = self._shared.get(key)
        if known is None:
            known = self._shared[key] = _dates(stage.days.between(first, last))
        return known

    def _of_days(self, slot: Slot, timing: Timing, days: _Dates, count_before: Callable[[int], int]) -> Columns:
        starts = self._clock.instants(days.midnights, timing.start)
        low, high = bisect_left(starts, self._window.start), bisect_left(starts, self._window.end)
        if low == high:
            return Columns(slot, (), (), (), (), {}, {})
        if low > 0 or high < len(starts):
            starts = starts[low:high]
            days = _Dates(days.ordinals[low:high], days.dates[low:high], days.midnights[low:high])
        index = count_before(days.ordinals[0])
        columns = Columns(
            slot,
            range(index, index + len(starts)),
            days.dates,
            starts,
            self._ends(timing, days.midnights, starts),
            called_off(self._days_off, slot.id, days.ordinals) if self._days_off else {},
            self._clock.shifts(days.midnights, timing.start),
        )
        return _without_gaps(columns) if self._config.on_gap == "skip" else columns

    def _ends(self, timing: Timing, midnights: list[datetime], starts: list[datetime]) -> list[datetime]:
        length = timing.length
        if not timing.by_clock:
            return [start + length for start in starts]
        ends = self._clock.instants(midnights, timing.start + length)
        if not self._clock.changes:
            return ends
        return [end if end > start else start + length for start, end in zip(starts, ends, strict=True)]


def _dates(ordinals: list[int]) -> _Dates:
    dates = [date.fromordinal(day) for day in ordinals]
    return _Dates(ordinals, dates, [midnight(day) for day in dates])


def _without_gaps(columns: Columns) -> Columns:
    """Leave out the dates on which the start doesn't exist; their turns are spent."""
    stays = [place for place in range(len(columns.dates)) if columns.shifted.get(place) != "gap"]
    if len(stays) == len(columns.dates):
        return columns
    return Columns(
        columns.slot,
        [columns.indexes[place] for place in stays],
        [columns.dates[place] for place in stays],
        [columns.starts[place] for place in stays],
        [columns.ends[place] for place in stays],
        {now: columns.called_off[place] for now, place in enumerate(stays) if place in columns.called_off},
        {now: columns.shifted[place] for now, place in enumerate(stays) if place in columns.shifted},
    )


def _id(off: DaysOff | None) -> str | None:
    return None if off is None else off.id
