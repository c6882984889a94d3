"""The people: tutors with their rate and hours, members who take part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import (
    OF,
    first_repeated,
    items_of,
    located,
    readable,
    refuse,
    to_choice,
    to_date,
    to_end_time,
    to_flag,
    to_id,
    to_text,
    to_time,
    to_weekday,
)
from recurly_sessions.time.zones import to_zone_name
from recurly_sessions.values.money import Money, to_rate

MODES: Final = ("add", "replace", "block")


def to_mode(value: str) -> str:
    """What a one-time entry does to its date's hours."""
    return to_choice(value, MODES)


@attrs.frozen(repr=False, field_transformer=located)
class Availability:
    """A tutor's hours, on a weekday of every week or on one date; `end` "24:00" is the midnight after (kept as 00:00).

    On one date, `mode` says whether the hours are added to the weekly ones, replace them, or are blocked.

    >>> Availability("mondays", start="9:00", end="17:00", weekday="MO")
    Availability('mondays', start='09:00', end='17:00', weekday=1)
    >>> Availability("dentist", start="09:00", end="11:00", date="2026-05-04", mode="block")
    Availability('dentist', start='09:00', end='11:00', date='2026-05-04', mode='block')
    """

    id: str = attrs.field(converter=to_id)
    start: dt.time = attrs.field(converter=to_time, kw_only=True)
    end: dt.time = attrs.field(converter=to_end_time, kw_only=True)
    weekday: int | None = attrs.field(default=None, converter=optional(to_weekday), kw_only=True)
    date: dt.date | None = attrs.field(default=None, converter=optional(to_date), kw_only=True)
    mode: str = attrs.field(default="add", converter=to_mode, kw_only=True)
    active: bool = attrs.field(default=True, converter=to_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if (self.weekday is None) == (self.date is None):
            hint = "a weekly entry has a weekday, a one-time entry a date"
            raise InvalidValueError("Availability", "must have either weekday or date", self.id, hint)
        if self.date is None and self.mode != "add":
            hint = "only an entry with a date replaces or blocks"
            raise InvalidValueError("Availability.mode", 'must be "add" in a weekly entry', self.mode, hint)
        if self.end != dt.time(0) and self.end <= self.start:
            hint = "hours over midnight are two entries, one that ends at 24:00 and one on the next day"
            rule = f"must be after start ({self.start:%H:%M})"
            raise InvalidValueError("Availability.end", rule, f"{self.end:%H:%M}", hint)

    __repr__ = readable


def to_availability(value: Iterable[Availability]) -> tuple[Availability, ...]:
    """Hours, each entry under an id of its own."""
    entries = items_of(value, Availability)
    twice = first_repeated(entry.id for entry in entries)
    if twice is not None:
        raise refuse("must not have two entries of one id", twice)
    return entries


def to_subjects(value: Iterable[str] | str) -> tuple[str, ...]:
    """Subjects in order, each once; one may stand alone."""
    subjects = (value,) if isinstance(value, str) else items_of(value, str)
    return tuple(sorted({to_text(subject) for subject in subjects}))


@attrs.frozen(repr=False, field_transformer=located)
class Tutor:
    """Someone who teaches: `subjects=()` is any, `availability=None` isn't tracked, `()` is never.

    >>> Tutor("amina", hourly_rate="30 EUR")
    Tutor('amina', hourly_rate=Money('30.00', 'EUR'))
    """

    id: str = attrs.field(converter=to_id)
    name: str = attrs.field(
        default=attrs.Factory(lambda self: self.id, takes_self=True), converter=to_text, kw_only=True
    )
    hourly_rate: Money | Decimal | None = attrs.field(default=None, converter=optional(to_rate), kw_only=True)
    subjects: tuple[str, ...] = attrs.field(default=(), converter=to_subjects, kw_only=True)
    timezone: str | None = attrs.field(default=None, converter=optional(to_zone_name), kw_only=True)
    availability: tuple[Availability, ...] | None = attrs.field(
        default=None, converter=optional(to_availability), kw_only=True, metadata={OF: Availability}
    )

    __repr__ = readable


@attrs.frozen(repr=False, field_transformer=located)
class Member:
    """Someone who takes part in a series.

    >>> Member("ben", name="Ben")
    Member('ben', name='Ben')
    """

    id: str = attrs.field(converter=to_id)
    name: str = attrs.field(
        default=attrs.Factory(lambda self: self.id, takes_self=True), converter=to_text, kw_only=True
    )
    timezone: str | None = attrs.field(default=None, converter=optional(to_zone_name), kw_only=True)
    active: bool = attrs.field(default=True, converter=to_flag, kw_only=True)

    __repr__ = readable
