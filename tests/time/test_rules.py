"""Date rules: what they name, how they're read, and that none keeps anybody busy for long."""

import calendar
import itertools
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from hypothesis import strategies as st

from recurly_sessions import Series, Slot
from recurly_sessions.errors import InvalidValueError, RuleReachError
from recurly_sessions.time.clock import resolve
from recurly_sessions.time.rules import (
    LONGEST_RULE,
    REACH_YEARS,
    DateRule,
    Days,
    RuleDays,
    WalkedDays,
    WeeklyDays,
    days_of,
    last_day,
    names_no_day,
    parse_rule,
    weekly_days,
)
from recurly_sessions.time.zones import zone_named, zone_names

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NINE = timedelta(hours=9)


def dates(days: Days, first: date, last: date) -> list[date]:
    return [date.fromordinal(day) for day in days.between(first.toordinal(), last.toordinal())]


def named(text: str, first: date, last: date) -> list[date]:
    """The dates of a rule that counts from `first`, up to `last`, for something that starts at nine in New York."""
    rule = parse_rule(text)
    until = last_day(rule, NINE, zone_named("America/New_York"))
    return dates(days_of(rule, first), first, min(last, until))


# The examples of RFC 5545, section 3.8.5.3, that name dates: the rule, its first day, the dates by month. Those that go
# on forever end where the text of the RFC does.
RFC_EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", "1997-09-02", "1997-09: 2 3 4 5 6 7 8 9 10 11"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "1997-09: 2 12 22; 1997-10: 2 12"),
    ("FREQ=DAILY;INTERVAL=2", "1997-09-02", "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-10: 2 4"),
    (
        "FREQ=WEEKLY;COUNT=10",
        "1997-09-02",
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
    ),
    (
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997-09-02",
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09-02",
        "1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; 1998-01: 6 20; 1998-02: 3 17",
    ),
    (
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997-09-02",
        "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
    ),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997-09-02", "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2"),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09-01",
        "1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; 1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09-02",
        "1997-09: 2 4 16 18 30; 1997-10: 2 14 16",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09-05",
        (
            "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; 1998-04: 3; "
            "1998-05: 1; 1998-06: 5"
        ),
    ),
    (
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09-05",
        "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09-07",
        "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31",
    ),
    (
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09-22",
        "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28",
        "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09-02",
        "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09-30",
        "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-10",
        "1997-09: 10 11 12 13 14 15; 1999-03: 10 11 12 13",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09-02",
        "1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31",
    ),
    (
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06-10",
        (
            "1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; 2000-06: 10; 2000-07: 10; "
            "2001-06: 10; 2001-07: 10"
        ),
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03-10",
        (
            "1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10; 2003-01: 10; "
            "2003-02: 10; 2003-03: 10"
        ),
    ),
    (
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01-01",
        (
            "1997-01: 1; 1997-04: 10; 1997-07: 19; 2000-01: 1; 2000-04: 9; 2000-07: 18; 2003-01: 1; 2003-04: 10; "
            "2003-07: 19; 2006-01: 1"
        ),
    ),
    ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05: 19; 1998-05: 18; 1999-05: 17"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", "1997-05: 12; 1998-05: 11; 1999-05: 17"),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03-13",
        "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25",
    ),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06-05",
        (
            "1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; 1998-06: 4 11 18 25; "
            "1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27"
        ),
    ),
    (
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1997-09-02",
        "1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13",
    ),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09-13",
        (
            "1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7; 1998-04: 11; "
            "1998-05: 9; 1998-06: 13"
        ),
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11-05",
        "1996-11: 5; 2000-11: 7; 2004-11: 2",
    ),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "1997-09: 4; 1997-10: 7; 1997-11: 6"),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09-29",
        "1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; 1998-03: 30",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", "1997-08: 5 10 19 24"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", "1997-08: 5 17 19 31"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30"),
]


def by_month(text: str) -> list[date]:
    months = (part.split(":") for part in text.split("; "))
    return [date.fromisoformat(f"{month}-{int(day):02}") for month, days in months for day in days.split()]


@pytest.mark.parametrize(("rule", "first", "months"), RFC_EXAMPLES, ids=[rule for rule, _, _ in RFC_EXAMPLES])
def test_the_examples_of_rfc_5545_come_out(rule: str, first: str, months: str) -> None:
    expected = by_month(months)
    last = expected[-1] + (
        timedelta(days=4000) if {"COUNT", "UNTIL"} & set(rule.replace("=", ";").split(";")) else 0 * DAY
    )

    assert named(rule, date.fromisoformat(first), last) == expected


def test_every_day_until_a_day_is_every_day() -> None:
    days = named("FREQ=DAILY;UNTIL=19971224T000000Z", date(1997, 9, 2), date(1999, 1, 1))

    assert days == [date(1997, 9, 2) + place * DAY for place in range(113)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ],
)
def test_every_day_of_january_can_be_said_in_two_ways(rule: str) -> None:
    days = named(rule, date(1998, 1, 1), date(2003, 1, 1))

    assert days == [date(year, 1, day) for year in (1998, 1999, 2000) for day in range(1, 32)]


# Any rule, against RFC 5545 followed day by day


def numbers_in(value: str) -> set[int]:
    return {int(number) for number in value.split(",") if number.lstrip("+-").isdecimal()}


