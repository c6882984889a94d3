"""Law 7: people win. A plan never touches what has started, a MANUAL session, or a pinned field."""

from datetime import timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Origin, Plan, Session, SessionStatus, Window, plan_sessions
from recurly_sessions.values.change import Change, ChangeKind
from tests.plans.strategies import State, beginnings, busy_times, people_edits, school_edits


def check_respects_people(made: Plan, state: State) -> None:
    stored = {session.id: session for session in state.sessions}
    identities = {session.identity for session in state.sessions}
    for change in made.changes:
        if change.kind is ChangeKind.CREATE:
            assert change.id not in stored
            assert change.after.identity not in identities
            assert change.after.starts_at >= state.now
            identities.add(change.after.identity)
        else:
            assert change.before == stored[change.id]
            check_leaves_alone(change, change.before, state)


def check_leaves_alone(change: Change, before: Session, state: State) -> None:
    assert before.origin is Origin.GENERATED
    assert before.starts_at > state.now
    assert change.after.starts_at > state.now
    assert before.status in {SessionStatus.PENDING, SessionStatus.CONFIRMED, SessionStatus.CANCELLED}
    assert {*change.fields}.isdisjoint(before.pinned)
    assert all(getattr(change.after, name) == getattr(before, name) for name in before.pinned)
    assert {*change.fields}.isdisjoint({"meeting_url", "notes", "origin", "original_starts_at", "pinned"})
    assert (change.after.slot_id, change.after.occurs_on) == (before.slot_id, before.occurs_on)
    if before.original_starts_at is not None or {*before.pinned} & {"starts_at", "ends_at"}:
        assert (change.after.starts_at, change.after.ends_at) == (before.starts_at, before.ends_at)
    if before.status is SessionStatus.CANCELLED:
        assert before.cause_id is not None, "a person cancelled it"


@given(st.data())
def test_a_plan_leaves_alone_what_people_did_and_what_has_started(data: DataObject) -> None:
    state = data.draw(beginnings())
    for _ in range(data.draw(st.integers(1, 3))):
        made = plan_sessions(state.snapshot(), now=state.now, window=state.window)

        check_respects_people(made, state)
        state = data.draw(busy_times(state.after(made), most=2))
        for _ in range(data.draw(st.integers(0, 3))):
            state = data.draw(people_edits(state.sessions, state.now).map(state.with_sessions))


@given(st.data())
def test_a_window_that_begins_in_the_past_reaches_nothing_that_has_started(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    weeks = timedelta(weeks=data.draw(st.integers(1, 3)))
    later = state.now + timedelta(hours=data.draw(st.integers(1, 14 * 24)))
    school = data.draw(school_edits(state.school, state.now))
    state = attrs.evolve(state, now=later, school=school, window=Window(later - weeks, later + weeks))

    check_respects_people(plan_sessions(state.snapshot(), now=state.now, window=state.window), state)
