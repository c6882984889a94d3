"""What is wrong with a stored calendar is found, with what mends it; and what mends it does."""

from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Assignment,
    Config,
    Manual,
    School,
    Session,
    Slot,
    Tutor,
    Weekly,
    apply_plan,
    plan_sessions,
    round_robin,
)
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.call_off import call_off_session
from recurly_sessions.operations.check import Fault, check_calendar
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.store import Store
from recurly_sessions.testing.store_contract import put
from tests.plans.examples import BOTH, MONDAY, NOW, a_course, a_school, two_courses

FIRST, SECOND = BOTH
AT_FIRST = "maths/mon/2026-09-07 (Mon 7 Sep 2026 18:00)"
AT_SECOND = "maths/mon/2026-09-14 (Mon 14 Sep 2026 18:00)"


def a_store(*sessions: Session, school: School | None = None) -> MemoryStore:
    store = MemoryStore(school or a_school())
    put(store, *sessions)
    return store


def by_hand(id: str, start: datetime = MONDAY, series_id: str = "maths") -> Session:
    end = start + timedelta(minutes=90)
    return Session(
        id, series_id=series_id, timezone="Europe/Paris", starts_at=start, ends_at=end, origin="MANUAL", tutor_id="zoe"
    )


def a_fault(kind: str, session_id: str | None, why: str, mend: str, series_id: str = "maths") -> Fault:
    return Fault(kind=kind, series_id=series_id, session_id=session_id, why=why, mend=mend)


def mend(store: Store, fault: Fault) -> None:
    match fault.mend:
        case "apply":
            plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=[fault.series_id or ""])
            apply_plan(plan, store, now=NOW)
        case "call-off" | "declare":
            call_off_session(fault.session_id or "", store, now=NOW)
        case _:
            release_series(fault.series_id or "", store)


@pytest.mark.requirement("MIG-12")
def test_nothing_is_wrong_with_a_calendar_that_was_applied() -> None:
    assert check_calendar(a_store(*BOTH), now=NOW) == []


@pytest.mark.requirement("MIG-12")
def test_a_session_that_is_missing_is_a_gap() -> None:
    found = check_calendar(a_store(FIRST), now=NOW)

    assert found == [a_fault("gap", SECOND.id, f"{AT_SECOND}: it is due, and isn't there", "apply")]


@pytest.mark.requirement("MIG-12")
def test_a_session_that_is_not_as_its_series_says_has_drifted() -> None:
    later = attrs.evolve(FIRST, starts_at=MONDAY + timedelta(hours=1), ends_at=MONDAY + timedelta(hours=2))

    (found,) = check_calendar(a_store(later, SECOND), now=NOW)

    assert (found.kind, found.session_id, found.mend) == ("drift", FIRST.id, "apply")
    assert found.why == (
        "maths/mon/2026-09-07 (Mon 7 Sep 2026 19:00): it should be otherwise, starts 19:00 → 18:00, ends 20:00 → "
        "19:30: slot mon is at 18:00–19:30 (Europe/Paris)"
    )


def test_a_drift_names_the_tutors_from_whom_to_whom_a_lesson_should_go() -> None:
    school = attrs.evolve(a_school(), tutors=[Tutor("amina", name="Amina"), Tutor("luc"), Tutor("zoe", name="Zoe")])
    store = a_store(school=school)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    first, _ = store.sessions_of("maths")
    with store.transaction("maths") as transaction:
        transaction.replace([(first, attrs.evolve(first, tutor_id="zoe", version=2))])

    (found,) = check_calendar(store, now=NOW)

    assert (
        found.why == f"{AT_FIRST}: it should be otherwise, tutor Zoe → Amina: Amina's turn in the rotation Amina, luc"
    )