class Naive:
    """A rule followed as RFC 5545 says it: period by period, each of its days tried."""

    def __init__(self, text: str, first: date) -> None:
        self.first = first
        self.parts = dict(part.split("=") for part in text.split(";"))
        self.numbers = {part: numbers_in(value) for part, value in self.parts.items()}
        self.weekdays = self.parts.get("BYDAY", "").split(",")
        self.frequency = self.parts["FREQ"]
        self.week_start = WEEKDAYS.index(self.parts.get("WKST", "MO"))

    def dates(self, last: date) -> list[date]:
        found: list[date] = []
        for days in self.periods(last):
            fitting = [day for day in days if self.fits(day)]
            chosen = {
                fitting[at - (at > 0)]
                for at in self.numbers.get("BYSETPOS", ())
                if -len(fitting) <= at - (at > 0) < len(fitting)
            }
            found += sorted(chosen) if "BYSETPOS" in self.parts else fitting
        found = [day for day in found if self.first <= day]
        return [day for day in found[: int(self.parts.get("COUNT", len(found)))] if day <= last]

    def periods(self, last: date) -> Iterator[list[date]]:
        """The days of every n-th period, from the one of the first day on; a little further than the last."""
        last += 7 * DAY
        interval = int(self.parts.get("INTERVAL", "1"))
        match self.frequency:
            case "DAILY":
                for each in range(self.first.toordinal(), last.toordinal() + 1, interval):
                    yield [date.fromordinal(each)]
            case "WEEKLY":
                week = self.first.toordinal() - (self.first.weekday() - self.week_start) % 7
                for each in range(week, last.toordinal() + 1, 7 * interval):
                    yield [date.fromordinal(each + place) for place in range(7)]
            case "MONTHLY":
                for each in range(self.first.year * 12 + self.first.month - 1, last.year * 12 + last.month, interval):
                    year, month = each // 12, each % 12 + 1
                    yield [date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])]
            case _:
                for year in range(self.first.year, last.year + 1, interval):
                    yield [date(year, 1, 1) + place * DAY for place in range(365 + calendar.isleap(year))]

    def fits(self, day: date) -> bool:
        in_month = calendar.monthrange(day.year, day.month)[1]
        in_year, of_year = 365 + calendar.isleap(day.year), day.timetuple().tm_yday
        if "BYMONTH" in self.parts and day.month not in self.numbers["BYMONTH"]:
            return False
        if "BYMONTHDAY" in self.parts and not {day.day, day.day - in_month - 1} & self.numbers["BYMONTHDAY"]:
            return False
        if "BYYEARDAY" in self.parts and not {of_year, of_year - in_year - 1} & self.numbers["BYYEARDAY"]:
            return False
        if "BYWEEKNO" in self.parts and not self.week_numbers(day) & self.numbers["BYWEEKNO"]:
            return False
        if "BYDAY" in self.parts:
            return any(self.is_one(day, each) for each in self.weekdays)
        if {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"} & set(self.parts) or self.frequency == "DAILY":
            return True
        if self.frequency == "WEEKLY":
            return day.weekday() == self.first.weekday()
        of_first = self.frequency == "MONTHLY" or "BYMONTH" in self.parts or day.month == self.first.month
        return of_first and day.day == self.first.day

    def is_one(self, day: date, weekday: str) -> bool:
        """Whether a day is one of "TU", or the "2TU" of its month or year."""
        if WEEKDAYS[day.weekday()] != weekday[-2:]:
            return False
        of_year = self.frequency == "YEARLY" and "BYMONTH" not in self.parts
        begin = date(day.year, 1 if of_year else day.month, 1)
        end = (
            date(day.year, 12, 31)
            if of_year
            else date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
        )
        return weekday[:-2] in {"", str((day - begin).days // 7 + 1), f"-{(end - day).days // 7 + 1}"}

    def week_numbers(self, day: date) -> set[int]:
        """The number of the week of a day, from the first and from the last week of the year that it belongs to."""
        monday = day - ((day.weekday() - self.week_start) % 7) * DAY
        year = (monday + 3 * DAY).year
        starts = [self.first_week(year), self.first_week(year + 1)]
        return {(monday - starts[0]).days // 7 + 1, -((starts[1] - monday).days // 7)}

    def first_week(self, year: int) -> date:
        """The first day of the first week with at least four days in the year."""
        fourth = date(year, 1, 4)
        return fourth - ((fourth.weekday() - self.week_start) % 7) * DAY


def numbers(least: int, most: int, *, negative: bool = False) -> st.SearchStrategy[str]:
    each = st.integers(least, most)
    each = each | each.map(lambda number: -number) if negative else each
    return st.lists(each, min_size=1, max_size=4).map(lambda found: ",".join(map(str, found)))


@st.composite
def weekdays_of_rule(draw: st.DrawFn, frequency: str, *, of_year: bool) -> str:
    """BYDAY: plain, counted or mixed, as the frequency allows."""
    ordinals = [""]
    if frequency in {"MONTHLY", "YEARLY"}:
        most = 53 if of_year else 5
        ordinals += [str(number) for number in (*range(1, most + 1), *range(-most, 0))]
    each = st.tuples(st.sampled_from(ordinals), st.sampled_from(WEEKDAYS)).map("".join)
    return ",".join(draw(st.lists(each, min_size=1, max_size=4)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Any rule whose meaning RFC 5545 defines."""
    parts = {"FREQ": draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))}
    frequency = parts["FREQ"]

    def sometimes() -> bool:
        return draw(st.integers(0, 2)) == 0

    if sometimes():
        parts["BYMONTH"] = draw(numbers(1, 12))
    if frequency != "WEEKLY" and sometimes():
        parts["BYMONTHDAY"] = draw(numbers(1, 31, negative=True))
    elif frequency == "YEARLY" and sometimes():
        parts["BYYEARDAY"] = draw(numbers(1, 366, negative=True))
    elif frequency == "YEARLY" and sometimes():
        parts["BYWEEKNO"] = draw(numbers(1, 53, negative=True))
        parts["BYDAY"] = draw(weekdays_of_rule("WEEKLY", of_year=False))
    if "BYWEEKNO" not in parts and draw(st.booleans()):
        of_year = frequency == "YEARLY" and "BYMONTH" not in parts
        parts["BYDAY"] = draw(weekdays_of_rule(frequency, of_year=of_year))
    # A week of one year may begin in another: which of them a BYSETPOS or an INTERVAL counts is not defined.
    if "BYWEEKNO" not in parts:
        if draw(st.booleans()):
            parts["INTERVAL"] = str(draw(st.integers(1, 5)))
        if set(parts) - {"FREQ", "INTERVAL"} and sometimes():
            parts["BYSETPOS"] = draw(numbers(1, 3, negative=True))
    if sometimes():
        parts["COUNT"] = str(draw(st.integers(1, 12)))
    if sometimes():
        parts["WKST"] = draw(st.sampled_from(WEEKDAYS))
    return ";".join(f"{name}={value}" for name, value in draw(st.permutations(list(parts.items()))))


def is_right_in_dateutil(parts: dict[str, str]) -> bool:
    """Whether dateutil follows RFC 5545.

    It doesn't in the first week of a position, where counted and plain days mix, nor where the first week of a year is
    counted from its end and begins in the year before.
    """
    plain = {each in WEEKDAYS for each in parts.get("BYDAY", "MO").split(",")}
    from_the_end = numbers_in(parts.get("BYWEEKNO", "")) & {-52, -53}
    return len(plain) == 1 and not from_the_end and not (parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts)


@given(text=rules(), first=st.dates(date(1970, 1, 1), date(2060, 1, 1)))
@example(text="FREQ=MONTHLY;BYDAY=MO,1TU", first=date(2026, 9, 7))
@example(text="FREQ=YEARLY;BYDAY=MO,53TU,-1WE", first=date(2024, 9, 7))
@example(text="FREQ=YEARLY;BYMONTH=12;BYDAY=MO,5TU", first=date(2026, 9, 7))
@example(text="FREQ=WEEKLY;BYDAY=MO,TH;BYSETPOS=1", first=date(2026, 9, 9))
@example(text="FREQ=WEEKLY;BYDAY=MO,TH;BYSETPOS=-1;COUNT=2;WKST=TH", first=date(2026, 9, 9))
@example(text="FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;INTERVAL=2", first=date(2026, 9, 13))
@example(text="FREQ=WEEKLY;BYMONTH=9;BYSETPOS=1;INTERVAL=2", first=date(2026, 9, 9))
@example(text="FREQ=YEARLY", first=date(2024, 2, 29))
@example(text="FREQ=MONTHLY", first=date(2024, 1, 31))
@example(text="FREQ=YEARLY;BYYEARDAY=366,-366", first=date(2023, 1, 1))
@example(text="FREQ=YEARLY;BYWEEKNO=53,1;BYDAY=MO,SU", first=date(2026, 1, 1))
@example(text="FREQ=YEARLY;BYWEEKNO=-52,-53;BYDAY=MO,SU;WKST=WE", first=date(2000, 1, 1))
def test_a_rule_names_what_rfc_5545_says_and_what_dateutil_finds(text: str, first: date) -> None:
    naive = Naive(text, first)
    last = first + timedelta(days=366 * (11 if naive.frequency == "YEARLY" else 2))

    found = dates(days_of(parse_rule(text), first), first, last)

    expected = naive.dates(last)
    assert found == expected
    if expected and is_right_in_dateutil(naive.parts):
        midnight = datetime.combine(first, time())
        in_time: Iterable[datetime] = takewhile(lambda at: at.date() <= last, rrulestr(text, dtstart=midnight))
        assert found == [at.date() for at in in_time]


@pytest.mark.parametrize("week", ["1", "-52"])
def test_the_first_week_of_a_year_may_begin_in_the_year_before(week: str) -> None:
    """That of 2002, which has 52 weeks, begins on December 31st, 2001."""
    days = days_of(parse_rule(f"FREQ=YEARLY;BYWEEKNO={week};BYDAY=MO"), date(2001, 2, 1))

    assert dates(days, date(2001, 12, 1), date(2002, 2, 1)) == [date(2001, 12, 31)]


@given(
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    first=st.dates(date(1970, 1, 1), date(2060, 1, 1)),
    interval=st.integers(1, 9),
    week_start=st.integers(1, 7),
    count=st.none() | st.integers(1, 30),
    skipped=st.integers(0, 400),
)
def test_weekly_arithmetic_finds_what_dateutil_walks_to(
    *, weekdays: set[int], first: date, interval: int, week_start: int, count: int | None, skipped: int
) -> None:
    days = weekly_days(tuple(sorted(weekdays)), first, interval=interval, week_start=week_start, count=count)
    start, last = first + skipped * DAY, first + timedelta(days=700)

    found = dates(days, start, last)

    by_day = ",".join(WEEKDAYS[day - 1] for day in sorted(weekdays))
    text = f"FREQ=WEEKLY;INTERVAL={interval};WKST={WEEKDAYS[week_start - 1]};BYDAY={by_day}"
    text += "" if count is None else f";COUNT={count}"
    midnight = datetime.combine(first, time())
    walked: Iterable[datetime] = takewhile(lambda at: at.date() <= last, rrulestr(text, dtstart=midnight))
    assert found == [at.date() for at in walked if at.date() >= start]


@given(text=rules(), edges=st.lists(st.integers(-400, 2000), min_size=2, max_size=8))
def test_counting_and_cutting_agree_however_a_rule_is_asked(text: str, edges: list[int]) -> None:
    first = date(2026, 9, 9).toordinal()
    days = days_of(parse_rule(text), date(2026, 9, 9))
    all_days = days.between(first - 400, first + 2000)
    asked = [(first + begin, first + end) for begin, end in pairwise(edges)]

    found = [(list(days.between(begin, end)), days.count(begin, end)) for begin, end in asked]

    within = [[day for day in all_days if begin <= day <= end] for begin, end in asked]
    assert found == [(each, len(each)) for each in within]


def test_rules_that_repeat_every_so_many_weeks_are_arithmetic() -> None:
    days = days_of(parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=5;WKST=SU"), date(2026, 9, 9))

    # From Wednesday September 9th, in the week of Sunday the 6th: both come first in the week of the 20th.
    assert days == weekly_days((2, 7), date(2026, 9, 9), interval=2, week_start=7, count=5)
    assert isinstance(days, WeeklyDays)
    assert [date.fromordinal(day).isoformat() for day in days.firsts] == ["2026-09-20", "2026-09-22"]
    assert (days.step, date.fromordinal(days.last).isoformat()) == (14, "2026-10-18")


@pytest.mark.parametrize("part", ["BYMONTH=9", "BYMONTHDAY=9", "BYYEARDAY=200", "BYWEEKNO=37", "BYDAY=WE;BYSETPOS=1"])
def test_a_weekly_rule_that_says_more_is_walked(part: str) -> None:
    rule = parse_rule(f"FREQ=WEEKLY;{part}")

    assert not rule.is_weekly
    assert isinstance(days_of(rule, date(2026, 9, 9)), RuleDays)


@pytest.mark.parametrize(
    "text", ["FREQ=MONTHLY;BYDAY=2TU", "rrule:byday=2tu;freq=monthly", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20270101"]
)
def test_a_rule_is_walked_once_for_all_who_ask(text: str) -> None:
    rule = parse_rule("FREQ=MONTHLY;BYDAY=2TU")

    days, others = days_of(rule, date(2026, 9, 1)), days_of(parse_rule(text), date(2026, 9, 1))

    assert isinstance(days, RuleDays)
    assert isinstance(others, RuleDays)
    assert days.walked is others.walked


def test_rules_that_differ_in_their_count_alone_do_not_disturb_each_other() -> None:
    first, last = date(2026, 9, 1), date(2027, 2, 28)
    texts = [f"FREQ=MONTHLY;BYMONTHDAY=13{count}" for count in (";COUNT=3", ";COUNT=1", "", ";COUNT=99", ";COUNT=3")]

    found = [dates(days_of(parse_rule(text), first), first, last) for text in texts]

    thirteenths = [date(2026 + month // 12, month % 12 + 1, 13) for month in range(8, 14)]
    assert found == [thirteenths[:3], thirteenths[:1], thirteenths, thirteenths, thirteenths[:3]]


def test_a_rule_beyond_its_reach_is_named_as_it_was_written_whoever_asked_before() -> None:
    first, last = date(1900, 1, 3), date(2026, 1, 1)
    messages = []
    for text in ("FREQ=MONTHLY;BYDAY=3SU;COUNT=9999", "BYDAY=3SU;FREQ=MONTHLY"):
        with pytest.raises(RuleReachError) as error:
            dates(days_of(parse_rule(text), first), first, last)
        messages.append(error.value.rule)

    assert messages == ["FREQ=MONTHLY;BYDAY=3SU;COUNT=9999", "BYDAY=3SU;FREQ=MONTHLY"]


def test_a_weekly_rule_of_any_age_is_answered_by_arithmetic() -> None:
    days = days_of(parse_rule("FREQ=WEEKLY;INTERVAL=2"), date(1900, 1, 1))

    assert (
        days.count(date(1900, 1, 1).toordinal(), date(9800, 1, 1).toordinal())
        == (date(9800, 1, 1) - date(1900, 1, 1)).days // 14 + 1
    )
    assert dates(days, date(9800, 1, 1), date(9800, 1, 20)) == [date(9800, 1, 13)]


# Until when


@pytest.mark.parametrize(
    ("until", "start", "zone", "last"),
    [
        # A date is the last day, whatever the time.
        ("20260316", "00:00", "Europe/Paris", "2026-03-16"),
        ("20260316", "23:59", "Pacific/Kiritimati", "2026-03-16"),
        # Without Z: what the clock on the wall shows.
        ("20260316T180000", "18:00", "Europe/Paris", "2026-03-16"),
        ("20260316T180000", "18:01", "Europe/Paris", "2026-03-15"),
        ("20260316T175959", "18:00", "Asia/Tokyo", "2026-03-15"),
        ("20260316T000000", "00:00", "Europe/Paris", "2026-03-16"),
        # With Z: an instant.
        ("20260316T170000Z", "18:00", "Europe/Paris", "2026-03-16"),
        ("20260316T165959Z", "18:00", "Europe/Paris", "2026-03-15"),
        ("20260330T160000Z", "18:00", "Europe/Paris", "2026-03-30"),
        ("20260330T155959Z", "18:00", "Europe/Paris", "2026-03-29"),
        ("20260315T230000Z", "13:00", "Pacific/Kiritimati", "2026-03-16"),
        ("20260315T230000Z", "13:01", "Pacific/Kiritimati", "2026-03-15"),
        ("20260316T050000Z", "18:00", "Pacific/Pago_Pago", "2026-03-15"),
        ("20260316T045900Z", "18:00", "Pacific/Pago_Pago", "2026-03-14"),
        # A day that was skipped.
        ("20111231T040000Z", "18:00", "Pacific/Apia", "2011-12-31"),
        ("20111231T035900Z", "18:00", "Pacific/Apia", "2011-12-29"),
        # The clock goes back from 00:01 to 23:01, so the first midnight lies before an instant of the day before.
        ("20101107T025500Z", "00:00", "America/St_Johns", "2010-11-07"),
    ],
)
def test_until_names_the_last_day_for_something_that_starts_at_a_time(
    until: str, start: str, zone: str, last: str
) -> None:
    at = timedelta(hours=int(start[:2]), minutes=int(start[3:]))

    found = last_day(parse_rule(f"FREQ=DAILY;UNTIL={until}"), at, zone_named(zone))

    assert found.isoformat() == last


def test_an_instant_of_until_is_compared_with_the_instant_that_an_overlap_means() -> None:
    rule, at, zone = parse_rule("FREQ=DAILY;UNTIL=20261025T003000Z"), timedelta(hours=2.5), zone_named("Europe/Paris")

    found = {on_overlap: last_day(rule, at, zone, on_overlap=on_overlap) for on_overlap in ("earlier", "later")}

    assert found == {"earlier": date(2026, 10, 25), "later": date(2026, 10, 24)}


def test_a_rule_without_until_has_no_last_day() -> None:
    assert last_day(parse_rule("FREQ=DAILY"), NINE, zone_named("UTC")) == date.max


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("99991231", date.max),
        ("99991231T235959", date.max),
        ("99991231T235959Z", date.max),
        ("00010101T000000", date.min),
        ("00010101T000000Z", date.min),
    ],
)
def test_until_may_be_as_far_as_the_calendar_goes(zone: str, until: str, last: date) -> None:
    """The last day of the calendar is how many programs write "forever"."""
    found = last_day(parse_rule(f"FREQ=DAILY;UNTIL={until}"), NINE, zone_named(zone))

    assert abs(found - last) <= DAY


@given(
    zone=st.sampled_from(sorted(zone_names())),
    until=st.integers(-600_000_000, 2_800_000_000).map(lambda seconds: EPOCH + timedelta(seconds=seconds)),
    minutes=st.integers(0, 24 * 60 - 1),
    on_overlap=st.sampled_from(["earlier", "later"]),
)
def test_until_in_z_allows_the_days_whose_start_is_no_later(
    *, zone: str, until: datetime, minutes: int, on_overlap: str
) -> None:
    at, days = timedelta(minutes=minutes), [until.date() + place * DAY for place in range(-4, 4)]

    found = last_day(
        parse_rule(f"FREQ=DAILY;UNTIL={until:%Y%m%dT%H%M%S}Z"), at, zone_named(zone), on_overlap=on_overlap
    )

    assert found == max(day for day in days if resolve(zone_named(zone), day, at, on_overlap=on_overlap) <= until)


# How far rules are followed


def test_a_rule_is_followed_for_a_hundred_years() -> None:
    first = date(2026, 9, 7)
    days = WalkedDays(parse_rule("FREQ=YEARLY"), first)
    reach = first.toordinal() + 36_524

    assert days.count(first.toordinal(), reach) == 101
    with pytest.raises(RuleReachError) as error:
        days.between(first.toordinal(), reach + 1)
    assert str(error.value) == (
        "a slot: the rule 'FREQ=YEARLY' counts from 2026-09-07 and is followed for 100 years, "
        "got a window up to 2126-09-08; let the slot start later, or state the rule again in a later phase"
    )
    assert (error.value.rule, error.value.first_day) == ("FREQ=YEARLY", "2026-09-07")
    assert (error.value.reach_years, error.value.asked_for, error.value.code) == (100, "2126-09-08", "rule-reach")
    assert REACH_YEARS == 100


def test_counting_beyond_the_reach_of_a_rule_is_refused_as_well() -> None:
    days = WalkedDays(parse_rule("FREQ=MONTHLY"), date(1900, 1, 1))

    with pytest.raises(RuleReachError) as error:
        days.count(date(2026, 1, 1).toordinal(), date(2026, 12, 31).toordinal())

    assert str(error.value) == (
        "a slot: the rule 'FREQ=MONTHLY' counts from 1900-01-01 and is followed for 100 years, "
        "got a window up to 2026-12-31; let the slot start later, or state the rule again in a later phase"
    )


def test_a_rule_that_was_asked_too_much_still_answers_what_it_can() -> None:
    days = WalkedDays(parse_rule("FREQ=MONTHLY"), date(2026, 1, 31))
    with pytest.raises(RuleReachError):
        days.between(date(2026, 1, 1).toordinal(), date(2300, 1, 1).toordinal())

    assert dates(days, date(2026, 1, 1), date(2026, 5, 30)) == [date(2026, 1, 31), date(2026, 3, 31)]


def test_a_rule_that_has_ended_may_be_asked_about_any_day() -> None:
    days = days_of(parse_rule("FREQ=MONTHLY;COUNT=3"), date(2026, 1, 15))

    assert days.count(0, date.max.toordinal()) == 3
    assert dates(days, date(2026, 2, 1), date.max) == [date(2026, 2, 15), date(2026, 3, 15)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTHDAY=15",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=366",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=53MO",
        "FREQ=MONTHLY;BYDAY=-53MO",
        "FREQ=YEARLY;BYMONTH=12;BYDAY=53MO",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;INTERVAL=999999999;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;INTERVAL=999999999;BYMONTH=3",
        "FREQ=YEARLY;INTERVAL=999999999;BYMONTH=2",
        "FREQ=YEARLY;INTERVAL=150;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_rule_that_never_comes_is_found_out(rule: str) -> None:
    first = date(2026, 9, 7)  # a Monday

    assert names_no_day(parse_rule(rule), first)
    assert days_of(parse_rule(rule), first).count(0, first.toordinal() + 30_000) == 0


def test_a_rule_that_first_comes_beyond_its_reach_never_comes() -> None:
    """Of the years 2026 and 2160, only the second has a February 29th."""
    assert names_no_day(parse_rule("FREQ=YEARLY;INTERVAL=134;BYMONTH=2;BYMONTHDAY=29"), date(2026, 1, 1))
    assert not names_no_day(parse_rule("FREQ=YEARLY;INTERVAL=98;BYMONTH=2;BYMONTHDAY=29"), date(2026, 1, 1))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=999999999",
        "FREQ=DAILY;COUNT=999999999;INTERVAL=30000",
        "FREQ=WEEKLY;INTERVAL=999999999;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=999999999;COUNT=999999999;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=999999999;BYMONTH=9",
        "FREQ=MONTHLY;INTERVAL=999999999",
        "FREQ=YEARLY;INTERVAL=999999999",
        "FREQ=MONTHLY;BYDAY=6MO,1MO,53TU;COUNT=1",
    ],
)
def test_a_rule_of_great_numbers_names_what_little_it_names(rule: str) -> None:
    first = date(2026, 9, 7)

    assert dates(days_of(parse_rule(rule), first), first, date(2100, 1, 1)) == [first]


def test_a_rule_of_all_the_days_that_there_are_is_read() -> None:
    rule = parse_rule("FREQ=DAILY;BYYEARDAY=" + ",".join(map(str, range(1, 367))))

    assert days_of(rule, date(2026, 1, 1)).count(0, date(2027, 12, 31).toordinal()) == 730


def test_a_series_refuses_a_rule_that_never_comes() -> None:
    slot = Slot("leap", rrule="FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", start="9:00", duration=60)

    with pytest.raises(InvalidValueError) as error:
        Series("maths", timezone="UTC", starts_on="2026-09-07", slots=[slot])

    assert str(error.value) == (
        "Slot.rrule must name a day that comes, but no day within 100 years from 2026-09-07 is one, "
        "got 'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30'; it stands in slot 'leap'"
    )


def test_threads_that_walk_one_rule_all_get_its_days() -> None:
    rule, first = parse_rule("FREQ=DAILY;BYDAY=MO,TU,WE,TH"), date(2026, 9, 7)
    alone, shared = WalkedDays(rule, first), WalkedDays(rule, first)
    stretches = [(first.toordinal() + begin * 97, first.toordinal() + begin * 97 + 900) for begin in range(24)]
    together = threading.Barrier(8)
    answers: dict[int, list[tuple[list[int], int]]] = {}

    def ask(thread: int) -> None:
        together.wait()
        mine = itertools.islice(itertools.cycle(stretches), thread, thread + len(stretches))
        answers[thread] = [(list(shared.between(*stretch)), shared.count(*stretch)) for stretch in mine]

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = [(list(alone.between(*stretch)), alone.count(*stretch)) for stretch in stretches]
    assert answers == {number: [*expected[number:], *expected[:number]] for number in range(8)}


# Reading a rule


def test_a_rule_is_read_into_its_parts() -> None:
    text = (
        "FREQ=YEARLY;INTERVAL=2;UNTIL=20301231;WKST=SU;BYDAY=TU,-1FR,+2MO;BYMONTH=12,1;BYMONTHDAY=-1,1,1;"
        "BYYEARDAY=-366,366;BYSETPOS=2,-1"
    )

    assert parse_rule(text) == DateRule(
        text=text,
        frequency="YEARLY",
        interval=2,
        until=date(2030, 12, 31),
        week_start=7,
        by_day=((1, 2), (2, 0), (5, -1)),
        by_month=(1, 12),
        by_month_day=(-1, 1),
        by_year_day=(-366, 366),
        by_position=(-1, 2),
    )


def test_a_rule_that_says_little_has_the_defaults_of_rfc_5545() -> None:
    assert parse_rule("FREQ=DAILY") == DateRule(text="FREQ=DAILY", frequency="DAILY")
    assert DateRule("FREQ=DAILY", "DAILY") == DateRule("FREQ=DAILY", "DAILY", 1, None, None, 1, (), (), (), (), (), ())


def test_weeks_of_the_year_and_a_count_are_read() -> None:
    text = "FREQ=YEARLY;BYWEEKNO=-53,20;COUNT=7"

    assert parse_rule(text) == DateRule(text, "YEARLY", count=7, by_week=(-53, 20))


@pytest.mark.parametrize(
    "text",
    ["RRULE:FREQ=WEEKLY;BYDAY=MO", "freq=weekly;byday=mo", " FREQ=WEEKLY;BYDAY=MO; \n", "rrule:FREQ=WEEKLY;BYDAY=MO;"],
)
def test_case_spaces_around_and_a_label_make_no_difference(text: str) -> None:
    assert parse_rule(text) == DateRule(text, "WEEKLY", by_day=((1, 0),))
    assert parse_rule(text).text == text


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("20261231", date(2026, 12, 31)),
        ("20261231T170000", datetime.combine(date(2026, 12, 31), time(17))),
        ("20261231T170059Z", datetime(2026, 12, 31, 17, 0, 59, tzinfo=UTC)),
    ],
)
def test_until_is_a_date_a_time_on_the_wall_or_an_instant(text: str, until: date) -> None:
    assert parse_rule(f"FREQ=DAILY;UNTIL={text}").until == until


PARTS = "FREQ, INTERVAL, COUNT, UNTIL, WKST, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS"
NO_FREQUENCY = "must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"
ITS_START = "a slot names days; its time is `start`"
NO_UNTIL = "must have a date like 20261231 or a time like 20261231T170000Z as UNTIL"
NO_BYDAY = "must have weekdays like MO or 2TU or -1FR as BYDAY"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "must be the text of an RFC 5545 rule, got None"),
        ("", "must be parts like FREQ=WEEKLY;BYDAY=MO, got ''; '' is none"),
        ("FREQ", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'FREQ'; 'FREQ' is none"),
        ("FREQ=", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'FREQ='; 'FREQ=' is none"),
        ("FREQ=DAILY;;COUNT=2", "must be parts like FREQ=WEEKLY;BYDAY=MO, got 'FREQ=DAILY;;COUNT=2'; '' is none"),
        ("INTERVAL=2", f"{NO_FREQUENCY}, got 'INTERVAL=2'; {ITS_START}"),
        ("FREQ=HOURLY", f"{NO_FREQUENCY}, got 'FREQ=HOURLY'; {ITS_START}"),
        ("FREQ=SECONDLY", f"{NO_FREQUENCY}, got 'FREQ=SECONDLY'; {ITS_START}"),
        (
            "FREQ=DAILY;BYHOUR=9",
            (
                "must name dates only, not hours (BYHOUR), got 'FREQ=DAILY;BYHOUR=9'; "
                "the time of day is the slot's `start`"
            ),
        ),
        (
            "FREQ=DAILY;BYMINUTE=9",
            (
                "must name dates only, not hours (BYMINUTE), got 'FREQ=DAILY;BYMINUTE=9'; "
                "the time of day is the slot's `start`"
            ),
        ),
        (
            "FREQ=DAILY;BYSECOND=9",
            (
                "must name dates only, not hours (BYSECOND), got 'FREQ=DAILY;BYSECOND=9'; "
                "the time of day is the slot's `start`"
            ),
        ),
        (
            "FREQ=DAILY;BYEASTER=0",
            f"must have only the parts {PARTS}, got 'FREQ=DAILY;BYEASTER=0'; 'BYEASTER' is none of them",
        ),
        ("FREQ=DAILY;FREQ=DAILY", "must say FREQ once, got 'FREQ=DAILY;FREQ=DAILY'"),
        (
            "FREQ=DAILY;COUNT=2;UNTIL=20261231",
            "must have COUNT or UNTIL, not both, got 'FREQ=DAILY;COUNT=2;UNTIL=20261231'",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
            "must not count weekdays beside BYWEEKNO, got 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO'",
        ),
        (
            "FREQ=MONTHLY;BYSETPOS=1",
            "must have another BY part beside BYSETPOS, got 'FREQ=MONTHLY;BYSETPOS=1'",
        ),
        ("FREQ=DAILY;INTERVAL=0", "must have a number from 1 to 999999999 as INTERVAL, got '0'"),
        ("FREQ=DAILY;INTERVAL=-1", "must have a number from 1 to 999999999 as INTERVAL, got '-1'"),
        ("FREQ=DAILY;INTERVAL=1000000000", "must have a number from 1 to 999999999 as INTERVAL, got '1000000000'"),
        ("FREQ=DAILY;COUNT=0", "must have a number from 1 to 999999999 as COUNT, got '0'"),
        ("FREQ=DAILY;COUNT=TEN", "must have a number from 1 to 999999999 as COUNT, got 'TEN'"),
        ("FREQ=DAILY;COUNT=٣", "must have a number from 1 to 999999999 as COUNT, got '٣'"),
        ("FREQ=DAILY;WKST=XX", "must have one of MO, TU, WE, TH, FR, SA, SU as WKST, got 'XX'"),
        ("FREQ=DAILY;BYMONTH=0", "must have numbers from 1 to 12 as BYMONTH, got '0'"),
        ("FREQ=DAILY;BYMONTH=13", "must have numbers from 1 to 12 as BYMONTH, got '13'"),
        ("FREQ=DAILY;BYMONTH=-1", "must have numbers from 1 to 12 as BYMONTH, got '-1'"),
        ("FREQ=DAILY;BYMONTH=1,,2", "must have numbers from 1 to 12 as BYMONTH, got ''"),
        ("FREQ=DAILY;BYMONTHDAY=32", "must have numbers from 1 to 31 or -31 to -1 as BYMONTHDAY, got '32'"),
        ("FREQ=DAILY;BYMONTHDAY=-32", "must have numbers from 1 to 31 or -31 to -1 as BYMONTHDAY, got '-32'"),
        ("FREQ=DAILY;BYMONTHDAY=0", "must have numbers from 1 to 31 or -31 to -1 as BYMONTHDAY, got '0'"),
        ("FREQ=YEARLY;BYYEARDAY=367", "must have numbers from 1 to 366 or -366 to -1 as BYYEARDAY, got '367'"),
        ("FREQ=YEARLY;BYWEEKNO=54", "must have numbers from 1 to 53 or -53 to -1 as BYWEEKNO, got '54'"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=367", "must have numbers from 1 to 366 or -366 to -1 as BYSETPOS, got '367'"),
        ("FREQ=YEARLY;BYDAY=XX", f"{NO_BYDAY}, got 'XX'"),
        ("FREQ=YEARLY;BYDAY=MO TU", f"{NO_BYDAY}, got 'MO TU'"),
        ("FREQ=YEARLY;BYDAY=0MO", f"{NO_BYDAY}, got '0MO'"),
        ("FREQ=YEARLY;BYDAY=54MO", f"{NO_BYDAY}, got '54MO'"),
        ("FREQ=YEARLY;BYDAY=-54MO", f"{NO_BYDAY}, got '-54MO'"),
        ("FREQ=YEARLY;BYDAY=100MO", f"{NO_BYDAY}, got '100MO'"),
        (
            "FREQ=WEEKLY;BYDAY=1MO",
            "must not count weekdays in a rule that is neither MONTHLY nor YEARLY, got '1MO'",
        ),
        (
            "FREQ=DAILY;BYDAY=-1MO",
            "must not count weekdays in a rule that is neither MONTHLY nor YEARLY, got '-1MO'",
        ),
        ("FREQ=DAILY;UNTIL=2026-12-31", f"{NO_UNTIL}, got '2026-12-31'"),
        ("FREQ=DAILY;UNTIL=20261331", f"{NO_UNTIL}, got '20261331'"),
        ("FREQ=DAILY;UNTIL=20260229", f"{NO_UNTIL}, got '20260229'"),
        ("FREQ=DAILY;UNTIL=20261231T250000", f"{NO_UNTIL}, got '20261231T250000'"),
        ("FREQ=DAILY;UNTIL=20261231T170000+0100", f"{NO_UNTIL}, got '20261231T170000+0100'"),
        ("FREQ=DAILY;UNTIL=20261231Z", f"{NO_UNTIL}, got '20261231Z'"),
    ],
)
def test_what_is_no_rule_of_dates_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        parse_rule(text)

    assert str(error.value.at("Slot.rrule")) == f"Slot.rrule {message}"


def test_a_slot_says_where_a_bad_rule_stands() -> None:
    with pytest.raises(InvalidValueError) as error:
        Slot("mon", rrule="FREQ=DAILY;COUNT=0", start="9:00", duration=60)

    assert str(error.value) == "Slot.rrule must have a number from 1 to 999999999 as COUNT, got '0'"


@pytest.mark.parametrize(
    "text", ["FREQ=YEARLY;BYDAY=53MO,-53MO", "FREQ=YEARLY;BYWEEKNO=53", "FREQ=DAILY;COUNT=999999999"]
)
def test_the_outermost_numbers_are_read(text: str) -> None:
    assert parse_rule(text).text == text


def test_a_rule_of_great_length_is_refused_before_it_is_read() -> None:
    longest = "FREQ=DAILY;BYMONTHDAY=10" + ",1" * 988
    assert len(longest) == LONGEST_RULE

    with pytest.raises(InvalidValueError) as error:
        parse_rule(f"{longest};")

    assert parse_rule(longest).by_month_day == (1, 10)
    assert str(error.value.at("Slot.rrule")) == (
        f"Slot.rrule must have at most 2,000 characters, got '{longest[:119]}…"
    )


@given(st.text("FREQ=DAILYWKCOUNTBSP;0123456789,-+:Z", max_size=60).map("FREQ=DAILY;".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    read: DateRule | None = None
    with suppress(InvalidValueError):
        read = parse_rule(text)

    assert read is None or read.text == text


@pytest.mark.parametrize("weeks", [(-1,), (-52,), (-53,), (-53, 2), (1, -1), (53, -2), (-51, 51)])
def test_weeks_are_counted_from_the_first_or_the_last_of_their_year(weeks: tuple[int, ...]) -> None:
    """Weeks that begin on Monday are those of ISO 8601."""
    first, last = date(2000, 1, 3), date(2040, 1, 1)

    found = dates(days_of(parse_rule(f"FREQ=YEARLY;BYWEEKNO={','.join(map(str, weeks))}"), first), first, last)

    every_day = (first + place * DAY for place in range((last - first).days + 1))
    assert found == [day for day in every_day if {_week(day), _week(day) - _weeks_of(day) - 1} & set(weeks)]


def _week(day: date) -> int:
    return day.isocalendar().week


def _weeks_of(day: date) -> int:
    return date(day.isocalendar().year, 12, 28).isocalendar().week
