"""Cases whose answers come from other programs: see tests/data/README.md."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from recurly_sessions import Assignment, Series, Slot, Window, assign_tutors, expand_slots
from recurly_sessions.patterns import Pattern, from_stored
from recurly_sessions.time.clock import since_midnight
from recurly_sessions.time.rules import days_of, last_day, parse_rule
from recurly_sessions.time.zones import zone_named

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2] / "shared" / "cases"
Case = dict[str, Any]


def cases_of(name: str, folder: Path = DATA) -> list[Case]:
    cases: list[Case] = json.loads((folder / name).read_text("utf-8"))["cases"]
    return cases


def each_of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases_of(name)])


def weekly_slot(case: Case) -> list[dict[str, str]]:
    length = {"end": case["end"]} if "end" in case else {"duration": case["duration_minutes"]}
    slot = Slot("slot", days=case["weekday"], start=case["start"], **length)
    series = Series("case", timezone=case["timezone"], starts_on=case["first"], ends_on=case["last"], slots=[slot])
    return [
        {"date": each.occurs_on.isoformat(), "starts_at": in_z(each.starts_at), "ends_at": in_z(each.ends_at)}
        for each in expand_slots(series, whole(series))
    ]


def whole(series: Series) -> Window:
    """A window in which a series lies with days to spare."""
    assert series.ends_on is not None
    return Window.dates(series.starts_on - timedelta(days=7), series.ends_on + timedelta(days=7), "UTC")


def in_z(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def dates_of_rule(case: Case) -> list[str]:
    """The dates of a rule: all of them, or as many as the case has; each with the time of DTSTART."""
    rule, first = parse_rule(case["rrule"]), datetime.fromisoformat(case["dtstart"])
    clock = first.time()
    until = last_day(rule, since_midnight(clock), zone_named("UTC"))
    reach = first.date() + timedelta(days=99 * 365)
    days = days_of(rule, first.date()).between(first.toordinal(), min(until, reach).toordinal())
    wanted = None if case["complete"] else len(case["expected"])
    return [datetime.combine(date.fromordinal(day), clock).isoformat() for day in islice(days, wanted)]


def tutors_of_slot(case: Case) -> list[str | None]:
    """The tutors of a weekly slot whose dates are those of the case: a week that it leaves out is excluded."""
    dates = [date.fromisoformat(day) for day in case["sessions"]]
    weekly = {dates[0] + timedelta(weeks=week) for week in range((dates[-1] - dates[0]).days // 7 + 1)}
    weekday, excluded = dates[0].isoweekday(), weekly.difference(dates)
    slot = Slot("slot", days=weekday, start="12:00", duration=60, extra_dates=dates, excluded_dates=excluded)
    series = Series(
        "case",
        timezone="UTC",
        starts_on=dates[0],
        ends_on=dates[-1],
        slots=[slot, Slot("other", days=weekday, start="12:00", duration=60)],
        assignments=[assignment(f"a{place}", each) for place, each in enumerate(case["assignments"])],
    )
    decided = assign_tutors(series, (each for each in expand_slots(series, whole(series)) if each.slot_id == "slot"))
    return [decided["slot", day].tutor_id for day in dates]


def assignment(id: str, said: Case) -> Assignment:
    return Assignment(
        id,
        tutor_id=said["tutor"],
        pattern=pattern(said),
        slot_id=said.get("slot"),
        status=said.get("status", "ACCEPTED"),
        active=said.get("active", True),
        starts_on=said.get("start_date"),
        ends_on=said.get("end_date"),
        created_at=said.get("created_at"),
    )


def pattern(said: Case) -> Pattern:
    names = {"weeks": "weeks", "start_week": "startWeek", "consecutive_days": "consecutiveDays"}
    data = {name: said[key] for key, name in names.items() if key in said}
    return from_stored(said["pattern"], {**data, "pattern": "alternating"} if said.get("alternating") else data)


@each_of("weekly_dst.json")
def test_a_weekly_slot_has_the_instants_that_other_programs_give_it(case: Case) -> None:
    assert weekly_slot(case) == case["expected"]


@each_of("rrule.json")
def test_a_rule_names_the_dates_that_other_engines_name(case: Case) -> None:
    assert dates_of_rule(case) == case["expected"]


@each_of("patterns.json")
def test_a_slot_has_the_tutors_that_dealing_by_hand_gives_it(case: Case) -> None:
    assert tutors_of_slot(case) == case["expected"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared cases is not there, as it is for few")
@pytest.mark.parametrize(
    ("name", "answer"),
    [("weekly_dst.json", weekly_slot), ("rrule.json", dates_of_rule), ("patterns.json", tutors_of_slot)],
    ids=["weekly slots", "rules", "patterns"],
)
def test_the_cases_beside_the_repository_come_out_as_well(name: str, answer: Callable[[Case], object]) -> None:
    cases = cases_of(name, SHARED)

    answers = {case["id"]: answer(case) for case in cases}

    assert answers == {case["id"]: case["expected"] for case in cases}
