"""Window: a stretch of time, from one instant up to and without another; Days: one on each series' own calendar."""

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
        _check_days("Window.dates", begin, end)
        return cls(resolve(zone, begin, timedelta(0)), resolve(zone, end + DAY, timedelta(0)))

    __repr__ = readable


@attrs.frozen(repr=False, field_transformer=located)
class Days:
    """From a first to a last day, both included, where each series takes place: a window for several timezones.

    >>> days = Days("2026-03-29", "2026-03-29")
    >>> days.window("Europe/Paris") == Window.dates("2026-03-29", "2026-03-29", "Europe/Paris")
    True
    """

    first: date = attrs.field(converter=to_date)
    last: date = attrs.field(converter=to_date)

    def __attrs_post_init__(self) -> None:
        _check_days("Days", self.first, self.last)

    def window(self, timezone: str) -> Window:
        """The window of these days in a zone."""
        return Window.dates(self.first, self.last, timezone)

    __repr__ = readable


def _check_days(where: str, first: date, last: date) -> None:
    if last < first:
        raise InvalidValueError(where, f"must not end before the first day ({first})", last.isoformat())
    if not _EARLIEST.date() < first <= last < _LATEST.date() - DAY:
        raise InvalidValueError(where, "must lie in the years 1900 to 9899", f"{first} to {last}")
