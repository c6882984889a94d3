"""The slots of a series to its occurrences in a window.

How it works. Dates first, instants last. The dates of a slot come from its calendar, and slots of the same dates share
them: together they are a table with a row for each slot and a column for each day, and the clock turns the whole table
into instants (`time.clock`). The tables of a series stand one after the other in its columns. Columns are all that is
needed to compare; values are made of them in bulk.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby, islice, repeat
from operator import attrgetter, eq
from typing import Final, TypeVar

import attrs

from recurly_sessions.config import ResolvedConfig, rules_of, zone_of
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.planning.calendar import bounds, calendar_of
from recurly_sessions.planning.days_off import called_off, days_off
from recurly_sessions.time.clock import DaysOnClock, Shift, on_clock
from recurly_sessions.time.rules import WeeklyDays, weekly_days
from recurly_sessions.time.zones import Zone, local_day
from recurly_sessions.values.occurrence import Occurrence, occurrences_of
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot, Timing
from recurly_sessions.values.window import Window

T = TypeVar("T")

_INSTANT: Final = timedelta.resolution


@attrs.define(eq=False)
class Columns:
    """Occurrences of some slots, one after the other, field by field; what applies to few of them, by place.

    `run_slots` are the slots in that order, a slot with phases more than once, `run_ends` where each of them ends, and
    `run_days` its dates as texts.
    """

    slot_ids: list[str] = attrs.field(factory=list)
    dates: list[date] = attrs.field(factory=list)
    indexes: list[int] = attrs.field(factory=list)
    starts: list[datetime] = attrs.field(factory=list)
    ends: list[datetime] = attrs.field(factory=list)
    called_off: dict[int, str] = attrs.field(factory=dict)
    shifted: dict[int, Shift] = attrs.field(factory=dict)
    run_slots: list[str] = attrs.field(factory=list)
    run_ends: list[int] = attrs.field(factory=list)
    run_days: list[list[str]] = attrs.field(factory=list)

    def runs(self) -> Iterator[tuple[str, range]]:
        """The places of each slot, in order."""
        begin = 0
        for slot_id, end in zip(self.run_slots, self.run_ends, strict=True):
            yield slot_id, range(begin, end)
            begin = end

    def set_runs(self) -> None:
        """Find where the slots begin and end."""
        lengths = [(slot_id, sum(1 for _ in same)) for slot_id, same in groupby(self.slot_ids)]
        self.run_slots = [slot_id for slot_id, _ in lengths]
        self.run_ends = list(accumulate(length for _, length in lengths))
        self.run_days = [[day.isoformat() for day in self.dates[run.start : run.stop]] for _, run in self.runs()]

    def append(self, other: Columns) -> None:
        """Add the occurrences of some more slots."""
        begin = len(self.dates)
        self.slot_ids += other.slot_ids
        self.dates += other.dates
        self.indexes += other.indexes
        self.starts += other.starts
        self.ends += other.ends
        self.run_slots += other.run_slots
        self.run_ends += [begin + end for end in other.run_ends]
        self.run_days += other.run_days
        if other.called_off:
            self.called_off.update((begin + place, cause) for place, cause in other.called_off.items())
        if other.shifted:
            self.shifted.update((begin + place, shift) for place, shift in other.shifted.items())


@attrs.frozen(eq=False)
class Dates:
    """Days that some slots share: as ordinals, on the clock and as texts, and the index of the first."""

    days: Sequence[int]
    clock: DaysOnClock
    first_index: int

    @functools.cached_property
    def texts(self) -> list[str]:
        """The days as they stand in ids."""
        return [day.isoformat() for day in self.clock.dates]


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
    columns = expand_columns(series, window, config=config)
    count = len(columns.dates)
    occurrences = occurrences_of(
        repeat(series.id),
        columns.slot_ids,
        columns.dates,
        columns.indexes,
        columns.starts,
        columns.ends,
        map(columns.called_off.get, range(count)) if columns.called_off else repeat(None),
        map(columns.shifted.get, range(count)) if columns.shifted else repeat(None),
    )
    if len(columns.run_slots) < 2 and not columns.shifted:
        return occurrences  # one slot's dates are in order
    occurrences.sort(key=attrgetter("starts_at"))
    starts = list(map(attrgetter("starts_at"), occurrences))
    if any(map(eq, starts, islice(starts, 1, None))):
        # Few series have two lessons at once, so the costlier keys pay only here (0.1 µs an occurrence).
        occurrences.sort(key=attrgetter("starts_at", "slot_id", "occurs_on"))
    return occurrences


def expand_columns(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> Columns:
    """The occurrences of `expand_slots` as columns, before any value is built; a slot's dates are in order."""
    config = rules_of(series, config)
    if not isinstance(window, Window):
        raise InvalidValueError("window", "must be a Window", window)
    zone = zone_of(series, config)
    return expand_days(series, [days_in(window, zone)], config=config, zone=zone, window=window)


