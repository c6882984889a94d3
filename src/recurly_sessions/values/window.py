"""Window: a stretch of time, from one instant up to and without another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, refuse, to_count, to_date, to_instant
from recurly_sessions.time.clock import DAY, resolve
from recurly_sessions.time.zones import zone_named

# A day more than the years 1900 to 9899 on both sides, for days of any zone.
_EARLIEST: Final = datetime(1899, 12, 31, tzinfo=UTC)
_LATEST: Final = datetime(9900, 1, 2, tzinfo=UTC)


def to_edge(value: datetime | str) -> datetime:
    """An instant in the years 1900 to 9899."""
    instant = to_instant(value)
    if not is_edge(instant):
        raise refuse("must lie in the years 1900 to 9899", value)
    return instant


def is_edge(instant: datetime) -> bool:
    """Whether an instant lies in the years 1900 to 9899."""
    return _EARLIEST <= instant < _LATEST


@attrs.frozen(repr=False, field_transformer=located)
class Window:
    """From one instant up to and without another.

    >>> Window("2026-09-07T00:00Z", "2026-09-14T00:00Z") == Window.weeks(1, start="2026-09-07T00:00Z")
    True
    """

    start: datetime = attrs.field(converter=to_edge)
    end: datetime = attrs.field(converter=to_edge)

    def __attrs_post_init__(self) -> None:
        if self.end < self.start:
            rule = f"must not be before start ({self.start.isoformat()})"
            raise InvalidValueError("Window.end", rule, self.end.isoformat())

    @classmethod
    def weeks(cls, weeks: int, *, start: datetime | str) -> Window:
        """So many times 168 hours."""
        try:
            length = to_count(weeks, least=0, most=10_000) * timedelta(weeks=1)
            first = to_edge(start)
        except InvalidValueError as error:
            raise error.at("Window.weeks") from None
        return cls(first, first + length)

    @classmethod
    def dates(cls, first: date | str, last: date | str, timezone: str) -> Window:
        """From the first to the last day of a zone's calendar, both included.

        >>> Window.dates("2026-03-29", "2026-03-29", "Europe/Paris")
        Window('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')
        """
        try:
            zone, begin, end = zone_named(timezone), to_date(first), to_date(last)
        except InvalidValueError as error:
            raise error.at("Window.dates") from None
        if end < begin:
            raise InvalidValueError("Window.dates", f"must not end before the first day ({begin})", end.isoformat())
        if not _EARLIEST.date() < begin <= end < _LATEST.date() - DAY:
            raise InvalidValueError("Window.dates", "must lie in the years 1900 to 9899", f"{begin} to {end}")
        return cls(resolve(zone, begin, timedelta(0)), resolve(zone, end + DAY, timedelta(0)))

    __repr__ = readable
