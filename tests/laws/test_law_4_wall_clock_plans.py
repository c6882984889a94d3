"""Law 4, for whole plans: a generated session starts at its slot's time on the clock, unless that doesn't exist."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Session, plan_sessions
from recurly_sessions.time.clock import resolve, since_midnight
from recurly_sessions.time.zones import zone_named
from tests.plans.strategies import State, beginnings, busy_times


def starts_on_time(session: Session, state: State) -> bool:
    """Whether a session starts when its slot says, as far as the clock shows that time."""
    assert session.slot_id is not None
    assert session.occurs_on is not None
    slots = {slot.id: slot for slot in state.school.one(session.series_id).slots}
    start = slots[session.slot_id].timing_on(session.occurs_on).start
    local = session.local_start
    if (local.date(), since_midnight(local.time())) == (session.occurs_on, start):
        return True
    return session.starts_at == resolve(zone_named(session.timezone), session.occurs_on, start)


@given(st.data())
def test_what_a_plan_makes_or_moves_starts_at_the_time_of_its_slot(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    state = data.draw(busy_times(state))

    plan = plan_sessions(state.snapshot(), now=state.now, window=state.window)

    timed = [change.after for change in plan.changes if change.before is None or "starts_at" in change.fields]
    assert [session for session in timed if not starts_on_time(session, state)] == []
