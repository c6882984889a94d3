"""Law 5, for series that react: what is done to one is the same whether all are planned at once, or one by one."""

from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import plan_sessions
from recurly_sessions.planning.plan import Plan
from recurly_sessions.values.change import Change
from recurly_sessions.values.conflict import Conflict
from tests.plans.strategies import State, beginnings, busy_times


def planned(state: State, only: list[str] | None = None) -> Plan:
    return plan_sessions(state.snapshot(), now=state.now, window=state.window, only=only)


def changes(*plans: Plan) -> list[Change]:
    return sorted((change for plan in plans for change in plan.changes), key=lambda change: change.id)


def reactions(*plans: Plan) -> list[Conflict]:
    found = (conflict for plan in plans for conflict in plan.conflicts if conflict.reaction != "flag")
    return sorted(found, key=lambda each: (each.session_id, each.kind, each.who or "", each.other or ""))


def a_state(data: DataObject) -> State:
    state = data.draw(beginnings())
    if data.draw(st.booleans()):
        state = state.after(planned(state))
        state = data.draw(busy_times(state))
    return state


@settings(max_examples=settings().max_examples // 2)
@given(st.data())
def test_what_is_done_to_a_series_is_the_same_in_a_plan_of_all_and_in_one_of_its_own(data: DataObject) -> None:
    state = a_state(data)

    whole = planned(state)
    alone = [planned(state, [series_id]) for series_id in whole.planned]

    event(f"reactions: {bool(reactions(whole))}")
    assert changes(*alone) == changes(whole)
    assert reactions(*alone) == reactions(whole)


@settings(max_examples=settings().max_examples // 2)
@given(st.data())
def test_series_that_are_put_right_one_by_one_in_any_order_are_as_a_plan_of_all_leaves_them(data: DataObject) -> None:
    state = a_state(data)
    whole = planned(state)
    after = state.after(whole)

    for series_id in data.draw(st.permutations(whole.planned)):
        state = state.after(planned(state, [series_id]))

    assert state.sessions == after.sessions