def expand_days(
    series: Series,
    stretches: Iterable[tuple[int, int]],
    *,
    config: ResolvedConfig,
    zone: Zone,
    window: Window | None = None,
) -> Columns:
    """The occurrences that are due on some days (as ordinals, both included), and within a window if there's one."""
    columns = Columns()
    groups = _groups(series.slots)
    for days in stretches:
        expansion = _Expansion(series, days, config, zone, window)
        for slots in groups:
            for table in expansion.tables(slots):
                columns.append(table)
    return columns


class _Expansion:
    """What the slots of one series share on some days."""

    def __init__(
        self, series: Series, days: tuple[int, int], config: ResolvedConfig, zone: Zone, window: Window | None
    ) -> None:
        self._series = series
        self._window = window
        self._config = config
        self._zone = zone
        self._first, self._last = days
        self._days_off = days_off(series, config, *days)

    def tables(self, slots: Sequence[Slot]) -> Iterator[Columns]:
        """The occurrences of slots with the same dates, for each phase."""
        if slots[0].is_plainly_weekly:
            dates = self._of_weekdays(slots[0])
            if dates.days:
                yield self._table(slots, [slot.timings[0] for slot in slots], dates)
            return
        (slot,) = slots
        calendar = calendar_of(self._series, slot, self._zone, on_overlap=self._config.on_overlap)
        for stage in calendar.stages:
            days = calendar.in_stage(stage, self._first, self._last)
            if days:
                dates = Dates(days, self._on_clock(days), calendar.count_before(days[0]))
                yield self._table(slots, [stage.timing], dates)

    def _of_weekdays(self, slot: Slot) -> Dates:
        """The dates of a slot that has some days of every week, and nothing else."""
        begin, end = bounds(self._series, slot)
        every = weekly_days(slot.timings[0].days or (), date.fromordinal(begin))
        return _dates_of_weekdays(
            every, max(self._first, begin), min(self._last, end), self._zone, self._config.on_overlap
        )

    def _table(self, slots: Sequence[Slot], timings: list[Timing], dates: Dates) -> Columns:
        """A table with a row for each slot and a column for each day, written row by row."""
        days, clock, index = dates.days, dates.clock, dates.first_index
        slot_ids, count = [slot.id for slot in slots], len(days)
        times = [timing.start for timing in timings]
        starts = clock.instants(*times)
        table = Columns(
            _each(slot_ids, count),
            clock.dates * len(times),
            list(range(index, index + count)) * len(times),
            starts,
            self._ends(timings, dates, starts),
            self._called_off(slot_ids, days) if self._days_off else {},
            clock.shifts(*times) if clock.has_shifts else {},
            slot_ids,
            list(range(count, len(starts) + 1, count)),
            [dates.texts] * len(slots),
        )
        return self._within(table, clock)

    def _ends(self, timings: list[Timing], dates: Dates, starts: list[datetime]) -> list[datetime]:
        lengths = [timing.length for timing in timings]
        if not timings[0].by_clock:
            if lengths.count(lengths[0]) == len(lengths):
                return [start + lengths[0] for start in starts]
            return list(map(datetime.__add__, starts, _each(lengths, len(dates.days))))
        later = timings[0].days_later
        clock = self._on_clock(tuple(day + later for day in dates.days)) if later else dates.clock
        ends = clock.instants(*[timing.end for timing in timings])
        if clock.widest_gap < min(lengths):
            return ends
        # A clock that jumps over the whole lesson shows the end no later than the start.
        return [
            end if end > start else start + length
            for start, end, length in zip(starts, ends, _each(lengths, len(dates.days)), strict=True)
        ]

    def _called_off(self, slot_ids: list[str], days: Sequence[int]) -> dict[int, str]:
        return {
            at * len(days) + place: off.id
            for at, slot_id in enumerate(slot_ids)
            for place, off in called_off(self._days_off, slot_id, days).items()
        }

    def _within(self, table: Columns, clock: DaysOnClock) -> Columns:
        """Leave out what starts outside the window, and, if the config says so, the dates that have no such time."""
        window = self._window
        whole = window is None or (window.start <= clock.begins_at and clock.ends_at <= window.end)
        skips = self._config.on_gap == "skip" and bool(table.shifted)
        if whole and not skips:
            return table
        places: Iterable[int] = range(len(table.dates))
        if window is not None and not whole:
            places = [at for at, each in enumerate(table.starts) if window.start <= each < window.end]
        if skips:
            places = [at for at in places if table.shifted.get(at) != "gap"]
        return _at(table, list(places))

    def _on_clock(self, days: Sequence[int]) -> DaysOnClock:
        return on_clock(self._zone, days, self._config.on_overlap)


