"""Packages whose answers come from another program: see tests/data/README.md."""

import json
from pathlib import Path

import pytest

from recurly_sessions import Package, Plan, Series, SessionStatus, Slot, Window, plan_sessions
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.session import USES_PACKAGE, to_session_status
from tests.test_cases import DATA, SHARED, Case, in_z

NAME = "packages.json"
FIELDS = {"timezone": {"Series.timezone"}, "time": {"Slot.start"}, "date": {"Package.ends_on", "Series.ends_on"}}


def of_kind(kind: str, folder: Path = DATA) -> list[Case]:
    cases: list[Case] = json.loads((folder / NAME).read_text("utf-8"))[kind]
    return cases


def each_of(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=name(case)) for case in of_kind(kind)])


def name(case: Case) -> str:
    return str(case["id"]) if "id" in case else f"{case['previous']} to {case['next']}"


def planned(case: Case) -> Plan:
    """The plan of a package; its weekdays count from Sunday, 0, and ours end with it, 7."""
    slot = Slot("slot", days=[day or 7 for day in case["days"]], start=case["time"], duration=case["duration_mins"])
    days = {"starts_on": case["start_date"], "ends_on": case["end_date"]}
    package = Package("package", sessions=case["n"], **days)
    series = Series("case", timezone=case["timezone"], slots=[slot], packages=[package], **days)
    whole = Window.dates(series.starts_on, case["end_date"], case["timezone"])
    return plan_sessions(series, now=whole.start, window=whole)


def lessons(case: Case) -> list[dict[str, str]]:
    return [
        {"starts_at": in_z(change.after.starts_at), "ends_at": in_z(change.after.ends_at)}
        for change in planned(case).creates
    ]


def short(case: Case) -> list[tuple[str, str]]:
    """How many a package is said to be short."""
    return [(issue.code, dict(issue.details)["short"]) for issue in planned(case).issues]


def is_short(case: Case) -> list[tuple[str, str]]:
    missing = case["n"] - len(case["expected"])
    return [("package-short", str(missing))] if missing else []


def bad_field(case: Case) -> str:
    try:
        planned(case)
    except InvalidValueError as error:
        return error.where
    return "nothing is wrong"


def adjustment(case: Case) -> int:
    """How the number of used lessons changes with a session's status."""
    before, after = to_session_status(case["previous"]), to_session_status(case["next"])
    return (after in USES_PACKAGE) - (before in USES_PACKAGE)


@each_of("cases")
def test_a_package_has_the_lessons_that_another_program_gives_it(case: Case) -> None:
    assert lessons(case) == case["expected"]


@each_of("cases")
def test_a_package_that_does_not_fit_says_how_many_are_short(case: Case) -> None:
    assert short(case) == is_short(case)


@each_of("error_cases")
def test_a_package_that_cannot_be_is_refused_with_the_field_that_is_wrong(case: Case) -> None:
    assert bad_field(case) in FIELDS[case["bad_field"]]


@each_of("usage")
def test_a_lesson_uses_up_a_package_when_it_was_held_or_the_student_did_not_come(case: Case) -> None:
    assert adjustment(case) == case["adjustment"]


def test_taking_back_a_mark_gives_a_lesson_back_for_every_status() -> None:
    used = {status for status in SessionStatus if status in USES_PACKAGE}

    assert used == {SessionStatus.COMPLETED, SessionStatus.NO_SHOW_STUDENT}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared cases is not there, as it is for few")
def test_the_packages_beside_the_repository_come_out_as_well() -> None:
    cases, errors, usage = (of_kind(kind, SHARED) for kind in ("cases", "error_cases", "usage"))

    assert {name(case): lessons(case) for case in cases} == {name(case): case["expected"] for case in cases}
    assert {name(case): short(case) for case in cases} == {name(case): is_short(case) for case in cases}
    assert [case["id"] for case in errors if bad_field(case) not in FIELDS[case["bad_field"]]] == []
    assert [adjustment(case) for case in usage] == [case["adjustment"] for case in usage]