@pytest.mark.requirement("MIG-12")
def test_a_session_that_should_be_off_or_take_place_has_drifted() -> None:
    off = attrs.evolve(FIRST, status="CANCELLED", cause_id="gone")
    closed = a_course(slots=[Slot("mon", days="MO", start="18:00", end="19:30", excluded_dates=["2026-09-14"])])

    found = check_calendar(a_store(off, SECOND, school=a_school(closed)), now=NOW)

    assert [(each.kind, each.session_id) for each in found] == [("drift", FIRST.id), ("drift", SECOND.id)]
    assert "it should take place" in found[0].why
    assert "it should be off" in found[1].why


@pytest.mark.requirement("MIG-12")
def test_a_session_whose_series_or_slot_is_gone_is_an_orphan() -> None:
    tue = a_course(slots=[Slot("tue", days="TU", start="18:00", end="19:30", active=False)])

    of_slot = check_calendar(a_store(FIRST, school=a_school(tue)), now=NOW)
    of_series = check_calendar(a_store(FIRST, school=School([])), now=NOW)

    assert of_slot == [a_fault("orphan", FIRST.id, f"{AT_FIRST}: there's no slot mon", "apply")]
    assert of_series == [a_fault("orphan", FIRST.id, f"{AT_FIRST}: there's no series maths", "declare")]


@pytest.mark.requirement("MIG-12")
def test_two_sessions_of_a_series_at_the_same_time_are_duplicates_and_what_a_person_made_stays() -> None:
    found = check_calendar(a_store(*BOTH, by_hand("extra")), now=NOW)

    assert found == [a_fault("duplicate", FIRST.id, f"{AT_FIRST}: extra is at that time already", "call-off")]


def test_two_slots_at_the_same_time_are_what_the_series_says() -> None:
    both = [Slot(each, days="MO", start="18:00", end="19:30") for each in ("blue", "red")]
    school = a_school(a_course(slots=both, assignments=[]))
    store = a_store(school=school)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    assert check_calendar(store, now=NOW) == []


@pytest.mark.requirement("MIG-12")
def test_somebody_who_is_booked_twice_is_a_clash() -> None:
    store = a_store(school=two_courses())
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    found = check_calendar(store, now=NOW)

    assert {(each.kind, each.session_id, each.mend) for each in found} == {("clash", "b/mon/2026-09-07", "call-off")}
    assert any("amina is taken by a/mon/2026-09-07" in each.why for each in found)


def test_a_clash_has_the_choices_of_the_conflict_sheet_and_the_rule_by_which_it_is_kept() -> None:
    amina, luc = Tutor("amina"), Tutor("luc", name="Luc")
    school = attrs.evolve(two_courses(), tutors=[amina, luc])
    store = a_store(school=school)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    found = check_calendar(store, now=NOW)

    assert {(each.rule, each.choices) for each in found} == {
        ("on_tutor_busy", ("assign Luc", "move it", "call it off", "leave it")),
        ("on_room_busy", ("move it", "call it off", "leave it")),
        ("on_student_busy", ("move it", "call it off", "leave it")),
    }
    rows = plan_sessions(store.snapshot(now=NOW), now=NOW).conflict_sheet()
    assert {(row.session_id, row.choices) for row in rows} == {(each.session_id, each.choices) for each in found}


def test_a_clash_of_which_the_rule_says_ignore_is_none() -> None:
    store = a_store(school=two_courses())
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    rules: dict[str, Any] = {each.rule or "": "ignore" for each in check_calendar(store, now=NOW)}
    school = store.school()
    kept = attrs.evolve(school.one("b"), config=Config(**rules))

    store.save(school.with_series(kept))

    assert check_calendar(store, now=NOW) == []


def test_a_slot_that_can_not_be_planned_is_told() -> None:
    endless = Slot("odd", rrule="FREQ=DAILY", start="18:00", end="19:30")

    (found,) = check_calendar(a_store(school=a_school(a_course(slots=[endless], starts_on="1900-01-01"))), now=NOW)

    assert (found.kind, found.session_id, found.mend) == ("failed", None, "edit")
    assert found.why.startswith("fails: slot odd is left out, and its sessions stay as they are: ")


