"""Date rules to days: RFC 5545 text to a `DateRule`, and a rule with a first day to the `Days` that it names.

Days are ordinals (`date.toordinal`). Rules that repeat every so many weeks are arithmetic: they cost what is asked for,
however old they are. Every other rule is walked once from its first day by dateutil, remembered, and followed for
`REACH_YEARS` years.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final, Literal, Protocol

import attrs
from dateutil import rrule

from recurly_sessions.errors import RuleReachError
from recurly_sessions.fields import WEEKDAYS, refuse
from recurly_sessions.time.clock import DAY, resolve
from recurly_sessions.time.zones import Zone, local_day

REACH_YEARS: Final = 100
LONGEST_RULE: Final = 2_000

_MONDAY: Final = 1
_DAYS_OF_REACH: Final = round(REACH_YEARS * 365.2425)
_GREGORIAN_CYCLE: Final = 400  # years after which dates fall on the same weekdays again
_LATEST_START: Final = 9899  # so that dateutil, which goes on to the year 9999, goes on for 100 to 499 years
_FREQUENCIES: Final[dict[str, Literal[0, 1, 2, 3]]] = {
    "YEARLY": rrule.YEARLY,
    "MONTHLY": rrule.MONTHLY,
    "WEEKLY": rrule.WEEKLY,
    "DAILY": rrule.DAILY,
}
_HOURS: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
# What a part may hold: (lowest, highest), negative numbers counting from the end where `both` is true.
_BOUNDS: Final = {
    "BYMONTH": (12, False),
    "BYMONTHDAY": (31, True),
    "BYYEARDAY": (366, True),
    "BYWEEKNO": (53, True),
    "BYSETPOS": (366, True),
}
_PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_BOUNDS)
_BYDAY: Final = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL: Final = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", re.ASCII)
_MOST_ORDINAL: Final = 53
_MOST_IN_A_MONTH: Final = 5


@attrs.frozen
class DateRule:
    """The parts of an RFC 5545 rule that name dates; BYDAY as (ISO weekday, ordinal or 0)."""

    text: str = attrs.field(eq=False)
    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = _MONDAY
    by_day: tuple[tuple[int, int], ...] = ()
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_week: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()

    @property
    def is_weekly(self) -> bool:
        """Whether the rule names weekdays of every n-th week and nothing else."""
        others = self.by_month or self.by_month_day or self.by_year_day or self.by_week or self.by_position
        return self.frequency == "WEEKLY" and not others


class Days(Protocol):
    """The days that a rule names from its first day on, as ordinals."""

    def between(self, first: int, last: int) -> Sequence[int]:
        """The days from first to last, both included, in order."""
        ...

    def count(self, first: int, last: int) -> int:
        """How many days `between` gives."""
        ...


@attrs.frozen(eq=False)
class WeeklyDays:
    """Weekdays of every n-th week: by arithmetic, from the first day of each weekday."""

    firsts: tuple[int, ...]
    step: int = 7
    last: int = date.max.toordinal()

    def between(self, first: int, last: int) -> Sequence[int]:
        """The days from first to last, both included, in order; as a range where there is one weekday."""
        ranges = self._ranges(first, last)
        return ranges[0] if len(ranges) == 1 else sorted(chain.from_iterable(ranges))

    def count(self, first: int, last: int) -> int:
        """How many days `between` gives."""
        return sum(map(len, self._ranges(first, last)))

    def _ranges(self, first: int, last: int) -> list[range]:
        """The days of each weekday."""
        step, end = self.step, min(last, self.last) + 1
        return [
            range(start if start >= first else start + -(-(first - start) // step) * step, end, step)
            for start in self.firsts
        ]


class WalkedDays:
    """The days of any other rule: walked from the first one, each remembered; all, or the first so many."""

    def __init__(self, rule: DateRule, first_day: date) -> None:
        self._rule = rule
        self._first_day = first_day
        self._reach = first_day.toordinal() + _DAYS_OF_REACH
        self._days: list[int] = []
        self._walk: Iterator[int] | None = _walk(rule, first_day)
        self._lock = threading.Lock()

    def between(self, first: int, last: int, *, most: int | None = None) -> Sequence[int]:
        """The days from first to last, both included, in order."""
        start, end = self._places(first, last, most)
        return self._days[start:end]

    def count(self, first: int, last: int, *, most: int | None = None) -> int:
        """How many days `between` gives."""
        start, end = self._places(first, last, most)
        return max(0, end - start)

    def any(self) -> bool:
        """Whether the rule names any day within its reach."""
        with self._lock:
            if not self._days:
                self._step()
        return bool(self._days) and self._days[0] <= self._reach

    def _places(self, first: int, last: int, most: int | None) -> tuple[int, int]:
        self._follow(last, most)
        known = len(self._days) if most is None else min(most, len(self._days))
        return bisect_left(self._days, first, 0, known), bisect_right(self._days, last, 0, known)

    def _follow(self, last: int, most: int | None) -> None:
        with self._lock:
            while self._goes_on(most) and (not self._days or self._days[-1] < last):
                if self._days and self._days[-1] > self._reach:
                    break
                self._step()
        if last > self._reach and self._goes_on(most):
            asked_for = date.fromordinal(last).isoformat()
            raise RuleReachError(self._rule.text, self._first_day.isoformat(), REACH_YEARS, asked_for)

    def _goes_on(self, most: int | None) -> bool:
        return self._walk is not None and (most is None or len(self._days) < most)

    def _step(self) -> None:
        if self._walk is not None:
            day = next(self._walk, None)
            if day is None:
                self._walk = None
            else:
                self._days.append(day)


@attrs.frozen(eq=False)
class RuleDays:
    """The days of one rule, of a walk that all rules which differ in COUNT and UNTIL share."""

    rule: DateRule
    walked: WalkedDays

    def between(self, first: int, last: int) -> Sequence[int]:
        """The days from first to last, both included, in order."""
        with self._named():
            return self.walked.between(first, last, most=self.rule.count)

    def count(self, first: int, last: int) -> int:
        """How many days `between` gives."""
        with self._named():
            return self.walked.count(first, last, most=self.rule.count)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except RuleReachError as error:
            raise error.of(error.slot, self.rule.text) from None


def days_of(rule: DateRule, first_day: date) -> Days:
    """The days that a rule names, counted from a first day, whatever its UNTIL says (see `last_day`).

    >>> days = days_of(parse_rule("FREQ=MONTHLY;BYDAY=2TU"), date(2026, 9, 1))
    >>> [
    ...     date.fromordinal(day).isoformat()
    ...     for day in days.between(date(2026, 9, 1).toordinal(), date(2026, 11, 30).toordinal())
    ... ]
    ['2026-09-08', '2026-10-13', '2026-11-10']
    """
    if not rule.is_weekly:
        return RuleDays(rule, _walked(attrs.evolve(rule, count=None, until=None), first_day))
    weekdays = tuple(day for day, _ in rule.by_day) or (first_day.isoweekday(),)
    return weekly_days(weekdays, first_day, interval=rule.interval, week_start=rule.week_start, count=rule.count)


@lru_cache(maxsize=4096)
@lru_cache(maxsize=4096)
def weekly_days(
    weekdays: tuple[int, ...],
    first_day: date,
    *,
    interval: int = 1,
    week_start: int = _MONDAY,
    count: int | None = None,
) -> WeeklyDays:
    """The given weekdays of every n-th week, from the week of the first day and not before it."""
    first, step = first_day.toordinal(), 7 * interval
    week = first - (first_day.isoweekday() - week_start) % 7
    in_first_week = (week + (weekday - week_start) % 7 for weekday in weekdays)
    firsts = tuple(sorted(day if day >= first else day + step for day in in_first_week))
    if count is None:
        return WeeklyDays(firsts, step)
    rounds, place = divmod(count - 1, len(firsts))
    return WeeklyDays(firsts, step, firsts[place] + rounds * step)


def last_day(rule: DateRule, since_midnight: timedelta, zone: Zone, *, on_overlap: str = "earlier") -> date:
    """The last day that a rule's UNTIL allows to something that starts at this time of day."""
    match rule.until:
        case None:
            return date.max
        case datetime(tzinfo=None) as wall:
            on_its_day = wall - datetime.combine(wall.date(), datetime.min.time())
            return wall.date() if since_midnight <= on_its_day else max(wall.date(), date.min + DAY) - DAY
        case datetime(year=year) if not date.min.year < year < date.max.year:
            return date.min if year == date.min.year else date.max  # how many programs write "never" and "for ever"
        case datetime() as instant:
            day = local_day(instant, zone) + DAY
            while resolve(zone, day, since_midnight, on_overlap=on_overlap) > instant:
                day -= DAY
            return day
        case day:
            return day


