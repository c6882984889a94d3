"""Slots under two releases of the timezone database: see tests/data/README.md."""

from datetime import timedelta

import pytest

from recurly_sessions import Plan, Series, Session, Slot, expand_slots, plan_sessions
from recurly_sessions.time.zones import tzdata_version
from tests.test_cases import SHARED, Case, cases_of, each_of, in_z, whole

NAME = "tzshift.json"
LONG_BEFORE = timedelta(days=30)


def series(case: Case) -> Series:
    slot = Slot("slot", days=case["weekday"], start=case["start"], duration=case["duration_minutes"])
    return Series("case", timezone=case["timezone"], starts_on=case["first"], ends_on=case["last"], slots=[slot])


def knows(case: Case) -> bool:
    """Whether the release that is installed has the newer rules; an older one can't, a later one may have others."""
    found = expand_slots(series(case), whole(series(case)))
    return [in_z(each.starts_at) for each in found] == [each["starts_at"] for each in case["after"]]


def stored(case: Case) -> list[Session]:
    """The sessions as they were made under the older rules."""
    return [
        Session(
            f"case/slot/{each['date']}",
            series_id="case",
            slot_id="slot",
            occurs_on=each["date"],
            timezone=case["timezone"],
            starts_at=each["starts_at"],
            ends_at=each["ends_at"],
            price="0 EUR",
        )
        for each in case["before"]
    ]


def planned(case: Case) -> Plan:
    """What becomes of sessions that were made under the older rules."""
    window = whole(series(case))
    return plan_sessions(series(case), now=window.start - LONG_BEFORE, window=window, existing=stored(case))


def told(plan: Plan) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            change.kind.value,
            change.code,
            str(change.after.occurs_on),
            in_z(change.after.starts_at),
            in_z(change.after.ends_at),
        )
        for change in plan.changes
    ]


def expected(case: Case) -> list[tuple[str, str, str, str, str]]:
    return [
        ("UPDATE", "moved", each["date"], each["starts_at"], each["ends_at"])
        for each in case["after"]
        if each["date"] in case["changed_dates"]
    ]


@each_of(NAME)
def test_new_rules_of_the_world_move_exactly_the_sessions_that_they_concern(case: Case) -> None:
    if not knows(case):
        pytest.skip(f"tzdata {tzdata_version()} has other rules for {case['timezone']} than {case['new']['iana']}")

    plan = planned(case)

    assert told(plan) == expected(case)
    assert plan.tzdata == tzdata_version()
    assert all(f"(tzdata {plan.tzdata})" in plan.explain(change.id) for change in plan.changes)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared cases is not there, as it is for few")
def test_the_shifts_beside_the_repository_come_out_as_well() -> None:
    cases = [case for case in cases_of(NAME, SHARED) if knows(case)]

    answers = {case["id"]: told(planned(case)) for case in cases}

    assert answers == {case["id"]: expected(case) for case in cases}