@functools.lru_cache(maxsize=512)
def _dates_of_weekdays(every: WeeklyDays, first: int, last: int, zone: Zone, on_overlap: str) -> Dates:
    """Those of some days of every week that lie from first to last; series that share them share the work."""
    days = every.between(first, last) if first <= last else ()
    days = days if isinstance(days, range) else tuple(days)
    return Dates(days, on_clock(zone, days, on_overlap), every.count(1, days[0] - 1) if days else 0)


def _groups(slots: Iterable[Slot]) -> list[list[Slot]]:
    """Put slots with the same dates together: most are plain weekdays, and share them with others."""
    groups: dict[Hashable, list[Slot]] = {}
    for slot in slots:
        if slot.active:
            groups.setdefault(slot.table, []).append(slot)
    return list(groups.values())


def _each(values: Iterable[T], times: int) -> list[T]:
    """Every value so many times in a row."""
    found: list[T] = []
    for value in values:
        found += [value] * times
    return found


def days_in(window: Window, zone: Zone) -> tuple[int, int]:
    """The first and the last day that may have a start in a window.

    A clock change around midnight may move the start of the day before into the window, or that of the day after.
    """
    first = local_day(window.start, zone).toordinal()
    last = local_day(window.end - _INSTANT, zone).toordinal()
    before, after = (on_clock(zone, range(day, day + 1)) for day in (first - 1, last + 1))
    return first - before.has_shifts, last + after.has_shifts


def _at(columns: Columns, places: Sequence[int]) -> Columns:
    """The columns at some places only, which are slot after slot too."""
    kept = Columns(
        [columns.slot_ids[place] for place in places],
        [columns.dates[place] for place in places],
        [columns.indexes[place] for place in places],
        [columns.starts[place] for place in places],
        [columns.ends[place] for place in places],
        {now: columns.called_off[place] for now, place in enumerate(places) if place in columns.called_off},
        {now: columns.shifted[place] for now, place in enumerate(places) if place in columns.shifted},
    )
    kept.set_runs()
    return kept
