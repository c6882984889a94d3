"""The work of planning to measure, beside what a user would write instead: listing dates, sorting sessions."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple

from dateutil.rrule import WEEKLY, rrule

from benchmarks.workloads import FIRST, SIZES, ZONES
from recurly_sessions import (
    Config,
    Plan,
    School,
    Series,
    Session,
    Slot,
    Tutor,
    find_conflicts,
    plan_sessions,
    round_robin,
)

NOW = datetime.combine(FIRST - timedelta(days=1), time(11, tzinfo=UTC))


class Planning(NamedTuple):
    """A school, the rules that list the dates of its slots, and between which walls."""

    school: School
    rules: list[rrule]
    first: datetime
    last: datetime


def make(name: str, *, times: int = 1) -> Planning:
    """Build a workload, or one so many times as large: three tutors take turns in each series, none is booked twice.

    The large one has no rules to list: they'd fill the memory that the garbage collector has to look through.
    """
    count, slots_each, weeks = SIZES[name]
    series, rules, tutors = [], [], []
    for number in range(count * times):
        slots = []
        for place in range(slots_each):
            weekday, start = (number + place) % 7, timedelta(hours=8 + place % 12, minutes=place * 5 % 60)
            begin = datetime.combine(FIRST + timedelta(days=weekday), time()) + start
            slots.append(Slot(f"slot-{place}", days=weekday + 1, start=begin.time(), duration=55))
            rules += [rrule(WEEKLY, dtstart=begin)] if times == 1 else []
        people = [f"tutor-{number}-{each}" for each in range(3)]
        tutors += [Tutor(tutor_id, hourly_rate="30 EUR") for tutor_id in people]
        zone = ZONES[number % len(ZONES)]
        turns = round_robin(*people)
        series.append(Series(f"series-{number}", timezone=zone, starts_on=FIRST, slots=slots, assignments=turns))
    school = School(series, tutors=tutors, base=Config(weeks_ahead=weeks))
    first = datetime.combine(FIRST, time())
    return Planning(school, rules, first, first + timedelta(weeks=weeks))


def run_listing(work: Planning) -> int:
    """Merely list the dates by dateutil."""
    return sum(len(rule.between(work.first, work.last, inc=True)) for rule in work.rules)


def run_plan(work: Planning, existing: list[Session]) -> int:
    """Plan everything."""
    return sum(map(len, plan_sessions(work.school, now=NOW, existing=existing).steps))


def run_looked_at(work: Planning) -> int:
    """Plan everything, and build every session with its change."""
    return len(plan_sessions(work.school, now=NOW).changes)


def planned(work: Planning) -> list[Session]:
    """The sessions that a plan makes where there are none."""
    return [change.after for change in plan_sessions(work.school, now=NOW).changes]


def memory_of(work: Planning) -> tuple[float, float]:
    """The bytes that a plan keeps for each session that it makes, before and after every change was looked at."""
    gc.collect()
    tracemalloc.start()
    plan: Plan = plan_sessions(work.school, now=NOW)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    count = len(plan.changes)
    gc.collect()
    looked_at, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / count, looked_at / count


def diary(count: int = 200_000, tutors: int = 2_000) -> list[Session]:
    """Sessions of many tutors in no order, of which one in a hundred overlaps the one before."""
    sessions = []
    each = count // tutors
    for number in range(count):
        tutor, place = number % tutors, number // tutors
        begin = NOW + timedelta(hours=place * 2, minutes=-45 if place and (tutor + place) % 100 == 0 else 0)
        session = Session(
            f"s{(number * 7919) % count:06}",
            series_id=f"series-{tutor % 100}",
            timezone="UTC",
            starts_at=begin,
            ends_at=begin + timedelta(minutes=80),
            tutor_id=f"tutor-{tutor}",
        )
        sessions.append(session)
    assert each * tutors == count, "every tutor has as many"
    return sorted(sessions, key=attrgetter("id"))


def run_sorting(sessions: list[Session]) -> int:
    """Merely sort sessions by start."""
    return len(sorted(sessions, key=attrgetter("starts_at")))


def run_conflicts(sessions: list[Session]) -> int:
    """Find who is booked twice."""
    return len(find_conflicts(sessions))
