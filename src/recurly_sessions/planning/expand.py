"""The slots of a series to its occurrences in a window.

How it works. Dates first, instants last. The dates of a slot come from its calendar, and slots of the same dates share
them: together they are a table with a row for each slot and a column for each day, and the clock turns the whole table
into instants (`time.clock`). Columns are all that is needed to compare; values are made of them in bulk.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, count, groupby, islice, repeat
from operator import attrgetter, eq
from typing import Final, NamedTuple, TypeVar

import attrs

from recurly_sessions.config import ResolvedConfig, rules_of, zone_of
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.planning.calendar import calendar_of
from recurly_sessions.planning.days_off import called_off, days_off
from recurly_sessions.time.clock import DaysOnClock, Shift, on_clock
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

    `runs` are the places of each slot that has any, in order.
    """

    slot_ids: list[str]
    dates: list[date]
    indexes: list[int]
    starts: list[datetime]
    ends: list[datetime]
    called_off: dict[int, str]
    shifted: dict[int, Shift]
    runs: list[tuple[str, range]]


class _Dates(NamedTuple):
    """Days that some slots share, as ordinals and on the clock, and the index of the first."""

    days: Sequence[int]
    clock: DaysOnClock
    first_index: int


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
    occurrences = occurrences_of(
        repeat(series.id),
        chain.from_iterable(part.slot_ids for part in parts),
        chain.from_iterable(part.dates for part in parts),
        chain.from_iterable(part.indexes for part in parts),
        chain.from_iterable(part.starts for part in parts),
        chain.from_iterable(part.ends for part in parts),
        _exceptions([part.called_off for part in parts], parts),
        _exceptions([part.shifted for part in parts], parts),
    )
    if len(parts) == 1 and parts[0].slot_ids[0] == parts[0].slot_ids[-1] and not parts[0].shifted:
        return occurrences  # one slot's dates are in order
    occurrences.sort(key=attrgetter("starts_at"))
    starts = list(map(attrgetter("starts_at"), occurrences))
    if any(map(eq, starts, islice(starts, 1, None))):
        # Few series have two lessons at once, so the costlier keys pay only here (0.1 µs an occurrence).
        occurrences.sort(key=attrgetter("starts_at", "slot_id", "occurs_on"))
    return occurrences


def _exceptions(said: Sequence[Mapping[int, str]], parts: Sequence[Columns]) -> Iterable[str | None]:
    """One column of what is said of few dates: None but for those."""
    if not any(said):
        return repeat(None)
    column: list[str | None] = []
    for part, by_place in zip(parts, said, strict=True):
        column += map(by_place.get, range(len(part.dates)))
    return column


def expand_columns(series: Series, window: Window, *, config: ResolvedConfig | None = None) -> list[Columns]:
    """The occurrences of `expand_slots` as columns, before any value is built; a slot's dates are in order."""
    config = rules_of(series, config)
    if not isinstance(window, Window):
        raise InvalidValueError("window", "must be a Window", window)
    zone = zone_of(series, config)
    return expand_days(series, *days_in(window, zone), config=config, zone=zone, window=window)


def expand_days(
    series: Series, first: int, last: int, *, config: ResolvedConfig, zone: Zone, window: Window | None = None
) -> list[Columns]:
    """The occurrences that are due on some days (as ordinals, both included), and within a window if there's one."""
    expansion = _Expansion(series, (first, last), config, zone, window)
    parts = chain.from_iterable(expansion.of_group(slots) for slots in _groups(series.slots))
    return [part for part in parts if part.dates]


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

    def of_group(self, slots: Sequence[Slot]) -> Iterator[Columns]:
        """The columns of slots with the same dates, for each phase."""
        calendar = calendar_of(self._series, slots[0], self._zone, on_overlap=self._config.on_overlap)
        for stage in calendar.stages:
            days = calendar.in_stage(stage, self._first, self._last)
            if days:
                dates = _Dates(days, self._on_clock(days), calendar.count_before(days[0]))
                timings = [stage.timing] if len(slots) == 1 else [slot.timings[0] for slot in slots]
                yield self._columns([slot.id for slot in slots], timings, dates)

    def _columns(self, slot_ids: list[str], timings: list[Timing], dates: _Dates) -> Columns:
        """A table with a row for each slot and a column for each day, written row by row."""
        days, clock, index = dates
        times = [timing.start for timing in timings]
        starts = clock.instants(*times)
        columns = Columns(
            _each(slot_ids, len(days)),
            clock.dates * len(times),
            list(range(index, index + len(days))) * len(times),
            starts,
            self._ends(timings, dates, starts),
            self._called_off(slot_ids, days) if self._days_off else {},
            clock.shifts(*times) if clock.has_shifts else {},
            [(slot_id, range(at, at + len(days))) for slot_id, at in zip(slot_ids, count(0, len(days)))],
        )
        return self._within(columns, clock)

    def _ends(self, timings: list[Timing], dates: _Dates, starts: list[datetime]) -> list[datetime]:
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

    def _within(self, columns: Columns, clock: DaysOnClock) -> Columns:
        """Leave out what starts outside the window, and, if the config says so, the dates that have no such time."""
        window = self._window
        whole = window is None or (window.start <= clock.begins_at and clock.ends_at <= window.end)
        skips = self._config.on_gap == "skip" and bool(columns.shifted)
        if whole and not skips:
            return columns
        places: Iterable[int] = range(len(columns.dates))
        if window is not None and not whole:
            places = [at for at, each in enumerate(columns.starts) if window.start <= each < window.end]
        if skips:
            places = [at for at in places if columns.shifted.get(at) != "gap"]
        return columns_at(columns, list(places))

    def _on_clock(self, days: Sequence[int]) -> DaysOnClock:
        return on_clock(self._zone, days, self._config.on_overlap)


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


def columns_at(columns: Columns, places: Sequence[int]) -> Columns:
    """The columns at some places only, which are slot after slot too."""
    slot_ids = [columns.slot_ids[place] for place in places]
    return Columns(
        slot_ids,
        [columns.dates[place] for place in places],
        [columns.indexes[place] for place in places],
        [columns.starts[place] for place in places],
        [columns.ends[place] for place in places],
        {now: columns.called_off[place] for now, place in enumerate(places) if place in columns.called_off},
        {now: columns.shifted[place] for now, place in enumerate(places) if place in columns.shifted},
        runs_of(slot_ids),
    )


def runs_of(slot_ids: Iterable[str]) -> list[tuple[str, range]]:
    """The places of each slot, in a column of slots one after the other."""
    runs: list[tuple[str, range]] = []
    at = 0
    for slot_id, same in groupby(slot_ids):
        runs.append((slot_id, range(at, at + sum(1 for _ in same))))
        at = runs[-1][1].stop
    return runs


def joined(parts: Sequence[Columns]) -> Columns:
    """Some columns as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    whole = Columns([], [], [], [], [], {}, {}, [])
    for part in parts:
        at = len(whole.dates)
        whole.slot_ids += part.slot_ids
        whole.dates += part.dates
        whole.indexes += part.indexes
        whole.starts += part.starts
        whole.ends += part.ends
        if part.called_off:
            whole.called_off.update((at + place, cause) for place, cause in part.called_off.items())
        if part.shifted:
            whole.shifted.update((at + place, shift) for place, shift in part.shifted.items())
        whole.runs += [(slot_id, range(at + run.start, at + run.stop)) for slot_id, run in part.runs]
    return whole
