"""The packages of a series to the numbers of its dates, the make-ups, and what is short.

How it works. A package looks at its own days, never at a window. Its dates, called off or not, are put in order; the
first N have the numbers 1 to N. For each of those that is called off, the next date that isn't is a make-up, and its
number goes on from N, as does that of a make-up that is called off itself: so calling off one date changes the number
of no other, and only appends.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cached_property
from itertools import accumulate, takewhile, zip_longest
from operator import attrgetter
from typing import Final, NamedTuple

import attrs

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.errors import RuleReachError
from recurly_sessions.fields import day_name
from recurly_sessions.planning.expand import expand_days
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.package import Package
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session

_FIRST_LOOK: Final = 2 * 366  # days of a package at once: most have fewer
_LOOK_AHEAD: Final = 1830  # days after the last package in which to look for more dates
_LAST_DAY: Final = date(9899, 12, 31).toordinal()  # sessions are planned up to it

Key = tuple[str, date]  # a slot and a date


class Place(NamedTuple):
    """What a date is in a package: its number, and for a make-up the date that it replaces."""

    package_id: str
    number: int
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
    ends_at: datetime
    off: bool

    @property
    def key(self) -> Key:
        """The slot and the date."""
        return self.slot_id, self.occurs_on


@attrs.frozen(eq=False)
class Dealt:
    """A package as it comes out: the places of the dates that it uses, how many are short, the last day that is used.

    `off` are those of its dates that are called off.
    """

    package: Package
    places: dict[Key, Place]
    short: int
    last: date | None
    off: frozenset[Key]


class Owed(NamedTuple):
    """What is owed of a package: how it comes out, its lessons that were lost, and how many were made up by hand."""

    dealt: Dealt
    lost: Iterable[Lost]
    made_up: int


class _Taken:
    """The dates that nobody is to be promised: those of sessions that people put there, and those proposed already."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        in_order = sorted(sessions, key=attrgetter("starts_at"))
        self.keys = {(each.slot_id, each.occurs_on) for each in in_order}
        self._starts = [each.starts_at for each in in_order]
        self._ends = list(accumulate((each.ends_at for each in in_order), max))  # of all that start no later

    def has(self, dated: Dated) -> bool:
        """Whether a date is one of them, or a session is on at its time."""
        before = bisect_left(self._starts, dated.ends_at)
        return dated.key in self.keys or (before > 0 and self._ends[before - 1] > dated.starts_at)


