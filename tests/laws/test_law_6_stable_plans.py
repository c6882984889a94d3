"""Law 6, for whole plans: calling off one occurrence changes no other, but for the make-up that a package appends."""

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import Cancellation, Config, plan_sessions
from tests.plans.strategies import beginnings


def spending(config: Config) -> Config:
    """Rules by which a called-off date spends its turn."""
    return attrs.evolve(config, cancellation_turn="spend", closure_turn="spend")


@given(st.data())
def test_calling_off_one_lesson_changes_no_other(data: DataObject) -> None:
    state = data.draw(beginnings(reactions=("ignore", "flag")))
    school = attrs.evolve(
        state.school,
        series=[attrs.evolve(each, config=spending(each.config)) for each in state.school.series],
        base=spending(state.school.base),
        branches={name: spending(config) for name, config in state.school.branches},
    )
    before = plan_sessions(school, now=state.now, window=state.window)
    assume(before.creates)
    lesson = data.draw(st.sampled_from(before.creates)).after
    assert lesson.occurs_on is not None
    chosen = school.one(lesson.series_id)
    off = Cancellation.day("that-day", lesson.slot_id, lesson.occurs_on)

    after = plan_sessions(
        school.with_series(attrs.evolve(chosen, cancellations=[*chosen.cancellations, off])),
        now=state.now,
        window=state.window,
    )

    made = {change.id: change for change in after.creates}
    assert lesson.id not in made
    others = {change.id: change.after for change in before.creates if change.id != lesson.id}
    assert {each: made[each].after for each in others if each in made} == others
    assert {change.code for each, change in made.items() if each not in others} <= {"make-up"}
