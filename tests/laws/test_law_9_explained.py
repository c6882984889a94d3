"""Law 9: every change, decision, conflict and issue says why, and so does the story of every session."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import plan_sessions
from recurly_sessions.values.change import ChangeKind
from tests.plans.strategies import beginnings, busy_times

T = TypeVar("T")


def some(data: DataObject, values: Sequence[T]) -> list[T]:
    """A few of some values."""
    return data.draw(st.lists(st.sampled_from(values), max_size=3)) if values else []


@given(st.data())
def test_a_plan_says_why_it_does_what_it_does_and_why_not(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    state = data.draw(busy_times(state, most=4))

    plan = plan_sessions(state.snapshot(), now=state.now, window=state.window)

    assert all(change.why not in {"", change.code} for change in plan.changes)
    assert all(change.decision is not None for change in plan.changes if change.kind is ChangeKind.CREATE)
    assert all(conflict.why for conflict in plan.conflicts)
    assert all(issue.message for issue in plan.issues)
    for change in some(data, plan.changes):
        assert f"({change.code})" in plan.explain(change.id)
    for conflict in some(data, plan.conflicts):
        assert conflict.why in plan.explain(conflict.session_id)
    for session in some(data, plan.unchanged):
        assert "nothing: it is" in plan.explain(session.id)
    for occurrence, session_id in some(data, plan.stand_ins):
        assert session_id in plan.explain(occurrence)
        assert occurrence in plan.explain(session_id)
