"""Law 5: changing one series changes no session of another (conflict findings may appear or clear)."""

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Plan, plan_sessions
from recurly_sessions.values.change import Change
from tests.plans.strategies import beginnings, busy_times, series_edits


def of_others(made: Plan, series_id: str) -> list[Change]:
    return [change for change in made.changes if change.series_id != series_id]


@given(st.data())
def test_an_edit_of_one_series_changes_no_session_of_another(data: DataObject) -> None:
    state = data.draw(beginnings(reactions=("ignore", "flag")))
    assume(len(state.school.series) > 1)
    if data.draw(st.booleans()):
        state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
        state = data.draw(busy_times(state, reactions=("ignore", "flag")))
    before = plan_sessions(state.snapshot(), now=state.now, window=state.window)
    edited = data.draw(
        st.sampled_from(state.school.series).flatmap(
            lambda chosen: series_edits(chosen, state.now, reactions=("ignore", "flag"))
        )
    )
    others = [edited if each.id == edited.id else each for each in state.school.series]
    state = attrs.evolve(state, school=attrs.evolve(state.school, series=others))

    after = plan_sessions(state.snapshot(), now=state.now, window=state.window)

    assert of_others(after, edited.id) == of_others(before, edited.id)