def test_what_no_plan_can_put_right_is_told_by_its_code() -> None:
    nobody = a_course(members=[])
    store = a_store(school=a_school(nobody))
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    (found,) = check_calendar(store, now=NOW)

    why = "no-members: nobody takes part, so its sessions cost nothing; "
    why += "enrol members, or leave members out to not track them"
    assert found == a_fault("issue", None, why, "edit")


def test_no_plan_is_offered_that_takes_a_lost_tutor_off_their_sessions() -> None:
    school = attrs.evolve(a_school(), tutors=[Tutor("zoe")])

    found = check_calendar(a_store(FIRST, school=school), now=NOW)

    assert [(each.kind, each.session_id, each.mend) for each in found] == [
        ("issue", None, "edit"),
        ("issue", None, "edit"),
        ("gap", SECOND.id, "edit"),
        ("drift", FIRST.id, "edit"),
    ]
    assert all(each.why.startswith("no-tutor-profile: ") for each in found[:2])


def test_what_a_person_has_set_is_no_fault() -> None:
    closed = a_course(slots=[Slot("mon", days="MO", start="18:00", end="19:30", excluded_dates=["2026-09-14"])])
    kept = attrs.evolve(SECOND, pinned=["status"])

    assert check_calendar(a_store(FIRST, kept, school=a_school(closed)), now=NOW) == []


def test_a_lesson_that_no_tutor_of_its_roster_teaches_is_open() -> None:
    odd = Assignment("a", tutor_id="amina", pattern=Weekly(weeks=(1,), cycle=2))
    by_hand = Assignment("b", tutor_id="luc", pattern=Manual())
    rosters = {
        "a hole": [odd],
        "over": [attrs.evolve(odd, ends_on="2026-09-13")],
        "another subject": [attrs.evolve(odd, subject="art")],
        "by hand too": [odd, by_hand],
        "by hand": [by_hand],
        "nobody": [],
    }
    found = {}
    for name, roster in rosters.items():
        school = attrs.evolve(
            a_school(a_course(assignments=roster, subject="maths")), tutors=[Tutor("amina"), Tutor("luc")]
        )
        store = a_store(school=school)
        apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
        found[name] = [each for each in check_calendar(store, now=NOW) if each.kind != "issue"]

    hole = a_fault("open", SECOND.id, f"{AT_SECOND}: nobody teaches it; its roster is amina", "assign")
    assert found == {name: [hole] if name == "a hole" else [] for name in rosters}


def test_a_series_that_is_held_is_told() -> None:
    store = a_store()
    applied = apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    undo_run(applied.run_id, store, now=NOW)

    (found,) = check_calendar(store, now=NOW)

    why = "is held since a run was undone, so no plan is applied to it"
    assert found == a_fault("held", None, why, "release")


@pytest.mark.requirement("MIG-12")
@pytest.mark.parametrize(
    "store",
    [
        pytest.param(a_store(FIRST), id="gap"),
        pytest.param(a_store(attrs.evolve(FIRST, tutor_id="zoe"), SECOND), id="drift"),
        pytest.param(a_store(*BOTH, by_hand("extra")), id="duplicate"),
        pytest.param(a_store(by_hand("lost", series_id="chess"), school=School([])), id="orphan of a series"),
        pytest.param(a_store(FIRST, school=a_school(a_course(slots=[]))), id="orphan of a slot"),
        pytest.param(
            a_store(*BOTH, by_hand("x", series_id="art"), school=a_school(a_course(assignments=round_robin("zoe")))),
            id="several",
        ),
    ],
)
def test_what_is_said_to_mend_a_fault_mends_it(store: MemoryStore) -> None:
    faults = check_calendar(store, now=NOW)

    for fault in faults:
        if fault in check_calendar(store, now=NOW):
            mend(store, fault)

    assert faults
    assert check_calendar(store, now=NOW) == []


def test_no_moment_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"check_calendar: now"):
        check_calendar(a_store(), now="soon")
