"""The fast planner makes the plan of the naive one, on random schools and through random histories."""

import attrs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Plan, plan_sessions
from tests.plans.strategies import beginnings, busy_times
from tests.reference.planner import NaivePlan, plan

# What the naive planner tells of; the rest has tests of its own.
TOLD = {
    "kept-pinned",
    "moved-out-of-days-off",
    "no-members",
    "package-lesson-lost",
    "package-short",
    "two-sessions",
    "unknown-series",
    "would-start-in-past",
}


def as_naive(made: Plan, unsure: set[tuple[str, str | None]]) -> NaivePlan:
    """A plan without its words, and without which hours are missing where somebody isn't available."""
    return NaivePlan(
        {
            change.id: (change.kind.value, change.code, attrs.evolve(change.after, cancellation_reason=None))
            for change in made.changes
        },
        {
            (
                each.kind,
                each.session_id,
                None if each.kind == "unavailable" else each.other,
                each.who,
                each.starts_at,
                each.ends_at,
                each.reaction,
            )
            for each in made.conflicts
        },
        dict(made.stand_ins),
        {(issue.code, issue.series_id) for issue in made.issues if issue.code in TOLD} - unsure,
        unsure,
    )


@given(st.data())
def test_a_plan_is_that_of_the_reference_after_any_history(data: DataObject) -> None:
    state = data.draw(beginnings())
    for _ in range(data.draw(st.integers(1, 3))):
        made = plan_sessions(state.snapshot(), now=state.now, window=state.window)

        expected = plan(state.school, state.sessions, state.bookings, now=state.now, window=state.window)
        assert as_naive(made, expected.unsure) == expected
        state = data.draw(busy_times(state.after(made), most=4))
