"""What a person does to one session: kept, told of, and never written over what somebody else did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from recurly_sessions import Actor, Member, Session, SessionStatus, apply_plan, plan_sessions, round_robin
from recurly_sessions.errors import ChangedMeanwhileError, InvalidValueError, UnknownNameError
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.edit import add_session, edit_session, rename_session
from recurly_sessions.store import Store, Transaction
from recurly_sessions.testing.store_contract import made_of
from tests.plans.examples import NOW, a_course, a_school
from tests.stores.makers import MAKERS

ZOE = Actor("zoe", role="TUTOR")
stores = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def a_calendar(make: Callable[[], Store]) -> Store:
    """Two Mondays of maths, of which nobody has to be told any more."""
    store = make()
    store.save(a_school(a_course(members=[Member("kim")], assignments=round_robin("amina", "luc"))))
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW, notify=False)
    return store


def told(store: Store) -> list[tuple[str, str, list[str]]]:
    """Who is told what."""
    messages: list[Message] = []
    deliver(store, CallbackNotifier(messages.append), now=NOW)
    return sorted((*each.recipient, [line.kind for line in each.lines]) for each in messages)


@stores
def test_a_lesson_is_moved_kept_where_it_was_put_and_people_are_told(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, _ = store.sessions_of("maths")

    moved = edit_session(
        first, store, now=NOW, actor=ZOE, starts_at="2026-09-09T15:00Z", ends_at="2026-09-09T16:30Z", room_id="red"
    )

    assert moved == attrs.evolve(
        first,
        starts_at="2026-09-09T15:00Z",
        ends_at="2026-09-09T16:30Z",
        room_id="red",
        original_starts_at=first.starts_at,
        pinned=["room_id"],
        version=2,
        updated_by="zoe",
        updated_at=NOW,
    )
    assert moved in store.sessions_of("maths")
    assert not plan_sessions(store.snapshot(now=NOW), now=NOW)
    assert told(store) == [("member", "kim", ["moved"]), ("tutor", first.tutor_id, ["moved"])]


@stores
def test_a_lesson_that_is_moved_again_keeps_when_it_was_promised(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, _ = store.sessions_of("maths")
    moved = edit_session(first, store, now=NOW, starts_at="2026-09-09T15:00Z", ends_at="2026-09-09T16:30Z")

    again = edit_session(moved, store, now=NOW, starts_at="2026-09-10T15:00Z", ends_at="2026-09-10T16:30Z")

    assert (again.original_starts_at, again.version) == (first.starts_at, 3)


@stores
def test_who_edits_what_somebody_else_has_changed_or_removed_hears_so_and_writes_nothing(
    make: Callable[[], Store],
) -> None:
    store = a_calendar(make)
    first, second = store.sessions_of("maths")
    kept = edit_session(first, store, now=NOW, notify=False, notes="bring a pen")
    with store.transaction("maths") as transaction:
        transaction.delete([second])

    with pytest.raises(ChangedMeanwhileError) as changed:
        edit_session(first, store, now=NOW, status="CANCELLED")
    with pytest.raises(ChangedMeanwhileError) as gone:
        edit_session(second, store, now=NOW, status="CANCELLED")

    assert str(changed.value) == (
        f"session {first.id} was read in version 1, and is in version 2 now; nothing was written: read it again"
    )
    assert str(gone.value) == f"session {second.id} is gone since it was read; nothing was written"
    assert (changed.value.code, changed.value.found, gone.value.found) == ("changed-meanwhile", 2, None)
    assert store.sessions_of("maths") == [kept]
    assert told(store) == []


@pytest.mark.parametrize(
    ("fields", "pinned"),
    [
        ({"tutor_id": "zoe", "price": "12 EUR"}, ["tutor_id", "price"]),
        ({"ends_at": "2026-09-07T18:00Z"}, ["ends_at"]),
        ({"notes": "a pen", "status": "CONFIRMED", "room_id": None}, []),
        ({"tutor_id": "zoe", "pinned": []}, []),
    ],
)
def test_what_a_person_sets_is_pinned_unless_they_say_otherwise(fields: dict[str, Any], pinned: list[str]) -> None:
    store = a_calendar(MAKERS["memory"])
    first, _ = store.sessions_of("maths")

    after = edit_session(first, store, now=NOW, **fields)

    assert set(after.pinned) == set(pinned)
    assert plan_sessions(store.snapshot(now=NOW), now=NOW).changes == () or not pinned


@stores
def test_a_lesson_is_called_off(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, _ = store.sessions_of("maths")

    off = edit_session(first, store, now=NOW, status="CANCELLED", cancellation_reason="a cold")

    assert off.status is SessionStatus.CANCELLED
    assert off.original_starts_at is None
    assert told(store) == [("member", "kim", ["cancelled"]), ("tutor", first.tutor_id, ["cancelled"])]


@pytest.mark.requirement("BC-1")
@stores
def test_a_lesson_that_a_person_makes_stands_beside_the_others(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    extra = an_extra()

    added = add_session(extra, store, now=NOW, actor=ZOE)

    assert added == attrs.evolve(extra, updated_by="zoe", updated_at=NOW)
    assert added in store.sessions_of("maths")
    assert not plan_sessions(store.snapshot(now=NOW), now=NOW)
    assert told(store) == [("member", "kim", ["generated"]), ("tutor", "amina", ["assigned"])]
    with pytest.raises(InvalidValueError, match="add_session must have an id, and a date of a slot, that isn't taken"):
        add_session(extra, store, now=NOW)


@stores
def test_a_lesson_whose_id_another_session_has_is_made_once_that_is_renamed(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, second = store.sessions_of("maths")
    strange = attrs.evolve(first, slot_id="zz", status="CANCELLED", notes="keep")
    with store.transaction("maths") as transaction:
        transaction.delete([first])
        put_there(transaction, strange)

    renamed = rename_session(first.id, store, now=NOW, actor=ZOE)

    assert renamed == attrs.evolve(strange, id="maths/zz/2026-09-07", version=2, updated_by="zoe", updated_at=NOW)
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    assert ([change.id for change in plan.changes], plan.issues) == ([first.id], ())
    apply_plan(plan, store, now=NOW)
    assert {each.id for each in store.sessions_of("maths")} == {first.id, renamed.id, second.id}


@stores
def test_what_stands_for_no_date_or_for_one_that_is_named_is_renamed_by_a_number(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, second = store.sessions_of("maths")
    by_hand = attrs.evolve(first, slot_id=None, occurs_on=None, origin="MANUAL")
    with store.transaction("maths") as transaction:
        transaction.delete([first, second])
        put_there(transaction, by_hand, attrs.evolve(second, id=f"{first.id} (2)"))

    assert rename_session(first.id, store, now=NOW).id == f"{first.id} (3)"


def test_a_session_that_is_what_its_id_says_is_not_renamed() -> None:
    store = a_calendar(MAKERS["memory"])
    first, _ = store.sessions_of("maths")
    extra = add_session(an_extra(), store, now=NOW)

    for session_id in (first.id, extra.id):
        with pytest.raises(InvalidValueError) as refused:
            rename_session(session_id, store, now=NOW)
        assert str(refused.value) == (
            f"rename_session must be given a session that has the id of a lesson which it isn't, got {session_id!r}"
        )
    with pytest.raises(UnknownNameError):
        rename_session("maths/mon/1999-01-01", store, now=NOW)


def put_there(transaction: Transaction, *sessions: Session) -> None:
    assert not transaction.insert(made_of(*sessions))


def an_extra(**more: Any) -> Session:
    """A lesson on a Saturday."""
    return Session(
        "extra",
        series_id="maths",
        timezone="Europe/Paris",
        starts_at="2026-09-12T08:00Z",
        ends_at="2026-09-12T09:00Z",
        origin="MANUAL",
        tutor_id="amina",
        **more,
    )


@stores
def test_of_a_series_that_is_gone_nobody_is_told(make: Callable[[], Store]) -> None:
    store = a_calendar(make)
    first, _ = store.sessions_of("maths")
    store.save(a_school(a_course("art")))

    edit_session(first, store, now=NOW, notes="the last one")

    assert told(store) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": 7}, "edit_session: version must be left to the store, got 7"),
        ({"id": "other"}, "edit_session must leave the id and the series as they are, got 'other'"),
        ({"series_id": "art"}, "edit_session must leave the id and the series as they are"),
        ({"ends_at": "2020-01-01T00:00Z"}, "Session.ends_at"),
        ({"now": "yesterday"}, "edit_session: now"),
    ],
)
def test_what_may_not_be_is_refused(fields: dict[str, Any], message: str) -> None:
    store = a_calendar(MAKERS["memory"])
    first, second = store.sessions_of("maths")

    with pytest.raises(InvalidValueError, match=message):
        edit_session(first, store, **({"now": NOW} | fields))

    assert store.sessions_of("maths") == [first, second]
