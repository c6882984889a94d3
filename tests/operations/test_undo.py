"""Runs undone: exactly, or refused with the reason."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Config, Session, Slot, apply_plan, plan_sessions
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.apply import Refused
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.progress import Progress
from recurly_sessions.operations.undo import Undone, undo_run
from recurly_sessions.store import Recipient
from recurly_sessions.testing.store_contract import edit, put
from recurly_sessions.values.series import SeriesStatus
from tests.plans import history
from tests.plans.examples import BOTH, NOW, WEEK, a_course, a_school
from tests.plans.strategies import beginnings, busy_times

FIRST, SECOND = BOTH
HOUR = timedelta(hours=1)
LATER = Slot("mon", days="MO", start="19:00", end="20:30")
KIM = Recipient("member", "kim")


def a_run(store: MemoryStore) -> str:
    """Make a plan and apply it."""
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    apply_plan(plan, store, now=NOW)
    return plan.id


def content(sessions: list[Session]) -> list[Session]:
    """What sessions are, however often they were written."""
    return [attrs.evolve(each, version=1, updated_by=None, updated_at=None) for each in sessions]


def test_what_was_undone_is_said_in_words() -> None:
    refused = (Refused("c", ("c/mon/2026-09-07 has started",)),)
    undone = Undone(run_id="r", series=("a",), already=("b",), refused=refused, removed=1_200, cancelled=2, restored=3)

    assert str(undone).splitlines() == [
        "Undone: 1,200 removed, 2 cancelled, 3 restored. 1 series held. 1 series had it undone already. "
        "1 series refused.",
        "  c: c/mon/2026-09-07 has started",
    ]
    assert str(Undone(run_id="r")) == "Undone: nothing."


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        undo_run("run", MemoryStore(), now="soon")

    assert caught.value.where == "undo_run: now"


@pytest.mark.requirement("ROLL-3")
@settings(max_examples=40)
@given(data=st.data())
def test_undoing_any_run_leaves_what_was_there_before(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = data.draw(busy_times(state.after(plan_sessions(state.snapshot(), now=state.now))))
    store = MemoryStore(state.school)
    put(store, *history.once_each(state.sessions))
    known = sorted({*store.series_ids(), *(each.series_id for each in state.sessions)})
    before = [content(store.sessions_of(each)) for each in known]
    plan = plan_sessions(store.snapshot(now=state.now), now=state.now)
    apply_plan(plan, store, now=state.now, brake=False)
    if not store.entries(plan.id):
        return

    undone = undo_run(plan.id, store, now=state.now)

    assert undone.refused == ()
    assert [content(store.sessions_of(each)) for each in known] == before
    assert store.claim(now=state.now, until=state.now) == []
    assert plan_sessions(store.snapshot(now=state.now), now=state.now).changes == ()


@pytest.mark.requirement("ROLL-3")
def test_a_run_is_undone_as_a_whole_series_or_refused_with_every_reason() -> None:
    store = MemoryStore(a_school())
    run_id = a_run(store)
    after = [edit(store, each.id, notes="page 3", room_id="blue") for each in BOTH]

    undone = undo_run(run_id, store, now=NOW)

    reasons = tuple(f"{each.id} has changed since: room_id, notes" for each in BOTH)
    assert undone.refused == (Refused("maths", reasons),)
    assert store.sessions_of("maths") == after
    assert store.snapshot(now=NOW).held == ()


def test_no_more_than_twenty_reasons_are_given() -> None:
    daily = Slot("mon", days="MO,TU,WE,TH,FR,SA,SU", start="18:00", end="19:30")
    store = MemoryStore(a_school(a_course(slots=[daily]), base=Config(weeks_ahead=4)))
    run_id = a_run(store)
    sessions = store.sessions_of("maths")
    with store.transaction("maths") as transaction:
        transaction.delete(sessions)

    undone = undo_run(run_id, store, now=NOW)

    (refused,) = undone.refused
    assert refused.reasons == (*(f"{each.id} is gone" for each in sessions[:20]), f"and {len(sessions) - 20} more")


def test_a_session_that_was_marked_and_unmarked_can_be_undone() -> None:
    store = MemoryStore(a_school())
    run_id = a_run(store)
    edit(store, SECOND.id, status="CONFIRMED")
    edit(store, SECOND.id, status="PENDING")

    assert undo_run(run_id, store, now=NOW).removed == 2


def test_only_those_are_called_off_that_somebody_was_told_of() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"]), a_course("art", members=["lea"])))
    run_id = a_run(store)
    (digest,) = store.claim(now=NOW, until=NOW + HOUR, limit=1)

    undone = undo_run(run_id, store, now=NOW)

    assert digest.recipient == Recipient("member", "lea")
    assert (undone.cancelled, undone.removed) == (2, 2)
    assert [each.status for each in store.sessions_of("art")] == ["CANCELLED", "CANCELLED"]
    assert store.sessions_of("maths") == []


def test_those_who_were_told_of_a_change_are_told_that_it_is_undone() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(members=["kim"], slots=[LATER])))
    run_id = a_run(store)
    for digest in store.claim(now=NOW, until=NOW + HOUR):
        store.delivered(digest, at=NOW)

    undo_run(run_id, store, now=NOW)

    told = {each.recipient.id: [one.kind for one in each.notices[0].told] for each in store.claim(now=NOW, until=NOW)}
    assert told == {"kim": ["moved", "moved"], "amina": ["moved"], "luc": ["moved"]}


def test_those_whom_a_change_had_not_reached_are_not_told_that_it_is_undone() -> None:
    store = MemoryStore(a_school())
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(slots=[LATER])))
    run_id = a_run(store)
    (digest,) = store.claim(now=NOW, until=NOW + HOUR, limit=1)
    store.delivered(digest, at=NOW)

    undo_run(run_id, store, now=NOW)

    assert digest.recipient == Recipient("tutor", "amina")
    assert [each.recipient for each in store.claim(now=NOW, until=NOW)] == [digest.recipient]


def test_nobody_is_told_of_an_undoing_if_nobody_shall_be() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    run_id = a_run(store)
    for digest in store.claim(now=NOW, until=NOW + HOUR):
        store.delivered(digest, at=NOW)

    undo_run(run_id, store, now=NOW, notify=False)

    assert store.claim(now=NOW + WEEK, until=NOW + WEEK) == []


def test_an_edit_lets_plans_be_applied_again() -> None:
    store = MemoryStore(a_school())
    undo_run(a_run(store), store, now=NOW)

    store.save(a_school(a_course(slots=[LATER])))

    a_run(store)
    assert [f"{each.local_start:%H:%M}" for each in store.sessions_of("maths")] == ["19:00", "19:00"]


# --- who is told ----------------------------------------------------------------------------------------------------


def told(store: MemoryStore, *, limit: int = 100) -> list[tuple[str, str, list[str]]]:
    """Which members are told what, of so many messages to anybody."""
    messages: list[Message] = []
    deliver(store, CallbackNotifier(messages.append), now=NOW, limit=limit)
    return [
        (*each.recipient, [line.kind for line in each.lines]) for each in messages if each.recipient.role == "member"
    ]


def test_who_was_never_told_of_a_session_is_not_told_that_it_is_off() -> None:
    store = MemoryStore(a_school(a_course(members=["kim", "lea"])))
    run_id = a_run(store)
    first = told(store, limit=1)

    undo_run(run_id, store, now=NOW)

    assert first == [("member", "kim", ["generated", "generated"])]
    assert told(store) == [("member", "kim", ["cancelled", "cancelled"])]


def test_who_was_told_is_told_again_even_if_they_have_left_the_series() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    run_id = a_run(store)
    told(store)
    store.save(a_school(a_course(members=["lea"])))

    undo_run(run_id, store, now=NOW)

    assert told(store) == [("member", "kim", ["cancelled", "cancelled"])]


def test_sessions_that_people_know_from_a_later_run_are_called_off_and_not_removed() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    apply_plan(plan, store, now=NOW, notify=False)
    store.save(a_school(a_course(members=["kim"], slots=[LATER])))
    later = a_run(store)
    assert told(store) == [("member", "kim", ["moved", "moved"])]

    undo_run(later, store, now=NOW)
    back = told(store)
    undone = undo_run(plan.id, store, now=NOW)

    assert back == [("member", "kim", ["moved", "moved"])]
    assert (undone.removed, undone.cancelled) == (0, 2)
    assert told(store) == [("member", "kim", ["cancelled", "cancelled"])]


def test_a_change_that_nobody_heard_of_is_undone_in_silence() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    a_run(store)
    told(store)
    store.save(a_school(a_course(members=["kim"], slots=[LATER])))
    later = a_run(store)

    undo_run(later, store, now=NOW)

    assert told(store) == []


# --- how far it is --------------------------------------------------------------------------------------------------


def test_how_far_a_run_is_undone_is_told_after_each_batch() -> None:
    store = MemoryStore(a_school(*(a_course(f"c{number:02}") for number in range(60))))
    run_id = a_run(store)
    told: list[Progress] = []

    undo_run(run_id, store, now=NOW, on_progress=told.append)

    assert told == [("undoing", 0, 60), ("undoing", 50, 60), ("undoing", 60, 60)]


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_is_a_draft_again_and_said_to_be() -> None:
    store = MemoryStore(a_school(a_course(status="DRAFT"), a_course("art", status="DRAFT")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths", "art"])
    apply_plan(plan, store, now=NOW)

    undone = undo_run(plan.id, store, now=NOW)

    assert undone.drafts == ("art", "maths")
    assert undone.summary() == "Undone: 4 removed. 2 series held. Drafts again: art, maths."
    assert {each.status for each in store.school().series} == {SeriesStatus.DRAFT}


def test_a_draft_that_somebody_has_ended_meanwhile_is_left_as_it_is() -> None:
    store = MemoryStore(a_school(a_course(status="DRAFT")))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
    apply_plan(plan, store, now=NOW)
    store.save(a_school(a_course(status="ENDED")))

    undone = undo_run(plan.id, store, now=NOW)

    assert undone.refused == (Refused("maths", ("its status has changed since: ACTIVE → ENDED",)),)
    assert store.school().one("maths").status is SeriesStatus.ENDED
