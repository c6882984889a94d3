"""Occurrence: one date of a slot, resolved to UTC; and the identity that a session keeps when it is moved."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, to_date, to_id
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


@attrs.frozen(repr=False, weakref_slot=False)
class Occurrence:
    """One date of a slot. `index` is its ordinal among all dates of the slot, from 0.

    `called_off_by` is the id of the cancellation or closure that calls it off; `shifted` says that its start on the
    clock doesn't exist that day ("gap") or exists twice ("overlap").
    """

    series_id: str
    slot_id: str
    occurs_on: date
    index: int
    starts_at: datetime
    ends_at: datetime
    called_off_by: str | None = None
    shifted: Shift | None = None

    @property
    def identity(self) -> Identity:
        """What was promised, which stays when the session is moved."""
        return Identity(self.series_id, self.slot_id, self.occurs_on)

    __repr__ = readable


occurrences_of = bulk_builder(Occurrence)
