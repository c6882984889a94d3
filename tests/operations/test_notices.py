"""Who is told what of which change."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from recurly_sessions import Cancellation, Member, Series, Session, apply_plan, plan_sessions
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.store import Notice, Recipient, Told
from recurly_sessions.testing.store_contract import made_of, put
from tests.plans.examples import BOTH, NOW, a_course, a_school, a_session

KIM, LEA = Recipient("member", "kim"), Recipient("member", "lea")
AMINA, LUC = Recipient("tutor", "amina"), Recipient("tutor", "luc")
COURSE = a_course(members=["kim", Member("max", active=False), "lea"])
FIRST, SECOND = BOTH


def told_of(before: Session, course: Series = COURSE, **change: Any) -> dict[Recipient, list[str]]:
    """What happened to a session, by whom it's told."""
    after = attrs.evolve(before, version=before.version + 1, **change)
    notices = notices_of(course, "run", 1, changed=[(before, after)])
    assert {told[1:3] for notice in notices for told in notice.told} <= {(before.id, before.version + 1)}
    return {notice.recipient: [told.kind for told in notice.told] for notice in notices}


@pytest.mark.requirement("P33", "P34")
def test_active_members_are_told_of_all_new_sessions_and_tutors_of_theirs() -> None:
    notices = notices_of(COURSE, "run", 2, made=made_of(FIRST, SECOND))

    both = (Told("generated", FIRST.id, 1), Told("generated", SECOND.id, 1))
    assert notices == [
        Notice(run_id="run", series_id="maths", nth=2, recipient=KIM, told=both),
        Notice(run_id="run", series_id="maths", nth=2, recipient=LEA, told=both),
        Notice(run_id="run", series_id="maths", nth=2, recipient=AMINA, told=(Told("assigned", FIRST.id, 1),)),
        Notice(run_id="run", series_id="maths", nth=2, recipient=LUC, told=(Told("assigned", SECOND.id, 1),)),
    ]


def test_a_new_session_without_tutor_is_told_to_members_alone() -> None:
    notices = notices_of(COURSE, "run", 1, made=made_of(attrs.evolve(FIRST, tutor_id=None)))

    assert [notice.recipient for notice in notices] == [KIM, LEA]


@pytest.mark.requirement("P36")
@pytest.mark.parametrize("status", ["CANCELLED", "RESCHEDULED"])
def test_tutor_and_members_are_told_of_a_session_that_is_called_off(status: str) -> None:
    off = ["cancelled"]

    assert told_of(FIRST, status=status) == {KIM: off, LEA: off, AMINA: off}


def test_the_tutor_who_had_a_session_is_told_that_it_is_called_off() -> None:
    assert told_of(FIRST, status="CANCELLED", tutor_id=None)[AMINA] == ["cancelled"]


@pytest.mark.parametrize("change", [{"cause_id": "shut"}, {"status": "RESCHEDULED"}], ids=["cause", "status"])
def test_what_is_off_already_is_not_called_off_again(change: dict[str, Any]) -> None:
    off = attrs.evolve(FIRST, status="CANCELLED", cause_id="trip")

    assert told_of(off, **change) == {}


def test_tutor_and_members_are_told_of_a_session_that_takes_place_after_all() -> None:
    off = attrs.evolve(FIRST, status="CANCELLED", cause_id="trip")

    told = told_of(off, status="PENDING", tutor_id="luc")

    assert told == {KIM: ["reinstated"], LEA: ["reinstated"], LUC: ["reinstated"]}


@pytest.mark.parametrize("name", ["starts_at", "ends_at"])
def test_tutor_and_members_are_told_of_another_time(name: str) -> None:
    moved = {name: getattr(FIRST, name) + timedelta(minutes=10)}

    assert told_of(FIRST, **moved) == {KIM: ["moved"], LEA: ["moved"], AMINA: ["moved"]}


@pytest.mark.requirement("P34")
def test_members_and_both_tutors_are_told_of_another_tutor() -> None:
    told = told_of(FIRST, tutor_id="luc")

    assert told == {KIM: ["assigned"], LEA: ["assigned"], LUC: ["assigned"], AMINA: ["unassigned"]}


@pytest.mark.requirement("P34")
def test_members_and_tutor_are_told_when_a_session_gets_a_tutor() -> None:
    alone = attrs.evolve(FIRST, tutor_id=None)

    assert told_of(alone, tutor_id="amina") == {KIM: ["assigned"], LEA: ["assigned"], AMINA: ["assigned"]}


def test_members_and_tutor_are_told_when_a_session_loses_its_tutor() -> None:
    assert told_of(FIRST, tutor_id=None) == {KIM: ["assigned"], LEA: ["assigned"], AMINA: ["unassigned"]}


def test_a_session_moved_to_another_tutor_moves_for_members_alone() -> None:
    told = told_of(FIRST, ends_at=FIRST.ends_at + timedelta(minutes=10), tutor_id="luc")

    both = ["moved", "assigned"]
    assert told == {KIM: both, LEA: both, LUC: ["assigned"], AMINA: ["unassigned"]}


@pytest.mark.requirement("P35")
def test_members_are_told_that_a_session_is_confirmed() -> None:
    assert told_of(FIRST, status="CONFIRMED") == {KIM: ["confirmed"], LEA: ["confirmed"]}
    assert told_of(attrs.evolve(FIRST, status="CONFIRMED"), notes="page 3") == {}


@pytest.mark.parametrize(
    "change",
    [{"price": "9 EUR"}, {"package_id": "p"}, {"room_id": "red"}, {"notes": "page 3"}],
    ids=lambda change: next(iter(change)),
)
def test_nobody_is_told_of_what_is_in_the_next_bill_or_on_the_door(change: dict[str, Any]) -> None:
    assert told_of(FIRST, **change) == {}


@pytest.mark.parametrize("members", [None, ()])
def test_tutors_are_told_even_if_there_are_no_members(members: tuple[Member, ...] | None) -> None:
    assert told_of(FIRST, a_course(members=members), status="CANCELLED") == {AMINA: ["cancelled"]}


@pytest.mark.requirement("P23", "P36")
def test_calling_off_a_week_tells_tutor_and_members_of_each_session() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, FIRST, SECOND)
    trip = Cancellation.week("trip", "mon", "2026-09-14")
    store.save(a_school(a_course(members=["kim"], cancellations=[trip])))

    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    told = (Told("cancelled", SECOND.id, 2),)
    digests = store.claim(now=NOW, until=NOW)
    assert [(each.recipient, each.notices[0].told) for each in digests] == [(KIM, told), (LUC, told)]


@pytest.mark.requirement("P33")
def test_a_member_of_several_series_gets_one_digest_a_run() -> None:
    store = MemoryStore(a_school(*(a_course(each, members=["kim"], assignments=()) for each in ("art", "maths"))))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)

    apply_plan(plan, store, now=NOW)

    days = ("2026-09-07", "2026-09-14")
    told = {each: tuple(Told("generated", f"{each}/mon/{day}", 1) for day in days) for each in ("art", "maths")}
    (digest,) = store.claim(now=NOW, until=NOW)
    assert digest.notices == tuple(
        Notice(run_id=plan.id, series_id=each, recipient=KIM, told=told[each]) for each in ("art", "maths")
    )


def test_a_plan_tells_nothing_of_a_session_that_a_person_added() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, FIRST, SECOND, a_session(id="extra", slot_id=None, occurs_on=None, origin="MANUAL"))

    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    assert store.claim(now=NOW, until=NOW) == []