@lru_cache(maxsize=512)
def _walked(rule: DateRule, first_day: date) -> WalkedDays:
    """Walk a rule once for all who ask, however many of its days they want."""
    return WalkedDays(rule, first_day)


def names_no_day(rule: DateRule, first_day: date) -> bool:
    """Whether a rule, counted from this day, never comes."""
    if rule.is_weekly:
        return days_of(rule, first_day).count(0, first_day.toordinal() + _DAYS_OF_REACH) == 0
    return not _walked(attrs.evolve(rule, count=None, until=None), first_day).any()


def _walk(rule: DateRule, first_day: date) -> Iterator[int]:
    """Walk a rule by dateutil, centuries later.

    dateutil looks for a next date up to the year 9999, and a rule that never comes would keep it busy for 8,000 years
    of days. The calendar repeats every 400 years to the weekday, so the walk starts as many cycles later as leave it a
    few hundred years, and the days are brought back.
    """
    start = first_day
    if rule.frequency == "WEEKLY" and rule.by_position:
        # A position counts in the whole week, also in the first one, of which only a part may follow the first day.
        start -= timedelta(days=(first_day.isoweekday() - rule.week_start) % 7)
    cycles = (_LATEST_START - start.year) // _GREGORIAN_CYCLE
    later = datetime(start.year + cycles * _GREGORIAN_CYCLE, start.month, start.day)  # noqa: DTZ001 - a date only
    back = later.toordinal() - start.toordinal()
    weekdays = [rrule.weekday(day - 1, nth or None) for day, nth in _alike(rule)] or None
    if weekdays is None and rule.by_day:
        return  # a 53rd Monday of a month never comes, and dateutil stumbles over it
    if weekdays is None and rule.frequency == "WEEKLY":
        weekdays = [rrule.weekday(first_day.isoweekday() - 1)]
    dates = rrule.rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=later,
        interval=rule.interval,
        wkst=rule.week_start - 1,
        byweekday=weekdays,
        bymonth=rule.by_month or None,
        bymonthday=rule.by_month_day or None,
        byyearday=rule.by_year_day or None,
        byweekno=_weeks(rule) or None,
        bysetpos=rule.by_position or None,
    )
    by_last_weeks = _weeks(rule) != rule.by_week
    for found in dates:
        day = found.toordinal() - back
        if day >= first_day.toordinal() and (not by_last_weeks or _is_in_week(found, rule)):
            yield day


