"""Zones by name, from the tzdata package and never from the machine, with the moments at which their clocks change."""

from __future__ import annotations

import difflib
import importlib.resources
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import tzdata

from recurly_sessions.errors import InvalidValueError

# No zone has changed its offset twice within this time, in any year for which tzdata has rules (tests look).
_STEP: Final = timedelta(days=4)
_SECOND: Final = timedelta(seconds=1)
_FIRST_YEAR: Final = 2  # a day of slack on both sides of what a datetime can hold
_LAST_YEAR: Final = 9998


class Transition(NamedTuple):
    """A moment at which a zone's clocks change, with the offset from UTC before it and from it on."""

    at: datetime
    before: timedelta
    after: timedelta


class Zone:
    """A timezone: its rules as a `ZoneInfo`, and its transitions year by year, found once each."""

    def __init__(self, name: str, info: ZoneInfo) -> None:
        self.name = name
        self.info = info
        self._years: dict[int, tuple[Transition, ...]] = {}

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def local(self, instant: datetime) -> datetime:
        """An instant on the zone's clock; in UTC where that would leave the years 1 to 9999."""
        try:
            return instant.astimezone(self.info)
        except OverflowError:
            return instant

    def offset(self, instant: datetime) -> timedelta:
        """How far the zone's clocks are ahead of UTC at an instant."""
        offset = self.local(instant).utcoffset()
        assert offset is not None, "a ZoneInfo knows the offset of every aware datetime"
        return offset

    def transitions(self, first_year: int, last_year: int) -> list[Transition]:
        """The transitions of some years (in UTC), in order."""
        return [change for year in range(first_year, last_year + 1) for change in self._of_year(year)]

    def _of_year(self, year: int) -> tuple[Transition, ...]:
        known = self._years.get(year)
        if known is None:
            # Two threads that come here at once find the same answer: no lock is needed.
            known = self._years[year] = self._find(year)
        return known

    def _find(self, year: int) -> tuple[Transition, ...]:
        """Sample the offset through a year, and narrow down every change to its second."""
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            return ()
        found = []
        here, end = datetime(year, 1, 1, tzinfo=UTC) - _SECOND, datetime(year + 1, 1, 1, tzinfo=UTC) - _SECOND
        before = self.offset(here)
        while here < end:
            there = min(here + _STEP, end)
            after = self.offset(there)
            if after != before:
                found.append(Transition(self._narrow(here, there, before), before, after))
            here, before = there, after
        return tuple(found)

    def _narrow(self, low: datetime, high: datetime, before: timedelta) -> datetime:
        """The first second in (low, high] whose offset is no longer `before`."""
        while high - low > _SECOND:
            middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
            low, high = (middle, high) if self.offset(middle) == before else (low, middle)
        return high


def zone_named(name: str) -> Zone:
    """Load a zone by its IANA name.

    >>> zone_named("Europe/Paris").transitions(2026, 2026)[0].at.isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    return _load(to_zone_name(name))


def to_zone_name(value: str) -> str:
    """The IANA name of a zone that exists."""
    if not isinstance(value, str) or value not in zone_names():
        hint = "recurly_sessions.time.zones.zone_names() has them all"
        if isinstance(value, str) and (near := _nearest(value)):
            hint = f"did you mean {near!r}?"
        raise InvalidValueError("", "must be an IANA timezone like Europe/Paris", value, hint)
    return value


def zone_names() -> frozenset[str]:
    """All names that the tzdata package knows."""
    return _names()


def tzdata_version() -> str:
    """The release of the timezone database in use, like "2026a"."""
    return str(tzdata.IANA_VERSION)


def local_day(instant: datetime, zone: Zone) -> date:
    """The date on the zone's calendar at an instant."""
    return zone.local(instant).date()


def _nearest(value: str) -> str | None:
    by_lower = {name.lower(): name for name in _names()}
    wanted = value[:80].strip().replace(" ", "_").lower()
    close = [wanted] if wanted in by_lower else difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.8)
    return by_lower[close[0]] if close else None


@cache
def _names() -> frozenset[str]:
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8")
    return frozenset(listed.split())


@cache
def _load(name: str) -> Zone:
    path = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with path.open("rb") as file:
        return Zone(name, ZoneInfo.from_file(file, key=name))
