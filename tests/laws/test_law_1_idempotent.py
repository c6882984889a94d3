"""Law 1: a plan made after applying a plan, nothing else changed, is empty."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import plan_sessions
from tests.plans.strategies import State, beginnings, busy_times


def planned(state: State) -> State:
    """The state after its plan is applied, which leaves nothing to do."""
    after = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    again = plan_sessions(after.snapshot(), now=after.now, window=after.window)

    assert (bool(again), again.changes) == (False, ())
    return after


@given(st.data())
def test_a_plan_after_a_plan_is_empty_whatever_happened_before(data: DataObject) -> None:
    state = planned(data.draw(beginnings()))
    for _ in range(data.draw(st.integers(1, 3))):
        state = planned(data.draw(busy_times(state, most=4)))
