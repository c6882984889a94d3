"""The packages of a series to the numbers of its dates, the make-ups, and what is short.

How it works. A package looks at its own days, never at a window. Its dates, called off or not, are put in order; the
first N have the numbers 1 to N. For each of those that is called off, the next date that isn't is a make-up, and its
number goes on from N, as does that of a make-up that is called off itself: so calling off one date changes the number
of no other, and only appends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

import attrs

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.fields import day_name
from recurly_sessions.planning.expand import expand_days
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.package import Package
from recurly_sessions.values.series import Series

_LOOK_AHEAD: Final = 1830  # days after the last package in which to look for more dates

Key = tuple[str, date]  # a slot and a date


class Place(NamedTuple):
    """What a date is in a package: its number, and for a make-up the date that it replaces; no number: not wanted."""

    package_id: str
    number: int | None = None
    replaces: Key | None = None


class Lost(NamedTuple):
    """A session of a package that isn't held, and why in words."""

    id: str
    starts_at: datetime
    why: str


class Dated(NamedTuple):
    """A date of a series, in order of time, and whether it is called off."""

    starts_at: datetime
    slot_id: str
    occurs_on: date
    off: bool

    @property
    def key(self) -> Key:
        """The slot and the date."""
        return self.slot_id, self.occurs_on


@attrs.frozen(eq=False)
class Dealt:
    """A package as it comes out: the place of each of its dates, how many are short, the last day that is used.

    `off` are its dates that are called off, `spare` the days that it doesn't use.
    """

    package: Package
    places: dict[Key, Place]
    short: int
    last: date | None
    off: frozenset[Key]
    spare: tuple[date, ...]


class Packages:
    """The packages of one series."""

    def __init__(self, series: Series, config: ResolvedConfig, zone: Zone) -> None:
        self._series = series
        self._config = config
        self._zone = zone

    def dealt(self, *, since: date) -> list[Dealt]:
        """The packages that have days from a day on."""
        return [self._deal(each) for each in self._series.packages if each.ends_on >= since]

    def _deal(self, package: Package) -> Dealt:
        dates = self._dates(self._series, package.starts_on, package.ends_on)
        numbered, rest = dates[: package.sessions], dates[package.sessions :]
        places = {each.key: Place(package.id, number) for number, each in enumerate(numbered, start=1)}
        lost = [each.key for each in numbered if each.off]
        made_up, spare = 0, []
        for number, each in enumerate(rest, start=package.sessions + 1):
            if made_up == len(lost):
                places[each.key] = Place(package.id)
                spare += [] if each.off else [each.occurs_on]
            elif each.off:
                # A make-up that is called off keeps its number too, and is made up for in its turn.
                places[each.key] = Place(package.id, number)
            else:
                places[each.key] = Place(package.id, number, lost[made_up])
                made_up += 1
        used = [each.occurs_on for each in dates if places[each.key].number is not None]
        short = package.sessions - len(numbered) + len(lost) - made_up
        off = frozenset(each.key for each in dates if each.off)
        return Dealt(package, places, short, max(used, default=None), off, tuple(spare))

    def more_dates(self, dealt: Dealt, count: int, after: date) -> list[date]:
        """The next dates after a day that the package doesn't use, its own first; then those in no package."""
        own = [day for day in dealt.spare if day > after]
        free = self._in_no_package
        later = free[bisect_right(free, max(after, dealt.package.ends_on)) :]
        return [*own, *later][:count]

    @cached_property
    def _in_no_package(self) -> list[date]:
        """The dates of the slots in no package, up to some time after the last one, were the series to go on."""
        packages = self._series.packages
        open_end = attrs.evolve(
            self._series, ends_on=None, slots=[attrs.evolve(slot, ends_on=None) for slot in self._series.slots]
        )
        first, last = packages[0].starts_on, packages[-1].ends_on
        until = date.fromordinal(min(last.toordinal() + _LOOK_AHEAD, date.max.toordinal()))
        begins = [package.starts_on for package in packages]
        found = []
        for each in self._dates(open_end, first, until):
            at = bisect_right(begins, each.occurs_on) - 1
            if not each.off and (at < 0 or each.occurs_on > packages[at].ends_on):
                found.append(each.occurs_on)
        return found

    def _dates(self, series: Series, first: date, last: date) -> list[Dated]:
        """The dates of all slots, by start and then slot."""
        return sorted(self._of_columns(series, first, last))

    def _of_columns(self, series: Series, first: date, last: date) -> Iterator[Dated]:
        days = (first.toordinal(), last.toordinal())
        columns = expand_days(series, [days], config=self._config, zone=self._zone)
        for place, row in enumerate(zip(columns.starts, columns.slot_ids, columns.dates, strict=True)):
            yield Dated(*row, place in columns.called_off)

    def issues(self, dealt: Dealt, lost: Iterable[Lost], made_up: int, *, today: date) -> Iterator[Issue]:
        """Tell what a package is short of, and propose a date for each lesson that was lost and not made up by hand."""
        if dealt.short > 0:
            yield self._short(dealt)
        gone = sorted(lost, key=attrgetter("starts_at", "id"))[made_up:]
        used = max(dealt.last or dealt.package.starts_on, today)
        proposed = iter(self.more_dates(dealt, len(gone), used) if gone else ())
        for each in gone:
            yield self._lost(dealt.package, each, next(proposed, None))

    def _short(self, dealt: Dealt) -> Issue:
        package = dealt.package
        fit = package.sessions - dealt.short
        extra = [day.isoformat() for day in self.more_dates(dealt, dealt.short, package.ends_on)]
        fix = "the slots have no more dates: add extra dates or a slot"
        if extra:
            fix = f"let it last until {extra[-1]}, which adds {', '.join(extra)}, or add extra dates or a slot"
        message = (
            f"package {package.id} is {dealt.short} of {package.sessions} sessions short: {fit} fit from "
            f"{package.starts_on} to {package.ends_on}; {fix}"
        )
        details = {"package_id": package.id, "short": dealt.short, "extra_days": ", ".join(extra)}
        return Issue("package-short", series_id=self._series.id, message=message, details=details)

    def _lost(self, package: Package, lost: Lost, day: date | None) -> Issue:
        proposal = "the slots have no more dates: add a session by hand"
        if day is not None:
            late = f", after its last day {package.ends_on}" if day > package.ends_on else ""
            proposal = f"{day_name(day)} {day} is free for it{late}: add a session there by hand"
        message = f"{lost.id} of package {package.id} {lost.why}; {proposal}"
        details = {"package_id": package.id, "session_id": lost.id, "proposed": "" if day is None else day.isoformat()}
        return Issue("package-lesson-lost", series_id=self._series.id, message=message, details=details)
