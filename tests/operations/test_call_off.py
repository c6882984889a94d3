"""One session is called off by a person: people are told, no plan brings it back, and it can be undone."""

from datetime import timedelta

import attrs
import pytest

from recurly_sessions import SessionStatus, plan_sessions
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.call_off import call_off_session
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.undo import undo_run
from recurly_sessions.testing.store_contract import put
from tests.plans.examples import BOTH, MONDAY, NOW, a_course, a_school, a_session

FIRST, SECOND = BOTH


def a_store() -> MemoryStore:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, *BOTH)
    return store


def test_a_session_is_called_off_and_no_plan_brings_it_back() -> None:
    store = a_store()

    after = call_off_session(FIRST.id, store, now=NOW, reason="Amina is ill")

    assert after == attrs.evolve(
        FIRST,
        status=SessionStatus.CANCELLED,
        cancellation_reason="Amina is ill",
        pinned=["status"],
        version=2,
        updated_by="system",
        updated_at=NOW,
    )
    assert store.sessions_of("maths") == [after, SECOND]
    assert not plan_sessions(store.snapshot(now=NOW), now=NOW)


def test_who_takes_part_is_told() -> None:
    store = a_store()
    call_off_session(FIRST.id, store, now=NOW, reason="Amina is ill")
    messages: list[Message] = []

    deliver(store, CallbackNotifier(messages.append), now=NOW)

    text = "Cancelled:\n  Mon 2026-09-07 18:00–19:30 Europe/Paris  maths (Amina is ill)"
    assert [(each.recipient.id, each.as_text()) for each in messages] == [("kim", text), ("amina", text)]


def test_nobody_is_told_if_nobody_shall_be() -> None:
    store = a_store()
    call_off_session(FIRST.id, store, now=NOW, notify=False)

    assert deliver(store, CallbackNotifier(print), now=NOW).arrived == 0


def test_it_is_a_run_that_can_be_undone() -> None:
    store = a_store()
    call_off_session(FIRST.id, store, now=NOW)
    (run,) = store.runs()
    assert run.kind == "cancel"

    undo_run(run.id, store, now=NOW)

    assert [each.status for each in store.sessions_of("maths")] == [SessionStatus.PENDING, SessionStatus.PENDING]


def test_a_session_of_a_series_that_is_gone_is_called_off_too() -> None:
    store = a_store()
    store.save(a_school(a_course("art")))

    assert call_off_session(FIRST.id, store, now=NOW).status is SessionStatus.CANCELLED


def test_what_has_begun_or_is_off_or_is_not_there_is_refused() -> None:
    store = a_store()
    off = a_session("2026-09-21", status="CANCELLED")
    put(store, off)

    with pytest.raises(InvalidValueError, match=r"it began at 2026-09-07T16:00:00\+00:00"):
        call_off_session(FIRST.id, store, now=MONDAY + timedelta(minutes=1))
    with pytest.raises(InvalidValueError, match="it is CANCELLED"):
        call_off_session(off.id, store, now=NOW)
    with pytest.raises(UnknownNameError, match="no session 'maths/mon/2030-01-07'"):
        call_off_session("maths/mon/2030-01-07", store, now=NOW)
    with pytest.raises(InvalidValueError, match="call_off_session: now"):
        call_off_session(FIRST.id, store, now="soon")
