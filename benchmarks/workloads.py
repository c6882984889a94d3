"""The work to measure, and each way to do it. What a user would build once (values, rules) is built before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule

from recurly_sessions import Series, Slot, Window, assign_tutors, expand_slots, round_robin
from recurly_sessions.planning.expand import expand_columns
from recurly_sessions.time.zones import zone_named

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Los_Angeles",
    "Africa/Casablanca",
    "America/Santiago",
    "Asia/Beirut",
    "Pacific/Auckland",
    "America/Halifax",
)
FIRST = date(2026, 10, 5)  # a Monday; clocks change in most of the zones within four weeks
SIZES = {"W1": (100, 50, 4), "W2": (100, 50, 52), "W3": (1, 1, 1044)}  # series, slots each, weeks


class Lesson(NamedTuple):
    """A slot as one would hand it to dateutil: a rule of local times, a zone, and the length on the clock or exact."""

    rule: rrule
    zone: ZoneInfo
    length: timedelta


class Workload(NamedTuple):
    """The same slots, for every way to expand them."""

    series: list[Series]
    windows: dict[str, Window]
    lessons: list[Lesson]
    first: datetime
    last: datetime
    on_the_clock: bool


def make(name: str, *, on_the_clock: bool, share: int = 1) -> Workload:
    """Build a workload, or a share of it."""
    count, slots_each, weeks = SIZES[name]
    series, lessons = [], []
    for number in range(max(1, count // share)):
        zone = ZONES[number % len(ZONES)]
        slots = []
        for place in range(slots_each):
            weekday, start = (number + place) % 7, timedelta(hours=8 + place % 12, minutes=place * 5 % 60)
            hours = {"end": _clock(start + timedelta(minutes=90))} if on_the_clock else {"duration": 90}
            slots.append(Slot(f"slot-{place}", days=weekday + 1, start=_clock(start), **hours))
            begin = datetime.combine(FIRST + timedelta(days=weekday), datetime.min.time()) + start
            lessons.append(Lesson(rrule(WEEKLY, dtstart=begin), zone_named(zone).info, timedelta(minutes=90)))
        people = round_robin("amina", "luc", "zoe")
        series.append(Series(f"series-{number}", timezone=zone, starts_on=FIRST, slots=slots, assignments=people))
    end = FIRST + timedelta(weeks=weeks, days=-1)
    windows = {zone: Window.dates(FIRST, end, zone) for zone in ZONES}
    midnight = datetime.min.time()
    last = datetime.combine(end, midnight) + timedelta(hours=23, minutes=59)
    return Workload(series, windows, lessons, datetime.combine(FIRST, midnight), last, on_the_clock)


def run_values(work: Workload) -> int:
    """All occurrences of the library, as values."""
    found = [expand_slots(each, work.windows[each.timezone or "UTC"]) for each in work.series]
    return sum(map(len, found))


def run_columns(work: Workload) -> int:
    """The columns inside, before any value is built."""
    found = [expand_columns(each, work.windows[each.timezone or "UTC"]) for each in work.series]
    return sum(len(columns.dates) for columns in found)


def run_assigned(work: Workload) -> int:
    """All occurrences, each with its tutor: three take turns."""
    found = 0
    for one in work.series:
        occurrences = expand_slots(one, work.windows[one.timezone or "UTC"])
        found += len(assign_tutors(one, occurrences))
    return found


def run_dateutil(work: Workload) -> int:
    """The same start and end of each lesson by dateutil and zoneinfo."""
    return len(by_dateutil_in_order(work))


def by_dateutil_in_order(work: Workload) -> list[tuple[datetime, datetime]]:
    """Each lesson's instants, as a user would write it."""
    found = []
    for rule, zone, length in work.lessons:
        for local in rule.between(work.first, work.last, inc=True):
            start = local.replace(tzinfo=zone).astimezone(UTC)
            end = (local + length).replace(tzinfo=zone).astimezone(UTC) if work.on_the_clock else start + length
            found.append((start, end))
    return found


def by_dateutil(work: Workload) -> list[tuple[datetime, datetime]]:
    """The instants of dateutil, sorted."""
    return sorted(by_dateutil_in_order(work))


def expanded(work: Workload) -> list[tuple[datetime, datetime]]:
    """The instants of the library, sorted."""
    found = [each for one in work.series for each in expand_slots(one, work.windows[one.timezone or "UTC"])]
    return sorted((each.starts_at, each.ends_at) for each in found)


def run_whenever(work: Workload) -> int:
    """The same by hand with `whenever`: week by week from the first date."""
    from whenever import PlainDateTime  # noqa: PLC0415 - only if it is there

    found = []
    for rule, zone, length in work.lessons:
        local = PlainDateTime.parse_iso(rule[0].isoformat())
        last = PlainDateTime.parse_iso(work.last.isoformat())
        minutes = int(length.total_seconds()) // 60
        while local <= last:
            end = local.add(minutes=minutes, naive_arithmetic_ok=True)
            found.append((local.assume_tz(str(zone)).to_instant(), end.assume_tz(str(zone)).to_instant()))
            local = local.add(days=7)
    return len(found)


def run_ical(work: Workload) -> int:
    """The same by recurring-ical-events, from calendars with one event each."""
    import icalendar  # noqa: PLC0415 - only if it is there
    import recurring_ical_events  # noqa: PLC0415

    found = 0
    for rule, zone, length in work.lessons:
        event = icalendar.Event()
        event.add("dtstart", rule[0].replace(tzinfo=zone))
        event.add("duration", length)
        event.add("rrule", {"freq": "weekly"})
        event.add("uid", "one")
        calendar = icalendar.Calendar()
        calendar.add_component(event)
        window = (work.first.replace(tzinfo=zone), work.last.replace(tzinfo=zone))
        found += len(recurring_ical_events.of(calendar).between(*window))
    return found


def _clock(since_midnight: timedelta) -> str:
    minutes = int(since_midnight.total_seconds()) // 60 % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
