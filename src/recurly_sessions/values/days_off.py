"""Days off: a cancellation of slots, a closure of a branch or of everyone."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, to_date, to_flag, to_id, to_text

_LONGEST_YEARLY = timedelta(days=365)
_REST_OF_WEEK = timedelta(days=6)


@attrs.frozen(repr=False, field_transformer=located)
class Cancellation:
    """A slot, or every slot of a series, called off from a first to a last day, both included.

    >>> Cancellation.week("trip", "mon", "2026-05-06")
    Cancellation('trip', first_day='2026-05-04', last_day='2026-05-10', slot_id='mon')
    """

    id: str = attrs.field(converter=to_id)
    first_day: date = attrs.field(converter=to_date, kw_only=True)
    last_day: date = attrs.field(converter=to_date, kw_only=True)
    slot_id: str | None = attrs.field(default=None, converter=attrs.converters.optional(to_id), kw_only=True)
    reason: str = attrs.field(default="", converter=to_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        days_in_order(self)

    @classmethod
    def day(cls, id: str, slot_id: str | None, day: date | str, *, reason: str = "") -> Cancellation:
        """Call off one day."""
        return cls(id, first_day=day, last_day=day, slot_id=slot_id, reason=reason)

    @classmethod
    def week(cls, id: str, slot_id: str | None, any_day: date | str, *, reason: str = "") -> Cancellation:
        """Call off the week, Monday to Sunday, in which a day lies."""
        day = cls.day(id, slot_id, any_day).first_day
        monday = day - timedelta(days=day.weekday())
        if date.max - monday < _REST_OF_WEEK:
            raise InvalidValueError("Cancellation.week", "must have a week that ends", day.isoformat())
        return cls(id, first_day=monday, last_day=monday + _REST_OF_WEEK, slot_id=slot_id, reason=reason)

    __repr__ = readable


@attrs.frozen(repr=False, field_transformer=located)
class Closure:
    """Days on which a branch, or everyone, is shut; `yearly` ones in every year, over New Year if they must.

    >>> Closure("new-year", "2026-12-24", "2027-01-02", yearly=True)
    Closure('new-year', '2026-12-24', '2027-01-02', yearly=True)
    """

    id: str = attrs.field(converter=to_id)
    first_day: date = attrs.field(converter=to_date)
    last_day: date = attrs.field(converter=to_date)
    yearly: bool = attrs.field(default=False, converter=to_flag, kw_only=True)
    branch_id: str | None = attrs.field(default=None, converter=attrs.converters.optional(to_id), kw_only=True)
    reason: str = attrs.field(default="", converter=to_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        days_in_order(self)
        if self.yearly and self.last_day - self.first_day >= _LONGEST_YEARLY:
            rule = "must be less than a year after first_day in a yearly closure"
            raise InvalidValueError("Closure.last_day", rule, self.last_day.isoformat())

    __repr__ = readable


def days_in_order(self: Cancellation | Closure) -> None:
    """Refuse a last day before the first."""
    if self.last_day < self.first_day:
        rule = f"must not be before first_day ({self.first_day})"
        raise InvalidValueError(f"{type(self).__name__}.last_day", rule, self.last_day.isoformat())