class Packages:
    """The packages of one series."""

    def __init__(self, series: Series, config: ResolvedConfig, zone: Zone) -> None:
        self._series = series
        self._config = config
        self._zone = zone
        self._begins = [package.starts_on for package in series.packages]

    def dealt(self, *, since: date) -> list[Dealt]:
        """The packages that have days from a day on."""
        return [self._deal(each) for each in self._series.packages if each.ends_on >= since]

    def on(self, day: date) -> Package | None:
        """The package in which a day lies."""
        at = bisect_right(self._begins, day) - 1
        package = self._series.packages[at] if at >= 0 else None
        return package if package is not None and day <= package.ends_on else None

    def _deal(self, package: Package) -> Dealt:
        for dates in self._growing(self._series, package.starts_on.toordinal(), package.ends_on.toordinal()):
            dealt = _dealt(package, dates)
            if not dealt.short:
                break
        return dealt

    def _free(self, dealt: Dealt, count: int, after: date, last: int, taken: _Taken) -> list[Dated]:
        """The next dates after a day that no package uses, up to another day, were the series to go on."""
        found: list[Dated] = []
        try:
            for dates in self._growing(self._open_end, after.toordinal() + 1, min(last, _LAST_DAY)):
                found = [each for each in dates if self._is_free(each, dealt) and not taken.has(each)]
                if len(found) >= count:
                    break
        except RuleReachError:
            pass  # further off nobody looks
        return found[:count]

    @cached_property
    def _open_end(self) -> Series:
        return attrs.evolve(self._series, ends_on=None)

    @property
    def _far(self) -> int:
        """The last day on which to look for more dates."""
        return self._series.packages[-1].ends_on.toordinal() + _LOOK_AHEAD

    def _is_free(self, dated: Dated, dealt: Dealt) -> bool:
        """Whether a date isn't called off, and the package may have it: it's one of its own to spare, or in none."""
        package = self.on(dated.occurs_on)
        mine = package is None or package.id == dealt.package.id
        return mine and not dated.off and dated.key not in dealt.places

    def _growing(self, series: Series, first: int, last: int) -> Iterator[list[Dated]]:
        """The dates from a day on in order, twice as far each time, until they are all.

        So a package that ends in a thousand years costs what it uses.
        """
        days = _FIRST_LOOK
        while first + days < last:
            # A clock change may take a start past those of the next day, which is not there yet.
            yield _before(self._dates(series, first, first + days), date.fromordinal(first + days))
            days *= 2
        if first <= last:
            yield self._dates(series, first, last)

    def _dates(self, series: Series, first: int, last: int) -> list[Dated]:
        """The dates of all slots, by start and then slot."""
        return sorted(self._of_columns(series, first, last))

    def _of_columns(self, series: Series, first: int, last: int) -> Iterator[Dated]:
        columns = expand_days(series, [(first, last)], config=self._config, zone=self._zone)
        for place, row in enumerate(zip(columns.starts, columns.slot_ids, columns.dates, columns.ends, strict=True)):
            yield Dated(*row, place in columns.called_off)

    def issues(self, owed: Iterable[Owed], by_hand: Iterable[Session], *, today: date) -> Iterator[Issue]:
        """Tell what packages are short of, and propose a date for each lesson that was lost and not made up by hand.

        A date is proposed once, and none that a session uses which people put on the calendar (`by_hand`).
        """
        packages, taken = list(owed), _Taken(by_hand)
        # A package can only last into the days after it; a lost lesson may be made up for on any day.
        more = {each.dealt.package.id: self._more(each.dealt, taken) for each in packages if each.dealt.short}
        for dealt, lost, made_up in packages:
            if dealt.short:
                yield self._short(dealt, more[dealt.package.id])
            gone = sorted(lost, key=attrgetter("starts_at", "id"))[made_up:]
            used = max(dealt.last or dealt.package.starts_on, today)
            free = self._free(dealt, len(gone), used, self._far, taken) if gone else []
            taken.keys.update(each.key for each in free)
            for each, instead in zip_longest(gone, free):
                yield self._lost(dealt.package, each, instead)

    def _more(self, dealt: Dealt, taken: _Taken) -> list[Dated]:
        """The dates that a short package would have if it lasted longer, as far as it can."""
        following = self._after(dealt.package)
        until = self._far if following is None else following.starts_on.toordinal() - 1
        more = self._free(dealt, dealt.short, dealt.package.ends_on, until, taken)
        if len(more) == dealt.short:
            taken.keys.update(each.key for each in more)
        return more

    def _short(self, dealt: Dealt, more: list[Dated]) -> Issue:
        package, following = dealt.package, self._after(dealt.package)
        days = [each.occurs_on for each in more] if len(more) == dealt.short else []
        last, ends_on = max(days, default=None), self._series.ends_on
        series_too = last is not None and ends_on is not None and last > ends_on
        extra = ", ".join(map(str, days))
        if last is None:
            found = f"only {len(more)} more" if more else "no more dates"
            before = "" if following is None else f" before package {following.id} begins on {following.starts_on}"
            fix = f"the slots have {found}{before}: add extra dates or a slot"
        else:
            what = "it and the series" if series_too else "it"
            fix = f"let {what} last until {last}, which adds {extra}, or add extra dates or a slot"
        message = (
            f"package {package.id} is {dealt.short} of {package.sessions} sessions short: "
            f"{package.sessions - dealt.short} fit from {package.starts_on} to {package.ends_on}; {fix}"
        )
        details = {
            "package_id": package.id,
            "short": dealt.short,
            "extra_days": extra,
            "series_ends_on": last if series_too else "",
        }
        return Issue("package-short", series_id=self._series.id, message=message, details=details)

    def _after(self, package: Package) -> Package | None:
        """The next package."""
        at = bisect_right(self._begins, package.starts_on)
        return self._series.packages[at] if at < len(self._begins) else None

    def _lost(self, package: Package, lost: Lost, free: Dated | None) -> Issue:
        day = None if free is None else free.occurs_on
        proposal = "the slots have no more dates: add a session by hand"
        if day is not None:
            late = f", after its last day {package.ends_on}" if day > package.ends_on else ""
            proposal = f"{day_name(day)} {day} is free for it{late}: add a session there by hand"
        message = f"{lost.id} of package {package.id} {lost.why}; {proposal}"
        details = {"package_id": package.id, "session_id": lost.id, "proposed": "", "starts_at": "", "ends_at": ""}
        if free is not None:
            details["proposed"] = free.occurs_on.isoformat()
            details |= {"starts_at": free.starts_at.isoformat(), "ends_at": free.ends_at.isoformat()}
        return Issue("package-lesson-lost", series_id=self._series.id, message=message, details=details)


def _dealt(package: Package, dates: list[Dated]) -> Dealt:
    """Deal a package its dates, as far as they are known."""
    numbered, rest = dates[: package.sessions], dates[package.sessions :]
    places = {each.key: Place(package.id, number) for number, each in enumerate(numbered, start=1)}
    lost = [each.key for each in numbered if each.off]
    used, made_up = len(numbered), 0
    for number, each in enumerate(rest, start=package.sessions + 1):
        if made_up == len(lost):
            break
        # A make-up that is called off keeps its number too, and is made up for in its turn.
        places[each.key] = Place(package.id, number, None if each.off else lost[made_up])
        made_up += not each.off
        used = number
    short = package.sessions - len(numbered) + len(lost) - made_up
    off = frozenset(each.key for each in dates[:used] if each.off)
    return Dealt(package, places, short, max((each.occurs_on for each in dates[:used]), default=None), off)


def _before(dates: list[Dated], day: date) -> list[Dated]:
    """The dates up to the first that is due on a day."""
    return list(takewhile(lambda each: each.occurs_on < day, dates))