def _alike(rule: DateRule) -> tuple[tuple[int, int], ...]:
    """BYDAY with all weekdays counted, if one is: dateutil takes "MO,1TU" for days that are both."""
    if not any(nth for _, nth in rule.by_day):
        return rule.by_day
    most = _MOST_ORDINAL if rule.frequency == "YEARLY" and not rule.by_month else _MOST_IN_A_MONTH
    counted = ((day, each) for day, nth in rule.by_day for each in ([nth] if nth else range(1, most + 1)))
    return tuple((day, nth) for day, nth in counted if abs(nth) <= most)


def _weeks(rule: DateRule) -> tuple[int, ...]:
    """BYWEEKNO counted from the first week, to be looked at again (`_is_in_week`) if any counts from the last.

    dateutil doesn't find the days of such a week that lie in the year before.
    """
    if rule.by_position or all(week > 0 for week in rule.by_week):
        return rule.by_week
    either = {week if week > 0 else week + weeks + 1 for week in rule.by_week for weeks in (52, 53)}
    return tuple(sorted(either - {0}))


def _is_in_week(day: date, rule: DateRule) -> bool:
    """Whether a day lies in one of a rule's weeks; a week is of the year in which most of its days lie."""
    number, year = _week(day, rule.week_start)
    last, _ = _week(date(year, 12, 28), rule.week_start)
    return number in rule.by_week or number - last - 1 in rule.by_week


def _week(day: date, week_start: int) -> tuple[int, int]:
    fourth = day + timedelta(days=3 - (day.isoweekday() - week_start) % 7)
    return (fourth.timetuple().tm_yday - 1) // 7 + 1, fourth.year


# Reading a rule


