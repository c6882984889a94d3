"""Occurrence: one date of a slot, resolved to UTC; and the identity that a session keeps when it is moved."""

from __future__ import annotations

from datetime import date, datetime

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, refuse, to_count, to_date, to_id, to_instant
from recurly_sessions.time.clock import Shift
from recurly_sessions.values.bulk import bulk_builder


@attrs.frozen(repr=False, field_transformer=located)
class Identity:
    """What was promised: a slot of a series, and the local date on which it was due. Written "maths/mon/2026-09-14".

    >>> Identity.parse("maths/mon/2026-09-14").occurs_on.isoformat()
    '2026-09-14'
    """

    series_id: str = attrs.field(converter=to_id)
    slot_id: str = attrs.field(converter=to_id)
    occurs_on: date = attrs.field(converter=to_date)

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Read an identity."""
        parts = text.split("/") if isinstance(text, str) else []
        if len(parts) != 3:
            raise InvalidValueError("Identity", 'must be written like "maths/mon/2026-09-14"', text)
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.series_id}/{self.slot_id}/{self.occurs_on.isoformat()}"

    __repr__ = readable


def to_index(value: int) -> int:
    """An ordinal, from 0."""
    return to_count(value, least=0, most=10_000_000)


def to_shift(value: str) -> Shift:
    """What a clock change does to a start."""
    match value:
        case "gap" | "overlap":
            return value
        case _:
            raise refuse("must be gap or overlap", value)


@attrs.frozen(repr=False, weakref_slot=False, field_transformer=located)
class Occurrence:
    """One date of a slot. `index` is its ordinal among all dates of the slot, from 0.

    `called_off_by` is the id of the cancellation or closure that calls it off; `shifted` says that its start on the
    clock doesn't exist that day ("gap") or exists twice ("overlap").
    """

    series_id: str = attrs.field(converter=to_id)
    slot_id: str = attrs.field(converter=to_id)
    occurs_on: date = attrs.field(converter=to_date)
    index: int = attrs.field(converter=to_index)
    starts_at: datetime = attrs.field(converter=to_instant)
    ends_at: datetime = attrs.field(converter=to_instant)
    called_off_by: str | None = attrs.field(default=None, converter=optional(to_id))
    shifted: Shift | None = attrs.field(default=None, converter=optional(to_shift))

    @property
    def identity(self) -> Identity:
        """What was promised, which stays when the session is moved."""
        return Identity(self.series_id, self.slot_id, self.occurs_on)

    __repr__ = readable


occurrences_of = bulk_builder(Occurrence)
