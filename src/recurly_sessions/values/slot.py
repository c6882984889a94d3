"""Slot: which days, at which time on the clock, and how long, with the phases in which that changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError, in_minutes
from recurly_sessions.fields import (
    OF,
    WRITE,
    days_text,
    items_of,
    located,
    readable,
    to_date,
    to_dates,
    to_days,
    to_end_time,
    to_first_day,
    to_flag,
    to_id,
    to_length,
    to_text,
    to_time,
)
from recurly_sessions.time.clock import DAY, since_midnight
from recurly_sessions.time.rules import DateRule, days_of, parse_rule

_SAMPLE: Final = 4 * 366  # days of a rule in which to look for the shortest time between two dates
_SOME_MONDAY: Final = date(2024, 1, 1)


class Timing(NamedTuple):
    """What is in force from a day on, ready to be used: the days or the rule, the start, and the length.

    `stated_on` is the day from which a rule counts; None is the slot's first day. The length is by the clock (an `end`)
    or exact.
    """

    from_day: date | None
    days: tuple[int, ...] | None
    rule: DateRule | None
    stated_on: date | None
    start: timedelta
    length: timedelta
    by_clock: bool
    days_later: int
    end: timedelta

    def changed(self, *, start: timedelta, length: timedelta, by_clock: bool) -> Timing:
        """The same days at another time, with when that ends on the clock: how many days later, and at what time."""
        later, end = divmod(start + length, DAY)
        return self._replace(start=start, length=length, by_clock=by_clock, days_later=later, end=end)


def to_rule(value: str) -> str:
    """The text of an RFC 5545 rule that names dates, checked."""
    parse_rule(value)
    return value


def _show_days(days: tuple[int, ...]) -> str:
    return repr(days_text(days))


@attrs.frozen(repr=False, field_transformer=located)
class Phase:
    """What changes about a slot from a day on; what is None stays as it was.

    A new `start` alone moves the lesson and keeps its length. A rule counts from the phase that states it, so a phase
    that doesn't name one leaves every second week as it was.
    """

    from_day: date = attrs.field(converter=to_date)
    days: tuple[int, ...] | None = attrs.field(
        default=None, converter=optional(to_days), kw_only=True, metadata={WRITE: _show_days}
    )
    rrule: str | None = attrs.field(default=None, converter=optional(to_rule), kw_only=True)
    start: time | None = attrs.field(default=None, converter=optional(to_time), kw_only=True)
    end: time | None = attrs.field(default=None, converter=optional(to_end_time), kw_only=True)
    duration: timedelta | None = attrs.field(default=None, converter=optional(to_length), kw_only=True)

    def __attrs_post_init__(self) -> None:
        _one_of_two(self)
        if all(part is None for part in (self.days, self.rrule, self.start, self.end, self.duration)):
            raise InvalidValueError("Phase", "must change something", self.from_day.isoformat())

    __repr__ = readable


def to_phases(value: Iterable[Phase]) -> tuple[Phase, ...]:
    """Phases, as given."""
    return items_of(value, Phase)


@attrs.frozen(repr=False, field_transformer=located)
class Slot:
    """A recurring time in a series: which days, at which time on the clock, and until when or how long.

    >>> Slot("mon", days="MO", start="18:00", end="19:30").changed_from("2026-11-02", start="19:00")
    Slot('mon', days='MO', start='18:00', end='19:30', phases=[Phase('2026-11-02', start='19:00')])
    """

    id: str = attrs.field(converter=to_id)
    days: tuple[int, ...] | None = attrs.field(
        default=None, converter=optional(to_days), kw_only=True, metadata={WRITE: _show_days}
    )
    rrule: str | None = attrs.field(default=None, converter=optional(to_rule), kw_only=True)
    start: time = attrs.field(converter=to_time, kw_only=True)
    end: time | None = attrs.field(default=None, converter=optional(to_end_time), kw_only=True)
    duration: timedelta | None = attrs.field(default=None, converter=optional(to_length), kw_only=True)
    starts_on: date | None = attrs.field(default=None, converter=optional(to_first_day), kw_only=True)
    ends_on: date | None = attrs.field(default=None, converter=optional(to_date), kw_only=True)
    extra_dates: tuple[date, ...] = attrs.field(default=(), converter=to_dates, kw_only=True)
    excluded_dates: tuple[date, ...] = attrs.field(default=(), converter=to_dates, kw_only=True)
    subject: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    room_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    active: bool = attrs.field(default=True, converter=to_flag, kw_only=True)
    phases: tuple[Phase, ...] = attrs.field(default=(), converter=to_phases, kw_only=True, metadata={OF: Phase})
    timings: tuple[Timing, ...] = attrs.field(init=False, eq=False, repr=False)
    table: Hashable = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _one_of_two(self)
        if self.days is None and self.rrule is None:
            raise InvalidValueError("Slot", "must say its days or its rrule", self.id, 'for example days="MO,WE"')
        if self.end is None and self.duration is None:
            raise InvalidValueError("Slot", "must say its end or its duration", self.id, 'for example end="19:30"')
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            rule = f"must not be before starts_on ({self.starts_on})"
            raise InvalidValueError("Slot.ends_on", rule, self.ends_on.isoformat())
        for before, phase in pairwise(self.phases):
            if phase.from_day <= before.from_day:
                rule = f"must be in order, one a day, but one from {before.from_day} comes first"
                raise InvalidValueError("Slot.phases", rule, phase.from_day.isoformat())
        object.__setattr__(self, "timings", _timings(self))
        object.__setattr__(self, "table", _table(self))
        for timing in self.timings:
            _refuse_overlong(timing)

    @property
    def is_plainly_weekly(self) -> bool:
        """Whether it has the same days of every week, with no phases and no dates of its own."""
        return isinstance(self.table, tuple)

    def timing_on(self, day: date) -> Timing:
        """What is in force on a day."""
        return next(each for each in reversed(self.timings) if each.from_day is None or each.from_day <= day)

    def later(self, by: timedelta) -> Slot:
        """The slot so much later on the clock, in all phases and on the same days; that must not pass midnight."""
        for timing in self.timings:
            if not timedelta(0) <= timing.start + by < DAY:
                rule = f"must stay on its day when it moves by {in_minutes(by)}"
                hint = "change its days and its time by hand"
                raise InvalidValueError("Slot.start", rule, f"{_clock(timing.start):%H:%M} in slot {self.id!r}", hint)
        phases = [
            attrs.evolve(
                phase,
                start=phase.start and _clock(since_midnight(phase.start) + by),
                end=phase.end and _clock(since_midnight(phase.end) + by),
            )
            for phase in self.phases
        ]
        end = None if self.end is None else _clock(since_midnight(self.end) + by)
        return attrs.evolve(self, start=_clock(since_midnight(self.start) + by), end=end, phases=phases)

    def changed_from(self, day: date | str, **changes: object) -> Slot:
        """Change the slot from a day on ("this and following"): it keeps its id, and its count runs on.

        Takes what a `Phase` takes. Phases from later days stay, each on top of what is before it.
        """
        phase = Phase(day, **changes)  # type: ignore[arg-type]
        for below, timing in zip(self.phases, self.timings[1:], strict=True):
            if below.from_day == phase.from_day:
                phase = _on_top(below, phase, timing)
        others = [other for other in self.phases if other.from_day != phase.from_day]
        return attrs.evolve(self, phases=tuple(sorted([*others, phase], key=lambda each: each.from_day)))

    __repr__ = readable


def _one_of_two(self: Slot | Phase) -> None:
    name = type(self).__name__
    if self.days is not None and self.rrule is not None:
        raise InvalidValueError(name, "must have days or rrule, not both", self.rrule)
    if self.end is not None and self.duration is not None:
        raise InvalidValueError(name, "must have end or duration, not both", self.duration)


def _on_top(below: Phase, above: Phase, in_force: Timing) -> Phase:
    """One phase of two that begin on the same day; `in_force` is what the slot is like in the one below."""
    days, rrule = (above.days, above.rrule) if above.days or above.rrule else (below.days, below.rrule)
    end, duration = (above.end, above.duration) if above.end or above.duration else (below.end, below.duration)
    if above.start and below.end and not above.end and not above.duration:
        # A new start keeps the length, and so moves the end that the phase below had stated.
        end = _clock(since_midnight(above.start) + in_force.length)
    return Phase(below.from_day, days=days, rrule=rrule, start=above.start or below.start, end=end, duration=duration)


def _timings(slot: Slot) -> tuple[Timing, ...]:
    """What is in force from when on: the slot, then each phase on top of what came before it."""
    usual = _usual(slot.days, slot.rrule, slot.start, slot.end, slot.duration)
    if not slot.phases:
        return usual
    timings = list(usual)
    for phase in slot.phases:
        now = timings[-1]._replace(from_day=phase.from_day)
        if phase.days is not None:
            now = now._replace(days=phase.days, rule=None, stated_on=None)
        if phase.rrule is not None:
            now = now._replace(days=None, rule=parse_rule(phase.rrule), stated_on=phase.from_day)
        start = now.start if phase.start is None else since_midnight(phase.start)
        length, by_clock = now.length, now.by_clock
        if phase.end is not None:
            length, by_clock = _by_clock(start, phase.end), True
        if phase.duration is not None:
            length, by_clock = phase.duration, False
        timings.append(now.changed(start=start, length=length, by_clock=by_clock))
    return tuple(timings)


# A school has many slots and few different days and times. What is the same is one object, so that a plan of thousands
# of slots finds it in the processor's cache.


@lru_cache(maxsize=4096)
def _usual(
    days: tuple[int, ...] | None, rrule: str | None, start: time, end: time | None, duration: timedelta | None
) -> tuple[Timing]:
    """What is in force before any phase."""
    since = since_midnight(start)
    length = duration or _by_clock(since, end)
    rule = None if rrule is None else parse_rule(rrule)
    timing = Timing(None, days, rule, None, since, length, duration is None, 0, since)
    return (timing.changed(start=since, length=length, by_clock=duration is None),)


def _table(slot: Slot) -> Hashable:
    """What slots of a series have in common that can be expanded in one table: their dates, and when they end."""
    timing = slot.timings[0]
    if timing.days is None or slot.phases or slot.extra_dates or slot.excluded_dates:
        return slot.id
    return _same((timing.days, slot.starts_on, slot.ends_on, timing.by_clock, timing.by_clock and timing.days_later))


@lru_cache(maxsize=4096)
def _same(table: Hashable) -> Hashable:
    return table


def _by_clock(start: timedelta, end: time | None) -> timedelta:
    """How far the clock goes from a start to an end; an end no later than the start is the next day's."""
    assert end is not None, "a slot without a duration has an end"
    length = since_midnight(end) - start
    return length if length > timedelta(0) else length + DAY


def _clock(since: timedelta) -> time:
    minutes = int(since.total_seconds() // 60) % (24 * 60)
    return time(minutes // 60, minutes % 60)


def _refuse_overlong(timing: Timing) -> None:
    """Refuse a lesson that is still on when the slot's next one starts."""
    if timing.length <= DAY:
        return
    days = timing.days
    if days is not None:
        gaps = [(after - day) % 7 or 7 for day, after in zip(days, (*days[1:], days[0]), strict=True)]
    else:
        assert timing.rule is not None, "a timing has days or a rule"
        first = timing.stated_on or _SOME_MONDAY
        dates = days_of(timing.rule, first).between(first.toordinal(), first.toordinal() + _SAMPLE)
        gaps = [after - day for day, after in pairwise(dates)]
    if gaps and timing.length > min(gaps) * DAY:
        most = f"{min(gaps)} day" + ("s" if min(gaps) > 1 else "")
        rule = f"must not be longer than the time to the slot's next date ({most})"
        raise InvalidValueError("Slot.duration", rule, timing.length)