def parse_rule(text: str) -> DateRule:
    """Read an RFC 5545 rule that names dates; one that names hours is refused.

    >>> parse_rule("FREQ=MONTHLY;BYDAY=-1FR").by_day
    ((5, -1),)
    """
    if not isinstance(text, str):
        raise refuse("must be the text of an RFC 5545 rule", text)
    if len(text) > LONGEST_RULE:
        raise refuse(f"must have at most {LONGEST_RULE:,} characters", text)
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise refuse("must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY", text, "a slot names days; its time is `start`")
    if "COUNT" in parts and "UNTIL" in parts:
        raise refuse("must have COUNT or UNTIL, not both", text)
    if "BYWEEKNO" in parts and re.search("[0-9]", parts.get("BYDAY", "")):
        raise refuse("must not count weekdays beside BYWEEKNO", text)
    by_numbers = {part: _numbers(part, parts[part]) if part in parts else () for part in _BOUNDS}
    if by_numbers["BYSETPOS"] and not (
        "BYDAY" in parts or any(by_numbers[part] for part in _BOUNDS if part != "BYSETPOS")
    ):
        raise refuse("must have another BY part beside BYSETPOS", text)
    return DateRule(
        text=text,
        frequency=frequency,
        interval=_positive("INTERVAL", parts.get("INTERVAL", "1")),
        count=_positive("COUNT", parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_weekday(parts.get("WKST", "MO")),
        by_day=_by_day(parts["BYDAY"], frequency) if "BYDAY" in parts else (),
        by_month=by_numbers["BYMONTH"],
        by_month_day=by_numbers["BYMONTHDAY"],
        by_year_day=by_numbers["BYYEARDAY"],
        by_week=by_numbers["BYWEEKNO"],
        by_position=by_numbers["BYSETPOS"],
    )


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise refuse("must be parts like FREQ=WEEKLY;BYDAY=MO", text, f"{part!r:.40} is none")
        if name in _HOURS:
            raise refuse(f"must name dates only, not hours ({name})", text, "the time of day is the slot's `start`")
        if name not in _PARTS:
            raise refuse(f"must have only the parts {', '.join(_PARTS)}", text, f"{name!r:.40} is none of them")
        if name in parts:
            raise refuse(f"must say {name} once", text)
        parts[name] = value
    return parts


def _positive(name: str, value: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value, re.ASCII) or int(value) == 0:
        raise refuse(f"must have a number from 1 to 999999999 as {name}", value)
    return int(value)


def _numbers(name: str, value: str) -> tuple[int, ...]:
    most, both = _BOUNDS[name]
    numbers = []
    for part in value.split(","):
        if (
            not re.fullmatch("[+-]?[0-9]{1,3}", part, re.ASCII)
            or not 1 <= abs(int(part)) <= most
            or (int(part) < 0 and not both)
        ):
            wanted = f"numbers from 1 to {most}" + (f" or -{most} to -1" if both else "")
            raise refuse(f"must have {wanted} as {name}", part)
        numbers.append(int(part))
    return tuple(sorted(set(numbers)))


def _by_day(value: str, frequency: str) -> tuple[tuple[int, int], ...]:
    days = []
    for part in value.split(","):
        found = _BYDAY.fullmatch(part)
        ordinal = int(found[1]) if found and found[1] else 0
        if not found or abs(ordinal) > _MOST_ORDINAL or (found[1] and not ordinal):
            raise refuse("must have weekdays like MO or 2TU or -1FR as BYDAY", part)
        if ordinal and frequency not in {"MONTHLY", "YEARLY"}:
            raise refuse("must not count weekdays in a rule that is neither MONTHLY nor YEARLY", part)
        days.append((WEEKDAYS.index(found[2]) + 1, ordinal))
    return tuple(sorted(set(days)))


def _weekday(value: str) -> int:
    if value not in WEEKDAYS:
        raise refuse("must have one of MO, TU, WE, TH, FR, SA, SU as WKST", value)
    return WEEKDAYS.index(value) + 1


def _until(value: str) -> date | datetime:
    found = _UNTIL.fullmatch(value)
    try:
        if found and found[2]:
            until = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - local unless it ends in Z
            return until.replace(tzinfo=UTC) if found[3] else until
        if found:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise refuse("must have a date like 20261231 or a time like 20261231T170000Z as UNTIL", value)
